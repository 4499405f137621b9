/** Times of a proof, unfolded into what they were made of: `kubernest prove --explain`. */
import type { Homelab } from "../config/homelab.ts";
import { nearestName } from "../lib/nearest-name.ts";
import type { Constant } from "../rehearse/prove/causes/constants.ts";
import { type Figure, figuresOf } from "../rehearse/prove/figures.ts";
import type { Proof } from "../rehearse/prove/prove.ts";
import type { AppOutcome, ScenarioOutcome } from "../rehearse/prove/run-scenario.ts";
import { badness, passageOf } from "../rehearse/prove/verdict.ts";
import { type Scenario, scenarioTitle } from "../scenarios/scenario.ts";
import type { Painter } from "./paint.ts";
import { passageText, wrapped } from "./proof-report.ts";

/** The worst of each promise and app. Nothing is called so. */
export const WORST = "";

interface Explained {
  outcome: ScenarioOutcome;
  app: AppOutcome;
}

/** What is wrong with what is to be explained, before anything is proved; undefined where nothing is. */
export function unknownToExplain(what: string, homelab: Homelab, scenarios: readonly Scenario[]): string | undefined {
  const titles = scenarios.flatMap((scenario) => [scenarioTitle(scenario), scenario.name]);
  const names = [...Object.keys(homelab.apps), ...Object.keys(homelab.machines), ...Object.keys(homelab.site)];
  if (what === WORST || names.includes(what) || titles.includes(what)) return undefined;
  const meant = nearestName(what, [...names, ...titles]);
  return `--explain ${what}: no app, machine, site part or loss is called so${meant === undefined ? "." : `; did you mean ${meant.includes(" ") ? `'${meant}'` : meant}?`} Losses are called as in the report, such as '${titles[0]}'.`;
}

export function explainReport(what: string, proof: Proof, paint: Painter, width: number): string {
  const all = what === WORST ? worstOf(proof) : proof.outcomes.flatMap((outcome) => outcome.apps.filter((app) => concerns(what, outcome, app)).map((app) => ({ outcome, app })));
  const felt = all.filter(({ app }) => app.outages.length + app.recoveryOutages.length > 0);
  if (felt.length === 0) return "Nobody would feel it: there is nothing to explain.\n";
  const sections = alike(felt).map(({ one, titles }) => section(one, titles, paint, width));
  const constants = new Map(felt.flatMap(({ app }) => figuresOf(app)).flatMap(({ parts }) => parts).flatMap(({ rests }) => rests).map((one) => [one.name, one]));
  return `${[...sections, ...(constants.size === 0 ? [] : [sources([...constants.values()], paint, width)])].join("\n\n")}\n`;
}

/** For each promise the loss that decided, for each app the worst, and the longest of those that end by themselves. */
function worstOf({ judged, outcomes }: Proof): Explained[] {
  const decided: Explained[] = judged.flatMap(({ worst }) => (worst === undefined ? [] : [worst]));
  const byApp = (outcomes[0]?.apps ?? []).flatMap(({ app }) => {
    const passed = outcomes.map((outcome) => ({ outcome, app: outcome.apps.find((one) => one.app === app)! }));
    const most = (of: (one: Explained) => number): Explained => passed.reduce((best, one) => (of(one) > of(best) ? one : best));
    return [...(decided.some((one) => one.app.app === app) ? [] : [most((one) => badness(one.outcome, one.app))]), most((one) => passageOf(one.app).outageMs ?? 0)];
  });
  return [...decided, ...byApp];
}

function concerns(what: string, { scenario }: ScenarioOutcome, { app }: AppOutcome): boolean {
  return what === app || what === scenarioTitle(scenario) || what === scenario.name || scenario.steps.some(({ fault }) => fault.target === what);
}

/** Losses whose times were made of the same: told once, as a machine that is off and one that is cut off often are. */
function alike(explained: readonly Explained[]): { one: Explained; titles: string[] }[] {
  const groups = new Map<string, { one: Explained; titles: string[] }>();
  for (const one of explained) {
    const key = JSON.stringify([one.app.app, one.app.outages, one.app.recoveryMs, one.app.recoveryParts, one.app.recoveryOutages]);
    const known = groups.get(key);
    const title = scenarioTitle(one.outcome.scenario);
    if (known === undefined) groups.set(key, { one, titles: [title] });
    else if (!known.titles.includes(title)) known.titles.push(title);
  }
  return [...groups.values()];
}

function section({ app }: Explained, titles: readonly string[], paint: Painter, width: number): string {
  const [what, seen] = [`${app.app}, ${titles.join(", or ")}:`, passageText(passageOf(app), app)];
  const head = (what.length + 1 + seen.length <= width ? [`${what} ${seen}`] : [...wrapped(what, width, ""), ...wrapped(seen, width, "  ")]).map(paint.bold);
  const open = app.outages.find(({ toMs }) => toMs === undefined);
  const waits = open === undefined ? [] : wrapped(`nothing in the cluster changes this: ${open.why.at(-1)!.text}`, width, "  ");
  return [...head, ...waits, ...figuresOf(app).flatMap((figure) => figureRows(figure, width))].join("\n");
}

function figureRows({ what, ms, parts }: Figure, width: number): string[] {
  const decimals = Math.max(...[...parts.map((part) => part.ms), ms].map(decimalsOf));
  const amounts = [...parts.map((part) => part.ms), ms].map((each) => `${(each / 1000).toFixed(decimals)} s`);
  const column = Math.max(...amounts.map(({ length }) => length));
  const row = (amount: string, text: string): string[] => wrapped(text, width - column - 6, "").map((line, index) => `  ${index === 0 ? amount.padStart(column) : " ".repeat(column)}  ${line}`);
  return [...wrapped(`${what}:`, width, "  "), ...parts.flatMap(({ text, rests }, index) => row(amounts[index]!, `${text}${rests.length === 0 ? "" : ` (${rests.map(constantText).join("; ")})`}`)), ...row(amounts.at(-1)!, "in all")];
}

/** Digits behind the point that seconds need. */
const decimalsOf = (ms: number): number => (ms % 1000 === 0 ? 0 : ms % 100 === 0 ? 1 : ms % 10 === 0 ? 2 : 3);

const constantText = ({ name, value }: Constant): string => `${name} ${value}`;

function sources(constants: readonly Constant[], paint: Painter, width: number): string {
  const bySource = new Map<string, string[]>();
  for (const { name, source } of constants) bySource.set(source, [...(bySource.get(source) ?? []), name]);
  const estimates = bySource.get("estimate") ?? [];
  bySource.delete("estimate");
  return [
    paint.bold("Where the constants are from"),
    ...[...bySource].flatMap(([source, names]) => wrapped(`${names.join(", ")}: ${source}`, width, "  ")),
    ...(estimates.length === 0 ? [] : wrapped(`estimates, as upstream leaves them to the machine: ${estimates.join(", ")}`, width, "  ")),
  ].join("\n");
}

/** What a proof found, for people: promises first, then what each app comes through, worst first. */
import type { Homelab } from "../config/homelab.ts";
import { timeText } from "../lib/time-text.ts";
import { fitText } from "../lib/wrap-text.ts";
import { failingShare } from "../rehearse/prove/figures.ts";
import { addingNothing } from "../rehearse/prove/adds-nothing.ts";
import { downMsOf, type Outage } from "../rehearse/prove/outage-watch.ts";
import type { AppOutcome, ScenarioOutcome } from "../rehearse/prove/run-scenario.ts";
import type { Proof } from "../rehearse/prove/prove.ts";
import { deservedPromises } from "../rehearse/prove/deserved-promise.ts";
import { type Repairs, repairsOf } from "../rehearse/prove/repairs.ts";
import { badness, type Passage, passageOf, type Verdict } from "../rehearse/prove/verdict.ts";
import { type Scenario, scenarioTitle } from "../scenarios/scenario.ts";
import { deservedReport } from "./deserved-report.ts";
import type { Painter } from "./paint.ts";
import { standsText, tiesResult, tiesText } from "./ties-text.ts";

/** What users of an app see of one loss. */
export function passageText(passage: Passage, { recoveryMs, recoveryOutages, outages }: AppOutcome): string {
  if (passage.outageMs === 0) return "nothing";
  const longest = [...outages, ...recoveryOutages].reduce((found, each) => (lengthOf(each) > lengthOf(found) ? each : found));
  if (passage.outageMs !== undefined) return `${failing(longest, passage.outageMs)}${outages.length === 0 && recoveryOutages.length > 0 ? " when it comes back" : ""}`;
  const downMs = downMsOf(longest);
  // Nobody is served at first, then some are.
  const until = longest.shareMin > 0 ? `${failingShare(longest.shareMin)} of requests fail` : downMs === undefined ? "requests fail" : `requests fail for ${timeText(downMs)}, then ${failingShare(longest.why.at(-1)!.share)} of them`;
  if (recoveryMs === undefined) return `${until}, and do not stop failing`;
  return `${until} until it is back${recoveryMs >= SECOND_MS ? `, and for ${timeText(recoveryMs)} more` : ""}`;
}

const SECOND_MS = 1000;

function failing({ shareMin }: Outage, outageMs: number): string {
  const span = outageMs < SECOND_MS ? "less than a second" : timeText(outageMs);
  return shareMin > 0 ? `${failingShare(shareMin)} of requests fail for ${span}` : `requests fail for ${span}`;
}

const lengthOf = ({ fromMs, toMs }: Outage): number => (toMs ?? Number.POSITIVE_INFINITY) - fromMs;

/** `fileArgument`: how commands name the file; empty where they find it themselves. */
export function proofReport(homelab: Homelab, proof: Proof, fileArgument: string, paint: Painter, width: number): string {
  const sections = [proof.judged.length === 0 ? deservedReport(deservedPromises(homelab, proof.runs), paint, width) : promises(homelab, proof, fileArgument, paint, width), ...Object.keys(homelab.apps).map((app) => appSection(app, proof.outcomes, paint, width)), wrapped(tiesText(tiesResult(proof.ties)), width, "").map(paint.dim).join("\n")];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** The worst of them where pods stand as in a rehearsal with the same seed; undefined where nobody would feel any. */
export function worthSeeing({ runs }: Pick<Proof, "runs">): Scenario | undefined {
  const felt = runs.flatMap((outcome) => outcome.apps.flatMap((app) => (app.placement === undefined ? [{ scenario: outcome.scenario, bad: badness(outcome, app) }] : [])));
  const worst = felt.reduce((most, { bad }) => Math.max(most, bad), 0);
  return worst === 0 ? undefined : felt.find(({ bad }) => bad === worst)!.scenario;
}

const RANK: Readonly<Record<Verdict, number>> = { broken: 0, "needs a human": 1, "not tried": 2, kept: 3 };

function promises(homelab: Homelab, proof: Proof, fileArgument: string, paint: Painter, width: number): string {
  return [...proof.judged]
    .sort((a, b) => RANK[a.verdict] - RANK[b.verdict])
    .map((one) => {
      const promise = homelab.apps[one.app]!.promise!;
      const says = `${one.app} survives ${one.survives}${promise.backWithin === undefined ? "" : `, back within ${promise.backWithin.text}`}`;
      const colour = one.verdict === "kept" ? paint.green : one.verdict === "broken" ? paint.red : paint.yellow;
      const head = painted(wrapped(`${one.verdict}: ${says}`, width, "", HANGING), one.verdict, colour);
      if (one.worst === undefined) return `${head}\n  nothing was tried that it speaks of`;
      const { outcome, app, why } = one.worst;
      const stands = standsText(homelab, proof, one);
      const passage = passageOf(app);
      const worst = wrapped(`worst of ${one.scenarioCount}: ${scenarioTitle(outcome.scenario)}: ${passageText(passage, app)}`, width, "  ").join("\n");
      if (one.verdict === "kept") return `${head}\n${worst}`;
      return [head, worst, ...(stands === undefined ? [] : wrapped(stands, width, "  ")), ...wrapped(why, width, "  ").map(paint.bold), ...timeline([...app.outages, ...app.recoveryOutages], width), ...(needsAPerson(outcome, app) ? byHandLines(repairsOf(homelab, outcome, app, fileArgument, one.byHand), width) : [])].join("\n");
    })
    .join("\n");
}

/** What is late mends itself, and last writes are gone whatever is done. */
const needsAPerson = ({ isStateLost, unwell }: ScenarioOutcome, app: AppOutcome): boolean => isStateLost || unwell.length > 0 || passageOf(app).outageMs === undefined || app.lost.some(({ extent }) => extent !== "last writes");

/** What a person must do, or can. Commands are not broken into lines: they are to be pasted. */
function byHandLines({ byHand }: Repairs, width: number): string[] {
  return byHand.length === 0 ? [] : ["  by hand", ...byHand.flatMap(({ text, commands }) => [...wrapped(text, width, "    "), ...commands.map((command) => `      ${command}`)])];
}

/** The chain of causes, each with its time since the loss. */
export function timeline(outages: readonly Outage[], width: number): string[] {
  return outages.flatMap((outage) => [
    ...outage.why.flatMap(({ atMs, text, share }) => wrapped(`+${timeText(atMs)}: ${text}${share > 0 ? ` (${Math.round(share * 100)} % of requests are answered)` : ""}`, width, "    ")),
    ...(outage.toMs === undefined ? [] : [`    +${timeText(outage.toMs)}: all requests are answered again`]),
  ]);
}

/** What an app comes through, worst first. */
export function appSection(app: string, outcomes: readonly ScenarioOutcome[], paint: Painter, width: number, counted: readonly [one: string, many: string] = ["loss", "losses"]): string {
  const passed = outcomes.map((outcome) => ({ outcome, mine: outcome.apps.find((one) => one.app === app)! }));
  const felt = passed.filter(({ mine }) => mine.outages.length > 0 || mine.recoveryOutages.length > 0 || mine.lost.length > 0).sort((a, b) => severity(b.mine) - severity(a.mine));
  const unfelt = passed.length - felt.length;
  const known = addingNothing(app, felt.map(({ outcome }) => outcome));
  const rows = felt.filter(({ outcome }) => !known.has(outcome.scenario)).map(({ outcome, mine }) => [scenarioTitle(outcome.scenario), describe(outcome, mine)] as const);
  const rest = unfelt === 0 ? "" : `${felt.length === 0 ? "" : "\n"}  ${unfelt === passed.length ? `No ${counted[0]} is felt` : `${unfelt} other ${unfelt === 1 ? `${counted[0]} is` : `${counted[1]} are`} not felt`} (of ${passed.length}).`;
  const pairs = known.size === 0 ? "" : `\n${wrapped(`${known.size} ${known.size === 1 ? "pair is" : "pairs are"} no worse than one of the two losses alone${[...known].some(({ isOneByOne }) => isOneByOne === true) ? ", or both at once" : ""}.`, width, "  ").join("\n")}`;
  return `${paint.bold(app)}\n${titled(rows, width)}${pairs}${rest}`;
}

const severity = (app: AppOutcome): number => {
  const { outageMs } = passageOf(app);
  return app.recoveryMs === undefined ? 3e12 : outageMs === undefined ? 2e12 : outageMs + (app.lost.length > 0 ? 1e12 : 0);
};

function describe(outcome: ScenarioOutcome, mine: AppOutcome): string {
  const seen = passageText(passageOf(mine), mine);
  const lost = mine.lost.map(({ what, extent, withinMs }) => `${what}: ${extent === "everything" ? "all lost, no backup" : extent === "last writes" ? `last writes lost${withinMs === undefined ? "" : ` (${timeText(withinMs)} at most)`}` : "lost since its last backup"}`);
  return [outcome.isStateLost ? "the cluster's own state is lost: it is made anew, then restored" : seen, ...lost].join("; ");
}

const HANGING = "  ";
/** Less than this beside a title is hard to read. */
const TEXT_WIDTH_MIN = 30;

/** Titles with a text beside each; a title that leaves too little room has rows of its own above it. */
function titled(rows: readonly (readonly [title: string, text: string])[], width: number): string {
  const titleMax = width - 4 - TEXT_WIDTH_MIN;
  const first = Math.max(0, ...rows.map(([title]) => title.length).filter((length) => length <= titleMax));
  const cells = rows.flatMap(([title, text]) => {
    const lines = fitText(text, width - first - 4);
    return title.length <= titleMax ? lines.map((line, index) => [index === 0 ? title : "", line]) : [...fitText(title, width - 2, HANGING).map((row) => [row]), ...lines.map((line) => ["", line])];
  });
  return cells.map(([title, line]) => (line === undefined ? `  ${title!}` : `  ${title!.padEnd(first)}  ${line}`)).join("\n");
}

/** Rows that fit `width`, all behind `indent`; below an indented first row the others hang. */
export function wrapped(text: string, width: number, indent: string, hanging = indent === "" ? "" : HANGING): string[] {
  return fitText(text, width - indent.length, hanging).map((row) => indent + row);
}

/** Rows as one text in which `word` is painted, where it comes first or last: a name may be called so too. */
export function painted(rows: readonly string[], word: string, paint: (text: string) => string, isLast = false): string {
  const text = rows.join("\n");
  const at = isLast ? text.lastIndexOf(word) : text.indexOf(word);
  return at < 0 ? text : text.slice(0, at) + paint(word) + text.slice(at + word.length);
}

/** A proof for a comment on a pull request: `kubernest prove -o md`. Short; what explains is folded. Text is escaped: what a file says is shown, never obeyed. */
import { timeText } from "../../lib/time-text.ts";
import type { AppResult, ProofDocument, PromiseResult } from "../proof-schema.ts";
import { escapeHtml } from "./html.ts";
import { adviceCommand, appOf, byVerdict, constantsText, countsText, feltBy, lossText, promiseText, secondsText, verdictText, withoutPromises } from "./words.ts";

/**
 * Characters that mean something in GitHub's and Forgejo's Markdown, table cells included. Names of people (`@`) and numbers of issues (`#`) are looked for in what
 * has been rendered, entities or not: a space of no width keeps them apart.
 */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[&<>@#\\`*_{}[\]|~$]/g, (character) => ("@#".includes(character) ? `${character}&#8203;` : "&<>".includes(character) ? `&#${character.charCodeAt(0)};` : `\\${character}`));
}

const md = escapeMarkdown;

export function proofMarkdown(proof: ProofDocument, fileArgument: string): string {
  const sections = [
    `### ${md(proof.homelab)}: ${md(verdictText(proof))}`,
    ...(proof.whatIf === undefined ? [] : [`As if the file said ${proof.whatIf.changes.map(code).join(" and ")}.`, ...changes(proof.whatIf)]),
    ...(proof.promises.length === 0 ? [...deserved(proof), worstTable(proof)] : [promiseTable(byVerdict(proof.promises))]),
    ...byVerdict(proof.promises).filter(({ verdict }) => verdict !== "kept").flatMap((promise) => promiseDetails(promise, proof)),
    ...proof.advice.map((one) => adviceDetails(one, fileArgument)),
    ...(proof.promises.length === 0 ? [] : [details("What each app comes through", allTables(proof))]),
    `<sub>${md(countsText(proof))}</sub>`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function promiseTable(promises: readonly PromiseResult[]): string {
  return table(
    ["Promise", "Verdict", "Worst loss", "What users see", "Data"],
    promises.map((promise) => [md(promiseText(promise)), promise.verdict === "kept" ? "kept" : `**${promise.verdict}**`, md(promise.worst?.title ?? "none was tried"), md(promise.worst?.seen ?? ""), dataText(promise.worst?.lost ?? [])]),
  );
}

const dataText = (lost: AppResult["lost"]): string => (lost.length === 0 ? "" : md(lost.map(lossText).join("; ")));

function promiseDetails(promise: PromiseResult, proof: ProofDocument): string[] {
  const { worst } = promise;
  if (worst === null) return [];
  const mine = appOf(proof.scenarios.find(({ name }) => name === worst.scenario), promise.app);
  const figures = (mine?.figures ?? []).map(({ what, ms, causes }) => `${md(what)}, ${md(timeText(ms))}:\n\n${table(["Time", "What happened", "Rests on"], causes.map((cause) => [md(secondsText(cause.ms)), md(cause.text), md(constantsText(cause))]))}`);
  return [details(`Why, and what to do: ${promiseText(promise)}`, [`${md(worst.title)}${worst.stands === null ? "" : `, ${md(worst.stands)}`}: **${md(worst.why)}**`, ...figures, ...repairs(worst.repairs)].join("\n\n"))];
}

function repairs({ byItself, byHand }: NonNullable<PromiseResult["worst"]>["repairs"]): string[] {
  return [
    ...(byItself.length === 0 ? [] : [`By itself:\n\n${byItself.map((text) => `- ${md(text)}`).join("\n")}`]),
    ...(byHand.length === 0 ? [] : [`By hand:\n\n${byHand.map(({ text, commands }) => `- ${md(text)}${commands.length === 0 ? "" : `\n\n${indented(shell(commands.join("\n")))}`}`).join("\n")}`]),
  ];
}

function adviceDetails({ app, survives, changes: made, texts, verdict, tried }: ProofDocument["advice"][number], fileArgument: string): string {
  const says = md(`${app} survives ${survives}`);
  if (texts.length === 0) return `**What would help**: ${says}: ${tried === 0 ? "nothing is known that could" : `none of ${tried} changes that were tried mends it`}.`;
  const head = verdict === "kept" ? `${says}: **kept**, proved, with` : `${says}: still ${verdict}, but less so, with`;
  return `**What would help**: ${head}\n\n${texts.map((text) => `- ${md(text)}`).join("\n")}\n\n${shell(adviceCommand(made, fileArgument))}`;
}

function changes({ promises, losses, news }: NonNullable<ProofDocument["whatIf"]>): string[] {
  const rows = [
    ...promises.map(({ app, survives, before, after }) => `- ${md(`${app} survives ${survives}`)}: ${md(before)} → **${md(after)}**`),
    ...losses.map(({ app, title, before, after, isBetter }) => `- ${isBetter ? "better" : "worse"}: ${md(`${app}, ${title}: ${before}`)} → ${md(after)}`),
    ...news.map(({ app, title, after }) => `- new: ${md(`${app}, ${title}: ${after}`)}`),
  ];
  return [rows.length === 0 ? "Nothing changes that anybody would feel." : rows.join("\n")];
}

function deserved(proof: ProofDocument): string[] {
  const { text, yaml, not } = withoutPromises(proof);
  return [md(text), ...(yaml === "" ? [] : [fenced("yaml", yaml.trimEnd())]), ...(not.length === 0 ? [] : [not.map((each) => `- ${md(each)}`).join("\n")])];
}

/** The worst loss of each app. */
function worstTable(proof: ProofDocument): string {
  const rows = appsOf(proof).map((app) => {
    const [worst] = feltBy(app, proof);
    return [md(app), md(worst?.scenario.title ?? "no loss is felt"), md(worst?.mine.seen ?? ""), dataText(worst?.mine.lost ?? [])];
  });
  return [table(["App", "Worst loss", "What users see", "Data"], rows), details("All losses", allTables(proof))].join("\n\n");
}

function allTables(proof: ProofDocument): string {
  return appsOf(proof)
    .map((app) => {
      const felt = feltBy(app, proof);
      const unfelt = proof.scenarios.length - felt.length;
      const rest = unfelt === 0 ? "" : `${felt.length === 0 ? "" : "\n\n"}${unfelt} ${felt.length === 0 ? "" : "other "}${unfelt === 1 ? "loss is" : "losses are"} not felt.`;
      return `**${md(app)}**\n\n${felt.length === 0 ? "" : table(["Loss", "What users see", "Data"], felt.map(({ scenario, mine }) => [md(scenario.title), md(mine.seen), dataText(mine.lost)]))}${rest}`;
    })
    .join("\n\n");
}

const appsOf = ({ scenarios }: ProofDocument): string[] => (scenarios[0]?.apps ?? []).map(({ app }) => app);

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function details(summary: string, inside: string): string {
  // Within HTML's own lines nothing is Markdown.
  return `<details><summary>${escapeHtml(summary).replace(/@|(?<!&)#/g, "$&&#8203;")}</summary>\n\n${inside}\n\n</details>`;
}

/** A fence that nothing inside can close. */
function fenced(language: string, text: string): string {
  const fence = "`".repeat(Math.max(3, ...(text.match(/`+/g) ?? []).map(({ length }) => length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}

const shell = (text: string): string => fenced("sh", text);

/** In a list's item. */
const indented = (text: string): string => text.replace(/^/gm, "  ");

function code(text: string): string {
  const ticks = "`".repeat(Math.max(1, ...(text.match(/`+/g) ?? []).map(({ length }) => length + 1)));
  return `${ticks}${text.startsWith("`") || text.endsWith("`") ? ` ${text} ` : text}${ticks}`;
}

/** A plan for people: machine by machine (those of which the very same is said, together), every diff and command, what disrupts and what destroys marked. */
import { createTwoFilesPatch } from "diff";
import type { Action, Change, CopyArtifact, WriteFile } from "../steps/change.ts";
import { unheld } from "./hold-back.ts";
import { changeCount, heldCount, type Plan, planHash, type PlannedObject } from "./plan.ts";

/** How marks are set; a terminal gives colours, a file none. */
export interface PlanStyle {
  heading(text: string): string;
  added(text: string): string;
  removed(text: string): string;
  warned(text: string): string;
  dim(text: string): string;
}

export const PLAIN_STYLE: PlanStyle = { heading: (text) => text, added: (text) => text, removed: (text) => text, warned: (text) => text, dim: (text) => text };

const DIFF_LINES_MAX = 200;

/** Ends with a line that counts and names the plan. `brief`: without diffs and commands. */
export function describePlan(plan: Plan, style: PlanStyle = PLAIN_STYLE, options: { readonly brief?: boolean } = {}): string {
  const lines: string[] = [];
  for (const stage of plan.stages) {
    lines.push(style.heading(stage.title));
    for (const [text, machines] of alike(stage.machines.map(({ machine, changes }) => [changes.flatMap((change) => describeChange(change, style, options.brief === true)).map((line) => `    ${line}`).join("\n"), machine]))) lines.push(`  ${machines.join(", ")}`, text);
    for (const object of stage.objects ?? []) lines.push(...describeObject(object, style, options.brief === true).map((line) => `  ${line}`));
    lines.push("");
  }
  lines.push(summaryLine(plan));
  return `${lines.join("\n")}\n`;
}

/** Machines by what is said of them, in the order of the first. */
function alike(said: readonly (readonly [text: string, machine: string])[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const [text, machine] of said) groups.set(text, [...(groups.get(text) ?? []), machine]);
  return groups;
}

export function summaryLine(plan: Plan): string {
  const count = changeCount(plan);
  const held = heldCount(plan);
  const waits = held === 0 ? "" : ` ${held} more wait${held === 1 ? "s" : ""} for ${plan.away?.join(", ") ?? "a machine"}.`;
  if (count === 0 && held > 0) return `Nothing to do now.${waits}`;
  if (count === 0) return `Nothing to do: everything ${plan.away === undefined ? "" : "else "}is as the file says.`;
  const machines = new Set(plan.stages.flatMap((stage) => stage.machines.filter(({ changes }) => unheld(changes).length > 0).map(({ machine }) => machine)));
  const marks = (risk: string): number => plan.stages.reduce((sum, stage) => sum + stage.machines.flatMap(({ changes }) => unheld(changes)).filter((change) => change.risk === risk).length + (stage.objects ?? []).filter((object) => object.risk === risk).length, 0);
  const parts = [`${count} change${count === 1 ? "" : "s"}`, machines.size === 0 ? "in the cluster" : `on ${machines.size} machine${machines.size === 1 ? "" : "s"}`];
  if (marks("disrupts") > 0) parts.push(`${marks("disrupts")} disrupt${marks("disrupts") === 1 ? "s" : ""}`);
  if (marks("destroys") > 0) parts.push(`${marks("destroys")} destroy${marks("destroys") === 1 ? "s" : ""} data`);
  return `Plan ${planHash(plan)}: ${parts.join(", ")}.${waits}`;
}

function describeChange(change: Change, style: PlanStyle, isBrief: boolean): string[] {
  const mark = change.risk === "safe" ? "" : ` ${style.warned(`(${change.risk})`)}`;
  const later = change.held !== undefined ? style.dim(` — waits: ${change.held.why}`) : change.later === undefined ? "" : style.dim(` — decided later: ${change.later.condition}`);
  const head = `${sign(change)} ${change.summary}${mark}${later}${change.why === "" ? "" : style.dim(`: ${change.why}`)}`;
  return isBrief || change.held !== undefined ? [head] : [head, ...change.run.flatMap((action) => describeAction(action, style)).map((line) => `    ${line}`)];
}

function sign(change: Change): string {
  return change.held !== undefined ? "·" : change.later !== undefined ? "?" : change.risk === "destroys" ? "!" : change.risk === "disrupts" ? "~" : "+";
}

function describeObject(object: PlannedObject, style: PlanStyle, isBrief: boolean): string[] {
  const mark = object.action === "create" ? "+" : object.action === "delete" ? "-" : "~";
  const head = `${mark} ${object.object}${object.risk === "safe" ? "" : ` ${style.warned(`(${object.risk})`)}`}`;
  return isBrief || object.diff === undefined ? [head] : [head, ...coloured(object.diff.trimEnd().split("\n"), style).map((line) => `    ${line}`)];
}

function describeAction(action: Action, style: PlanStyle): string[] {
  switch (action.do) {
    case "write-file":
      return fileLines(action, style);
    case "remove-file":
      return [`remove ${action.path}${action.restoresOriginal ? ", or put back what was there before" : ""}`];
    case "make-directory":
      return [`directory ${action.path} ${action.mode} ${action.owner}`];
    case "make-link":
      return [`link ${action.path} → ${action.to}`];
    case "copy":
      return copyLines(action);
    case "script":
    case "obtain":
      return [style.dim(`$ ${action.shown}`)];
    case "wait":
      return [style.dim(`wait until ${action.whatFor}, at most ${Math.round(action.deadlineMs / 1000)} s`)];
    case "reboot":
      return [style.dim(`reboot: ${action.why}`)];
    case "guarded":
      return [style.dim(`undone by the machine itself after ${Math.round(action.revertAfterMs / 1000)} s unless it can be reached again`), ...action.run.flatMap((inner) => describeAction(inner, style))];
  }
}

function copyLines({ artifact, as, sha256 }: CopyArtifact): string[] {
  const from = `from ${artifact.url}`;
  const checked = `sha256 ${sha256}`;
  if (as.kind === "image") return [`${as.reference}, ${checked}`];
  return [from, checked, ...(as.kind === "file" ? [`to ${as.path} ${as.mode}`] : as.members.map(({ path, mode }) => `to ${path} ${mode}`))];
}

function fileLines(action: WriteFile, style: PlanStyle): string[] {
  const text = masked(action);
  const head = `${action.path} ${action.mode} ${action.owner}`;
  if (action.previous === undefined) return [head, ...limited(text.trimEnd().split("\n").map((line) => style.added(`+${line}`)))];
  if (action.previous === text) return [head];
  const patch = createTwoFilesPatch(action.path, action.path, action.previous, text, "", "", { context: 2 }).split("\n").slice(4).filter((line) => !line.startsWith("\\"));
  return [head, ...limited(coloured(patch.filter((line) => line !== ""), style))];
}

/** Secrets are not in a plan at all; their places read as what they are. */
function masked(action: WriteFile): string {
  let text = action.content.text;
  for (const name of action.content.values ?? []) text = text.replaceAll(`\${${name}}`, name.startsWith("SECRET:") ? `‹secret: ${name.slice(7)}›` : `‹${name.toLowerCase().replaceAll("_", " ")}›`);
  return text;
}

function coloured(lines: readonly string[], style: PlanStyle): string[] {
  return lines.map((line) => (line.startsWith("+") ? style.added(line) : line.startsWith("-") ? style.removed(line) : line));
}

function limited(lines: readonly string[]): string[] {
  if (lines.length <= DIFF_LINES_MAX) return [...lines];
  return [...lines.slice(0, DIFF_LINES_MAX), `… ${lines.length - DIFF_LINES_MAX} more lines; kubernest plan -o json has them all`];
}

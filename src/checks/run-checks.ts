/** Runs rules over a homelab: collects, places each result in the file, sorts. */
import type { Finding, Path } from "../config/finding.ts";
import { allChecks } from "./all.ts";
import type { Check, CheckContext, CheckResult } from "./check.ts";
import { listed } from "./derived/text.ts";

export interface RunOptions {
  /** Ids of rules to skip. */
  readonly ignore?: readonly string[];
  readonly checks?: readonly Check[];
}

/** All findings of all rules, sorted by line, column, id. Findings of equal place and text are given once. */
export function runChecks(context: CheckContext, options: RunOptions = {}): Finding[] {
  const ignored = new Set(options.ignore ?? []);
  const findings: Finding[] = [];
  for (const rule of options.checks ?? allChecks) {
    if (ignored.has(rule.id)) continue;
    for (const result of rule.check(context)) findings.push(placed(rule, result, context));
  }
  return mergeAlike(findings).sort(byPlace);
}

/** Machines that get the same from one anchor or default, and so break a rule at one place: one finding, that names the others. */
function mergeAlike(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, { first: Finding; others: string[] }>();
  for (const finding of findings) {
    const name = finding.path[0] === "machines" && typeof finding.path[1] === "string" ? finding.path[1] : undefined;
    const said = name === undefined ? finding.message : finding.message.split(name).join("*");
    const key = `${finding.id}\n${finding.line}:${finding.column}\n${said}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: finding, others: [] });
    else if (name !== undefined && name !== group.first.path[1] && !group.others.includes(name)) group.others.push(name);
  }
  return [...groups.values()].map(({ first, others }) => (others.length === 0 ? first : { ...first, message: `${first.message} (${listed(others)} alike)` }));
}

/** Sorts by line, column, id, message: the order of every list of findings. */
export function byPlace(a: Finding, b: Finding): number {
  return a.line - b.line || a.column - b.column || compareText(a.id, b.id) || compareText(a.message, b.message);
}

/** A result as a finding, at its place in the file. */
export function placed(rule: Pick<Check, "id" | "severity">, result: CheckResult, context: Pick<CheckContext, "source">): Finding {
  const path = writtenPath(result.path, context);
  const position = context.source.position(path, result.at ?? "value");
  return {
    id: rule.id,
    severity: result.severity ?? rule.severity,
    path: context.source.written(path),
    file: context.source.file,
    line: position.line,
    column: position.column,
    message: result.message,
    ...(result.value === undefined ? {} : { value: result.value }),
    ...(result.expected === undefined ? {} : { expected: result.expected }),
    ...(result.didYouMean === undefined ? {} : { didYouMean: result.didYouMean }),
    fix: result.fix,
  };
}

/** A list of one may be written as its only item: `pods: 10.42.0.0/16`. */
function writtenPath(path: Path, { source }: Pick<CheckContext, "source">): Path {
  const list = path.slice(0, -1);
  return path.at(-1) === 0 && !source.has(path) && source.has(list) ? list : path;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What apps that promise nothing would keep, as YAML to paste; what they would not is a comment in it. */
import { fitText } from "../lib/wrap-text.ts";
import { type DeservedPromise, promiseFields } from "../rehearse/prove/deserved-promise.ts";
import type { Judged } from "../rehearse/prove/verdict.ts";
import { scenarioTitle } from "../scenarios/scenario.ts";
import type { Painter } from "./paint.ts";

export function deservedReport(deserved: readonly DeservedPromise[], paint: Painter, width: number): string {
  if (deserved.length === 0) return "The file promises nothing, and has no app that could.";
  const worthy = deserved.filter(({ promise }) => promise !== undefined);
  const comments = (each: DeservedPromise, indent: string): string[] => each.not.flatMap((one) => comment(`not ${one.survives}: ${reason(one)}`, width, indent).map(paint.dim));
  const unworthy = deserved.filter(({ promise }) => promise === undefined).flatMap((each) => [...comment(`${each.app} deserves no promise`, width, "  "), ...comments(each, "  ")]);
  if (worthy.length === 0) return ["The file promises nothing yet, and nothing would be kept:", ...unworthy].join("\n");
  const byHand = worthy.some(({ promise }) => promise!.byHand) ? ["", "byHand: true says: back only once what failed is."] : [];
  return [
    "The file promises nothing yet. This would be kept:",
    "",
    "apps:",
    ...worthy.flatMap((each) => [`  ${each.app}:`, ...promiseYaml(promiseFields(each.promise!), width), ...comments(each, "    ")]),
    ...unworthy,
    ...byHand,
  ].join("\n");
}

/** On one row where it fits. All values are plain words. */
function promiseYaml(fields: ReturnType<typeof promiseFields>, width: number): string[] {
  const rows = Object.entries(fields).map(([key, value]) => ({ key, value: value as unknown, row: `${key}: ${Array.isArray(value) ? `[${value.join(", ")}]` : String(value)}` }));
  const flow = `    promise: { ${rows.map(({ row }) => row).join(", ")} }`;
  if (flow.length <= width) return [flow];
  // A list that is too wide has an item a row.
  return ["    promise:", ...rows.flatMap(({ key, value, row }) => (Array.isArray(value) && row.length + 6 > width ? [`      ${key}:`, ...value.map((item) => `        - ${String(item)}`)] : [`      ${row}`]))];
}

function reason({ worst }: Judged): string {
  const { outcome, why } = worst!;
  return `${scenarioTitle(outcome.scenario)}: ${why === "" ? "it does not come back" : why}`;
}

const comment = (text: string, width: number, indent: string): string[] => fitText(text, width - indent.length - 2, "  ").map((row) => `${indent}# ${row}`);

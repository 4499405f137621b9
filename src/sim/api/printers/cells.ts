/** What the cells of many kinds have in common: ages, labels, selectors, lists that are cut short. */
import { canonicalQuantity } from "../../../lib/quantity.ts";
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";

export type Cell = string | number | boolean | null;

/** All cells of a row, those of `-o wide` included: the server always sends them. `nowMs` is milliseconds since the epoch. */
export type RowPrinter = (object: KubeObject, nowMs: number) => Cell[];

/** The approximation that kubectl users know: `45s`, `3m20s`, `5h`, `2d3h`, `1y40d` (apimachinery's HumanDuration). */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return withRest(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return withRest(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return withRest(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (hours < 24 * 365 * 8) return withRest(years, "y", days % 365, "d");
  return `${years}y`;
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}

/** Time since a timestamp; `<unknown>` where there is none. */
export function since(timestamp: string | null | undefined, nowMs: number): string {
  const at = parseRfc3339(timestamp);
  return at === undefined ? "<unknown>" : humanDuration(nowMs - at);
}

export function age(object: KubeObject, nowMs: number): string {
  return since(object.metadata.creationTimestamp, nowMs);
}

/** `a=1,b=2`, or `<none>`. */
export function labelsText(labels: Record<string, string> | null | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? "<none>" : keys.map((key) => `${key}=${labels![key]}`).join(",");
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** A label selector in the words of `-l`; empty for one that selects everything (or nothing). */
export function selectorText(selector: Selector | null | undefined): string {
  const parts: [string, string][] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const list = [...(values ?? [])].sort().join(",");
    parts.push([key, operator === "In" ? `${key} in (${list})` : operator === "NotIn" ? `${key} notin (${list})` : operator === "DoesNotExist" ? `!${key}` : key]);
  }
  return parts.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)).map(([, text]) => text).join(",");
}

export const selectorOrNone = (selector: Selector | null | undefined): string => selectorText(selector) || "<none>";

/** Names and images of containers, each joined by commas. */
export function containerCells(template: { spec?: { containers?: readonly { name?: string; image?: string }[] } } | null | undefined): [string, string] {
  const containers = template?.spec?.containers ?? [];
  return [containers.map((one) => one.name ?? "").join(","), containers.map((one) => one.image ?? "").join(",")];
}

/** At most three of a list, and how many more. */
export function firstThree(list: readonly string[], empty: string): string {
  if (list.length > 3) return `${list.slice(0, 3).join(",")} + ${list.length - 3} more...`;
  return list.join(",") || empty;
}

export function quantityText(quantity: string | number | undefined): string {
  return quantity === undefined ? "0" : canonicalQuantity(quantity);
}

export function conditionOf(object: KubeObject, type: string): { status?: string; reason?: string; message?: string } | undefined {
  return (object["status"]?.conditions as { type: string; status?: string; reason?: string; message?: string }[] | undefined)?.find((one) => one.type === type);
}

export const lengthOf = (list: readonly unknown[] | object | null | undefined): number => (list == null ? 0 : Array.isArray(list) ? list.length : Object.keys(list).length);

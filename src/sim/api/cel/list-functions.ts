/** Kubernetes' CEL libraries of lists and sets. */
import type { Environment } from "@marcbachmann/cel-js";
import { CelQuantity } from "./quantity-functions.ts";

type Comparable = bigint | number | string | boolean | Date;

function less(a: unknown, b: unknown): boolean {
  if (a instanceof CelQuantity && b instanceof CelQuantity) return a.value.nano < b.value.nano;
  return (a as Comparable) < (b as Comparable);
}

/** Equality of CEL values; numbers of different types are equal when their values are. */
export function celEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if ((typeof a === "bigint" || typeof a === "number") && (typeof b === "bigint" || typeof b === "number")) return a == b; // eslint-disable-line eqeqeq -- a BigInt and a number are never identical
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => celEqual(item, b[index]));
  if (a instanceof CelQuantity || b instanceof CelQuantity) return a instanceof CelQuantity && b instanceof CelQuantity && a.value.nano === b.value.nano;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => celEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

function extreme(list: readonly unknown[], isBetter: (a: unknown, b: unknown) => boolean, name: string): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (isBetter(item, best) ? item : best));
}

function sum(list: readonly unknown[]): unknown {
  if (list.length === 0) return 0n;
  return list.slice(1).reduce((total: unknown, item) => (typeof total === "bigint" && typeof item === "bigint" ? total + item : Number(total) + Number(item)), list[0]);
}

const containsAll = (outer: readonly unknown[], inner: readonly unknown[]): boolean => inner.every((item) => outer.some((other) => celEqual(item, other)));

export function registerLists(environment: Environment): void {
  environment
    .registerFunction("list.isSorted(): bool", (list: unknown[]) => list.every((item, index) => index === 0 || !less(item, list[index - 1])))
    .registerFunction("list.sum(): dyn", sum)
    .registerFunction("list.min(): dyn", (list: unknown[]) => extreme(list, less, "min"))
    .registerFunction("list.max(): dyn", (list: unknown[]) => extreme(list, (a, b) => less(b, a), "max"))
    .registerFunction("list.indexOf(dyn): int", (list: unknown[], wanted: unknown) => BigInt(list.findIndex((item) => celEqual(item, wanted))))
    .registerFunction("list.lastIndexOf(dyn): int", (list: unknown[], wanted: unknown) => BigInt(list.findLastIndex((item) => celEqual(item, wanted))))
    .registerVariable("sets", "map")
    .registerFunction("map.contains(list, list): bool", (_sets: unknown, a: unknown[], b: unknown[]) => containsAll(a, b))
    .registerFunction("map.equivalent(list, list): bool", (_sets: unknown, a: unknown[], b: unknown[]) => containsAll(a, b) && containsAll(b, a))
    .registerFunction("map.intersects(list, list): bool", (_sets: unknown, a: unknown[], b: unknown[]) => b.some((item) => containsAll(a, [item])));
}

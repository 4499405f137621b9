/** Lays an applied configuration over the live object: maps and keyed lists are merged, everything atomic is replaced. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { asList, asMap, fieldType, hasEntries, isAtomic, isItemError, itemElement, itemType, shapeOf, type Value } from "./typed-value.ts";

/** `left` is live, `right` the configuration; right wins. Undefined only when both are. Neither is changed; what is only in `left` is shared. */
export function mergeTyped(type: TypeSchema, left: Value, right: Value): Value {
  if (right === undefined) return left;
  if (left === undefined || left === right) return right;
  const shape = shapeOf(type, right);
  if (shape !== shapeOf(type, left) || isAtomic(type, shape)) return right;
  if (shape === "map") {
    const [before, after] = [asMap(left), asMap(right)];
    if (!hasEntries(before) && !hasEntries(after)) return right;
    return mergeMaps(type, before, after);
  }
  const [before, after] = [asList(left), asList(right)];
  if (!before?.length && !after?.length) return right;
  return mergeLists(type as ListType, before ?? [], after ?? []);
}

function mergeMaps(type: TypeSchema, left: JsonObject | undefined, right: JsonObject | undefined): JsonObject {
  if (right === undefined) return left ?? {};
  let out: JsonObject | undefined;
  for (const key in right) {
    const childType = fieldType(type, key);
    const before = left?.[key];
    const merged = childType === undefined ? right[key] : mergeTyped(childType, before, right[key]);
    if (merged !== undefined && merged !== before) (out ??= { ...left })[key] = merged;
  }
  return out ?? left ?? {};
}

interface Indexed {
  elements: string[];
  /** Null for an element that the live list has twice: it is not merged with. */
  byElement: Map<string, JsonValue>;
}

function index(type: ListType, list: readonly JsonValue[]): Indexed {
  const byElement = new Map<string, JsonValue>();
  const elements: string[] = [];
  for (const item of list) {
    const element = itemElement(type, item);
    if (isItemError(element)) continue;
    byElement.set(element, byElement.has(element) ? null : item);
    elements.push(element);
  }
  return { elements, byElement };
}

/**
 * Merged order: items of both lists follow the configuration's order; live-only items stay where they are relative to their neighbours.
 * (structured-merge-diff, typed/merge.go, visitListItems.)
 */
function mergeLists(type: ListType, left: readonly JsonValue[], right: readonly JsonValue[]): JsonValue {
  const live = index(type, left);
  const config = index(type, right);
  const shared = config.elements.filter((element) => live.byElement.has(element));
  const taken = new Set<string>();
  const out: JsonValue[] = [];
  const items = itemType(type);
  let nextShared = shared.shift();
  const take = (was: Value, is: Value): void => {
    const merged = mergeTyped(items, was === null ? undefined : was, is);
    if (merged !== undefined) out.push(merged);
  };
  let [l, r] = [0, 0];
  while (l < live.elements.length || r < config.elements.length) {
    const mine = live.elements[l];
    const theirs = config.elements[r];
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        taken.add(mine);
        take(live.byElement.get(mine), config.byElement.get(mine));
        l++;
        r++;
        nextShared = shared.shift();
        continue;
      }
      if (config.byElement.has(mine) && nextShared !== undefined && nextShared !== mine) {
        // A shared item, but not the one whose turn it is.
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!config.byElement.has(mine)) {
        out.push(left[l]!);
        l++;
        continue;
      }
      // Merged already when its turn came in the configuration.
      if (taken.has(mine)) l++;
    }
    if (theirs !== undefined) {
      taken.add(theirs);
      take(live.byElement.get(theirs), config.byElement.get(theirs));
      r++;
      if (nextShared === theirs) nextShared = shared.shift();
    }
  }
  return out.length === left.length && out.every((item, at) => item === left[at]) ? (left as JsonValue[]) : out;
}

/** What changed between two objects, as field sets. Only what differs is walked: equal references are skipped, so share what you do not change. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { type FieldShape, fieldShape } from "./field-shape.ts";
import { EMPTY, type FieldSet, type FieldSetWay, start } from "./shared-field-sets.ts";
import { asList, asMap, deepEqual, hasEntries, isAtomic, isItemError, shapeOf, type Value } from "./typed-value.ts";

/** The sets are shared ones. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** `metadata` fields that no one owns (stripMeta of apimachinery's managedfields): not worth looking at. */
const UNTRACKED_METADATA = new Set(["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"]);

/** What was found so far at one depth: what lies below the node, and whether the node itself is part of it. */
class Level {
  added!: FieldSetWay;
  modified!: FieldSetWay;
  removed!: FieldSetWay;
  isAdded = false;
  isModified = false;
  isRemoved = false;

  begin(): this {
    this.added = this.modified = this.removed = start();
    this.isAdded = this.isModified = this.isRemoved = false;
    return this;
  }

  /** Hands what was found over to the level above. */
  endIn(above: Level, element: string): void {
    if (this.isAdded || !this.added.isEmpty) above.added = above.added.with(element, this.added.set(this.isAdded));
    if (this.isModified || !this.modified.isEmpty) above.modified = above.modified.with(element, this.modified.set(this.isModified));
    if (this.isRemoved || !this.removed.isEmpty) above.removed = above.removed.with(element, this.removed.set(this.isRemoved));
  }
}

/** One for each depth, used again by every comparison: none begins inside another. */
const levels: Level[] = [];

function levelAt(depth: number): Level {
  return (levels[depth] ??= new Level()).begin();
}

function compare(here: Level, depth: number, shape: FieldShape, left: Value, right: Value, isMetadata: boolean): void {
  const { type } = shape;
  const leftShape = shapeOf(type, left);
  const rightShape = shapeOf(type, right);
  let leaf: boolean;
  if (right === undefined) leaf = compareAs(here, depth, shape, leftShape, left, right, isMetadata);
  else if (left === undefined || leftShape === rightShape) leaf = compareAs(here, depth, shape, rightShape, left, right, isMetadata);
  else {
    // The value changed its form where any form is allowed: seen once as what it was, once as what it is.
    leaf = compareAs(here, depth, shape, leftShape, left, right, isMetadata);
    leaf = compareAs(here, depth, shape, rightShape, left, right, isMetadata) && leaf;
  }
  if (leaf) return;
  if (left === undefined) here.isAdded = true;
  else if (right === undefined) here.isRemoved = true;
}

/** Returns true when the value was taken as one leaf. */
function compareAs(here: Level, depth: number, shape: FieldShape, as: "map" | "list" | "scalar", left: Value, right: Value, isMetadata: boolean): boolean {
  if (as === "map") {
    const before = asMap(left);
    const after = asMap(right);
    // Both empty (or null): a leaf, so that the difference between empty and absent is seen.
    if (isAtomic(shape.type, as) || (!hasEntries(before) && !hasEntries(after))) return compareLeaf(here, left, right);
    compareMaps(here, depth, shape, before, after, isMetadata);
    return false;
  }
  if (as === "list") {
    const before = asList(left);
    const after = asList(right);
    if (isAtomic(shape.type, as) || (!before?.length && !after?.length)) return compareLeaf(here, left, right);
    compareLists(here, depth, shape, before ?? [], after ?? []);
    return false;
  }
  return compareLeaf(here, left, right);
}

function compareLeaf(here: Level, left: Value, right: Value): true {
  if (left === undefined) here.isAdded = true;
  else if (right === undefined) here.isRemoved = true;
  else if (!deepEqual(left, right)) here.isModified = true;
  return true;
}

function compareMaps(here: Level, depth: number, shape: FieldShape, left: JsonObject | undefined, right: JsonObject | undefined, isMetadata: boolean): void {
  for (const key in right) {
    const [was, is] = [left?.[key], right[key]];
    if (was === is || (isMetadata && UNTRACKED_METADATA.has(key))) continue;
    const step = shape.step(key);
    // A field that the schema does not declare was dropped when the object was decoded; nobody can own it.
    if (step.shape !== undefined) descend(here, depth, step.element, step.shape, was, is, depth === 0 && key === "metadata");
  }
  for (const key in left) {
    if (right !== undefined && Object.hasOwn(right, key)) continue;
    if (left[key] === undefined || (isMetadata && UNTRACKED_METADATA.has(key))) continue;
    const step = shape.step(key);
    if (step.shape !== undefined) descend(here, depth, step.element, step.shape, left[key], undefined, depth === 0 && key === "metadata");
  }
}

function descend(above: Level, depth: number, element: string, shape: FieldShape, left: Value, right: Value, isMetadata: boolean): void {
  if (left === right) return;
  if (shape.isScalar) {
    if (left === undefined) above.added = above.added.with(element, EMPTY);
    else if (right === undefined) above.removed = above.removed.with(element, EMPTY);
    else if (!deepEqual(left, right)) above.modified = above.modified.with(element, EMPTY);
    return;
  }
  const here = levelAt(depth + 1);
  compare(here, depth + 1, shape, left, right, isMetadata);
  here.endIn(above, element);
}

function compareLists(here: Level, depth: number, shape: FieldShape, left: readonly JsonValue[], right: readonly JsonValue[]): void {
  const { items } = shape;
  const elements = sameElements(shape, left, right);
  if (elements !== undefined) {
    for (let index = 0; index < elements.length; index++) descend(here, depth, elements[index]!, items, left[index], right[index], false);
    return;
  }
  const before = byElement(shape, left);
  const after = byElement(shape, right);
  for (const [element, is] of after) compareItems(here, depth, element, items, before.get(element) ?? NONE, is);
  for (const [element, was] of before) if (!after.has(element)) compareItems(here, depth, element, items, was, NONE);
}

/** Above this many items they are looked up by their elements, and no longer compared each with each. */
const PAIRED_COUNT_MAX = 16;

/** The elements of two lists that hold the same ones, each once and in the same order, as most do before and after a change; else undefined. */
function sameElements(shape: FieldShape, left: readonly JsonValue[], right: readonly JsonValue[]): string[] | undefined {
  if (left.length !== right.length || left.length > PAIRED_COUNT_MAX) return undefined;
  const elements: string[] = [];
  for (let index = 0; index < left.length; index++) {
    const element = shape.elementOf(left[index]!);
    if (isItemError(element) || elements.includes(element) || (left[index] !== right[index] && shape.elementOf(right[index]!) !== element)) return undefined;
    elements.push(element);
  }
  return elements;
}

const NONE: readonly JsonValue[] = [];

function compareItems(here: Level, depth: number, element: string, items: FieldShape, was: readonly JsonValue[], is: readonly JsonValue[]): void {
  if (was.length <= 1 && is.length <= 1) descend(here, depth, element, items, was[0], is[0], false);
  else if (was.length >= 2 && is.length >= 2) {
    // Duplicates before and after count as one atomic value.
    if (!deepEqual([...was], [...is])) here.modified = here.modified.with(element, EMPTY);
  } else if (was.length >= 2) {
    if (is.length === 1) descend(here, depth, element, items, undefined, is[0], false);
    here.removed = here.removed.with(element, EMPTY);
  } else {
    if (was.length === 1) descend(here, depth, element, items, was[0], undefined, false);
    here.added = here.added.with(element, EMPTY);
  }
}

/** Items by their path element, in order; several where the list has duplicates. Items without a key are left out. */
export function itemsByElement(type: ListType, list: readonly JsonValue[]): Map<string, JsonValue[]> {
  return byElement(fieldShape(type), list);
}

function byElement(shape: FieldShape, list: readonly JsonValue[]): Map<string, JsonValue[]> {
  const items = new Map<string, JsonValue[]>();
  for (const item of list) {
    const element = shape.elementOf(item);
    if (isItemError(element)) continue;
    const same = items.get(element);
    if (same) same.push(item);
    else items.set(element, [item]);
  }
  return items;
}

/** `left` before, `right` after. */
export function compareTyped(schema: TypeSchema, left: Value, right: Value): Comparison {
  const here = levelAt(0);
  if (left !== right) compare(here, 0, fieldShape(schema), left, right, false);
  return { added: here.added.set(false), modified: here.modified.set(false), removed: here.removed.set(false) };
}

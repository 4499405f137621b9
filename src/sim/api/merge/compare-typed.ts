/** What changed between two objects, as field sets. Only what differs is walked: equal references are skipped, so share what you do not change. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { fieldElement, FieldSetBuilder, type FieldSet } from "./field-set.ts";
import { asList, asMap, deepEqual, fieldType, hasEntries, isAtomic, isItemError, itemElement, itemType, shapeOf, type Value } from "./typed-value.ts";

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** `metadata` fields that no one owns (stripMeta of apimachinery's managedfields): not worth looking at. */
const UNTRACKED_METADATA = new Set(["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"]);

class Walker {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();
  private readonly path: string[] = [];

  compare(type: TypeSchema, left: Value, right: Value): void {
    if (left === right) return;
    const leftShape = shapeOf(type, left);
    const rightShape = shapeOf(type, right);
    let leaf: boolean;
    if (right === undefined) leaf = this.compareAs(type, leftShape, left, right);
    else if (left === undefined || leftShape === rightShape) leaf = this.compareAs(type, rightShape, left, right);
    else {
      // The value changed its form where any form is allowed: seen once as what it was, once as what it is.
      leaf = this.compareAs(type, leftShape, left, right);
      leaf = this.compareAs(type, rightShape, left, right) && leaf;
    }
    if (leaf) return;
    if (left === undefined) this.added.insert(this.path, this.path.length);
    else if (right === undefined) this.removed.insert(this.path, this.path.length);
  }

  /** Returns true when the value was taken as one leaf. */
  private compareAs(type: TypeSchema, shape: "map" | "list" | "scalar", left: Value, right: Value): boolean {
    if (shape === "map") {
      const [before, after] = [asMap(left), asMap(right)];
      // Both empty (or null): a leaf, so that the difference between empty and absent is seen.
      if (isAtomic(type, shape) || (!hasEntries(before) && !hasEntries(after))) return this.leaf(left, right);
      this.compareMaps(type, before, after);
      return false;
    }
    if (shape === "list") {
      const [before, after] = [asList(left), asList(right)];
      if (isAtomic(type, shape) || (!before?.length && !after?.length)) return this.leaf(left, right);
      this.compareLists(type as ListType, before ?? [], after ?? []);
      return false;
    }
    return this.leaf(left, right);
  }

  private leaf(left: Value, right: Value): boolean {
    const depth = this.path.length;
    if (left === undefined) this.added.insert(this.path, depth);
    else if (right === undefined) this.removed.insert(this.path, depth);
    else if (!deepEqual(left, right)) this.modified.insert(this.path, depth);
    return true;
  }

  private compareMaps(type: TypeSchema, left: JsonObject | undefined, right: JsonObject | undefined): void {
    const inMetadata = this.path.length === 1 && this.path[0] === "f:metadata";
    for (const key in right) {
      if (inMetadata && UNTRACKED_METADATA.has(key)) continue;
      this.descend(fieldElement(key), fieldType(type, key), left?.[key], right[key]);
    }
    for (const key in left) {
      if (right !== undefined && Object.hasOwn(right, key)) continue;
      if (inMetadata && UNTRACKED_METADATA.has(key)) continue;
      this.descend(fieldElement(key), fieldType(type, key), left[key], undefined);
    }
  }

  private descend(element: string, type: TypeSchema | undefined, left: Value, right: Value): void {
    // A field that the schema does not declare was dropped when the object was decoded; nobody can own it.
    if (type === undefined || left === right) return;
    this.path.push(element);
    this.compare(type, left, right);
    this.path.pop();
  }

  private compareLists(type: ListType, left: readonly JsonValue[], right: readonly JsonValue[]): void {
    const before = byElement(type, left);
    const after = byElement(type, right);
    const items = itemType(type);
    for (const element of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(element) ?? [], after.get(element) ?? []];
      if (was.length <= 1 && is.length <= 1) this.descend(element, items, was[0], is[0]);
      else if (was.length >= 2 && is.length >= 2) {
        // Duplicates before and after count as one atomic value.
        if (!deepEqual([...was], [...is])) this.mark(this.modified, element);
      } else if (was.length >= 2) {
        if (is.length === 1) this.descend(element, items, undefined, is[0]);
        this.mark(this.removed, element);
      } else {
        if (was.length === 1) this.descend(element, items, was[0], undefined);
        this.mark(this.added, element);
      }
    }
  }

  private mark(set: FieldSetBuilder, element: string): void {
    this.path.push(element);
    set.insert(this.path, this.path.length);
    this.path.pop();
  }
}

/** Items by their path element, in order; several where the list has duplicates. Items without a key are left out. */
export function byElement(type: ListType, list: readonly JsonValue[]): Map<string, JsonValue[]> {
  const items = new Map<string, JsonValue[]>();
  for (const item of list) {
    const element = itemElement(type, item);
    if (isItemError(element)) continue;
    const same = items.get(element);
    if (same) same.push(item);
    else items.set(element, [item]);
  }
  return items;
}

/** `left` before, `right` after. */
export function compareTyped(schema: TypeSchema, left: Value, right: Value): Comparison {
  const walker = new Walker();
  walker.compare(schema, left, right);
  return { added: walker.added.set(), modified: walker.modified.set(), removed: walker.removed.set() };
}

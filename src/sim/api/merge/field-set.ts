/**
 * Sets of fields as `managedFields` writes them (FieldsV1): `f:name` a field, `k:{…}` an element of a list with keys, `v:…` an element of a set, `.` the
 * node itself where it also has children. Sets are immutable; operations share what they do not change, and return their input when nothing changes.
 */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { compareElements } from "./field-element-order.ts";
import { PairMemo } from "./pair-memo.ts";
import { EMPTY, type FieldSet, SELF, shared } from "./shared-field-sets.ts";

export { EMPTY, type FieldSet, shared };

/** A path from the root: serialized elements (`f:spec`, `k:{"name":"web"}`). */
export type FieldPath = readonly string[];

const MEMBER: FieldSet = EMPTY;

export const fieldElement = (name: string): string => `f:${name}`;

/** Go's JSON escapes what HTML would mistake; path elements are written by it. */
export function goJson(value: JsonValue): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Keys sorted at every level, as Go writes maps. */
export function sortKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sortKeys(value[key]!)]));
}

function hasKeys(node: FieldSet): boolean {
  for (const _ in node) return true;
  return false;
}

export function isEmpty(set: FieldSet): boolean {
  return !hasKeys(set);
}

function isMember(node: FieldSet): boolean {
  return !hasKeys(node) || Object.hasOwn(node, SELF);
}

/** A set of a few paths, for constants and tests: `fieldSet(["f:status"], ["f:metadata", "f:labels"])`. */
export function fieldSet(...paths: FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path, path.length);
  return builder.set();
}

type Mutable = { [element: string]: Mutable };

/** Collects paths; the only mutable set, private until `set()` hands it out. */
export class FieldSetBuilder {
  private readonly root: Mutable = {};

  /** Adds the path made of the first `length` elements. The whole object (length 0) is never tracked. */
  insert(path: FieldPath, length: number): void {
    if (length === 0) return;
    let node = this.root;
    for (let index = 0; index < length; index++) {
      const element = path[index]!;
      const child = node[element];
      const last = index === length - 1;
      if (child === undefined) {
        const fresh: Mutable = {};
        node[element] = fresh;
        node = fresh;
        // A fresh inner node has no children yet: it would read as a member, so it must get one at once (the next round).
      } else {
        if (!last && !hasKeys(child)) child[SELF] = {};
        else if (last && hasKeys(child)) child[SELF] = {};
        node = child;
      }
    }
  }

  set(): FieldSet {
    return this.root;
  }
}

/** The children alone. A copy: only for what is looked at rarely. */
function childrenOf(parent: FieldSet): FieldSet {
  if (!Object.hasOwn(parent, SELF)) return parent;
  const { [SELF]: _, ...children } = parent;
  return children;
}

/** `node` with the mark of a member, or without; undefined when it is nothing. */
function marked(node: FieldSet, isMemberNow: boolean): FieldSet | undefined {
  let hasChildren = false;
  for (const element in node) {
    if (element === SELF) continue;
    hasChildren = true;
    break;
  }
  if (!hasChildren) return isMemberNow ? MEMBER : undefined;
  if (Object.hasOwn(node, SELF) === isMemberNow) return node;
  return shared(isMemberNow ? { [SELF]: MEMBER, ...node } : childrenOf(node));
}

const unions = new PairMemo();
const intersections = new PairMemo();
const differences = new PairMemo();
const recursiveDifferences = new PairMemo();

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmpty(right)) return left;
  if (isEmpty(left)) return right;
  const known = unions.get(left, right);
  if (known !== undefined) return known;
  let out: Mutable | undefined;
  for (const element in right) {
    const mine = left[element];
    const theirs = right[element]!;
    const merged = mine === undefined ? theirs : unionNode(mine, theirs);
    if (merged !== mine) (out ??= { ...left } as Mutable)[element] = merged as Mutable;
  }
  return unions.keep(left, right, out === undefined ? left : shared(out));
}

function unionNode(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  const wasMember = isMember(left);
  const children = union(left, right);
  return children === left && (wasMember || !isMember(right)) ? left : marked(children, wasMember || isMember(right))!;
}

/** What is in both; for members, not for the nodes above them. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left) || isEmpty(right)) return EMPTY;
  const known = intersections.get(left, right);
  if (known !== undefined) return known;
  let out: Mutable | undefined;
  for (const element in right) {
    const mine = left[element];
    if (mine === undefined || element === SELF) continue;
    const theirs = right[element]!;
    const inner = intersection(mine, theirs);
    const merged = isMember(mine) && isMember(theirs) ? marked(inner, true) : isEmpty(inner) ? undefined : inner;
    if (merged !== undefined) (out ??= {})[element] = merged as Mutable;
  }
  return intersections.keep(left, right, out === undefined ? EMPTY : shared(out));
}

/** What is in left and not in right: taking a parent away leaves its children, and the other way round. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return subtract(left, right, false);
}

/** As `difference`, but taking a parent away takes its children too. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  return subtract(left, right, true);
}

/** The mark of a member is left as it is: the caller knows whether it goes. */
function subtract(left: FieldSet, right: FieldSet, recursive: boolean): FieldSet {
  if (isEmpty(left) || isEmpty(right)) return left;
  const memo = recursive ? recursiveDifferences : differences;
  const known = memo.get(left, right);
  if (known !== undefined) return known;
  let out: Mutable | undefined;
  for (const element in right) {
    const mine = left[element];
    if (mine === undefined || element === SELF) continue;
    const theirs = right[element]!;
    const rest = recursive && isMember(theirs) ? undefined : subtractNode(mine, theirs, recursive);
    if (rest === mine) continue;
    out ??= { ...left } as Mutable;
    if (rest === undefined) delete out[element];
    else out[element] = rest as Mutable;
  }
  return memo.keep(left, right, out === undefined ? left : shared(out));
}

function subtractNode(left: FieldSet, right: FieldSet, recursive: boolean): FieldSet | undefined {
  const wasMember = isMember(left);
  const member = wasMember && !isMember(right);
  const rest = subtract(left, right, recursive);
  return rest === left && member === wasMember ? left : marked(rest, member);
}

export function has(set: FieldSet, path: FieldPath): boolean {
  let here: FieldSet = set;
  for (const element of path) {
    const next = here[element];
    if (next === undefined) return false;
    here = next;
  }
  return path.length > 0 && isMember(here);
}

export function hasElement(set: FieldSet, element: string): boolean {
  const child = set[element];
  return child !== undefined && isMember(child);
}

/** What lies below an element; empty when there is nothing. */
export function below(set: FieldSet, element: string): FieldSet {
  const child = set[element];
  return child === undefined ? EMPTY : childrenOf(child);
}

export function sameSet(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  let count = 0;
  for (const element in left) {
    const other = right[element];
    if (other === undefined || !sameSet(left[element]!, other)) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}

/** Members in upstream's order: those of a node first, sorted, then what lies below each. */
export function pathsOf(set: FieldSet, prefix: FieldPath = []): FieldPath[] {
  const elements = Object.keys(set).filter((element) => element !== SELF).sort(compareElements);
  const out: FieldPath[] = [];
  for (const element of elements) if (isMember(set[element]!)) out.push([...prefix, element]);
  for (const element of elements) out.push(...pathsOf(childrenOf(set[element]!), [...prefix, element]));
  return out;
}

/** `.spec.template.spec.containers[name="web"].image`, as conflicts print a path. */
export function pathText(path: FieldPath): string {
  return path.map(elementText).join("");
}

function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "k": {
      const keys = JSON.parse(rest) as JsonObject;
      return `[${Object.keys(keys).map((name) => `${name}=${valueText(keys[name]!)}`).join(",")}]`;
    }
    case "v":
      return `[=${valueText(JSON.parse(rest) as JsonValue)}]`;
    default:
      return `[${rest}]`;
  }
}

function valueText(value: JsonValue): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

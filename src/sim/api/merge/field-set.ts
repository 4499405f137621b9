/**
 * Sets of fields as `managedFields` writes them (FieldsV1): `f:name` a field, `k:{…}` an element of a list with keys, `v:…` an element of a set, `.` the
 * node itself where it also has children. Sets are immutable; operations share what they do not change, and return their input when nothing changes.
 */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";

/** At the root only elements; below it `{}` is a member, `{".": {}, …}` a member with children, `{…}` children of which it is not a member. */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** A path from the root: serialized elements (`f:spec`, `k:{"name":"web"}`). */
export type FieldPath = readonly string[];

export const EMPTY: FieldSet = Object.freeze({});
const MEMBER: FieldSet = EMPTY;
const SELF = ".";

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

/** `node` with the mark of a member, or without; undefined when it is nothing. `isOwn`: the node may be changed. */
function marked(node: FieldSet, isMemberNow: boolean, isOwn: boolean): FieldSet | undefined {
  let hasChildren = false;
  for (const element in node) {
    if (element === SELF) continue;
    hasChildren = true;
    break;
  }
  if (!hasChildren) return isMemberNow ? MEMBER : undefined;
  if (Object.hasOwn(node, SELF) === isMemberNow) return node;
  if (isMemberNow) return { [SELF]: MEMBER, ...node };
  const out = (isOwn ? node : { ...node }) as Mutable;
  delete out[SELF];
  return out;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmpty(right)) return left;
  if (isEmpty(left)) return right;
  let out: Mutable | undefined;
  for (const element in right) {
    const mine = left[element];
    const theirs = right[element]!;
    const merged = mine === undefined ? theirs : unionNode(mine, theirs);
    if (merged !== mine) (out ??= { ...left } as Mutable)[element] = merged as Mutable;
  }
  return out ?? left;
}

function unionNode(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  const wasMember = isMember(left);
  const children = union(left, right);
  return children === left && (wasMember || !isMember(right)) ? left : marked(children, wasMember || isMember(right), children !== left && children !== right)!;
}

/** What is in both; for members, not for the nodes above them. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  let out: Mutable | undefined;
  for (const element in right) {
    const mine = left[element];
    if (mine === undefined || element === SELF) continue;
    const theirs = right[element]!;
    const inner = intersection(mine, theirs);
    const merged = isMember(mine) && isMember(theirs) ? marked(inner, true, false) : isEmpty(inner) ? undefined : inner;
    if (merged !== undefined) (out ??= {})[element] = merged as Mutable;
  }
  return out ?? EMPTY;
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
  return out ?? left;
}

function subtractNode(left: FieldSet, right: FieldSet, recursive: boolean): FieldSet | undefined {
  const wasMember = isMember(left);
  const member = wasMember && !isMember(right);
  const rest = subtract(left, right, recursive);
  return rest === left && member === wasMember ? left : marked(rest, member, rest !== left);
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

/** Fields first, then keyed elements, then values; keys and values by value, so that port 80 comes before 443. */
function compareElements(left: string, right: string): number {
  if (left[0] !== right[0] || left[0] === "f" || left === SELF) return left < right ? -1 : left > right ? 1 : 0;
  const [a, b] = [JSON.parse(left.slice(2)) as JsonValue, JSON.parse(right.slice(2)) as JsonValue];
  return compareValues(a, b);
}

function compareValues(left: JsonValue, right: JsonValue): number {
  if (isPlainObject(left) && isPlainObject(right)) {
    const [names, others] = [Object.keys(left), Object.keys(right)];
    for (let index = 0; index < Math.min(names.length, others.length); index++) {
      const [name, other] = [names[index]!, others[index]!];
      if (name !== other) return name < other ? -1 : 1;
      const order = compareValues(left[name]!, right[other]!);
      if (order !== 0) return order;
    }
    return names.length - others.length;
  }
  if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

function isPlainObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets known to be in upstream's order, with everything in them: what `sorted` gave, and what others made of that without changing it. */
const inOrder = new WeakSet<FieldSet>([EMPTY]);

/** The same set with its elements in upstream's order: what is stored and sent. Parts that are in order already are shared. */
export function sorted(set: FieldSet): FieldSet {
  if (inOrder.has(set)) return set;
  const out: Mutable = {};
  if (Object.hasOwn(set, SELF)) out[SELF] = EMPTY as Mutable;
  const elements = Object.keys(set);
  if (elements.length > 1) elements.sort(compareElements);
  for (const element of elements) if (element !== SELF) out[element] = sorted(set[element]!) as Mutable;
  return markInOrder(isEmpty(out) ? EMPTY : out);
}

/** For sets that equal one in order, element for element. */
export function markInOrder(set: FieldSet): FieldSet {
  inOrder.add(set);
  return set;
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

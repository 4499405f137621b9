/**
 * One copy of each field set in `managedFields`: the pods of a Deployment all say the same there, and it is more than half of what an object weighs.
 * A set is found by the way to it, element after element; who goes the same way again makes nothing new, and sets that are equal are the same.
 */
import { compareElements } from "./field-element-order.ts";

/** At the root only elements; below it `{}` is a member, `{".": {}, …}` a member with children, `{…}` children of which it is not a member. */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export const EMPTY: FieldSet = Object.freeze({});
/** The mark of a member that has children. */
export const SELF = ".";

/** Ways remembered; beyond, all are forgotten: equal sets are then at worst stored twice. */
const WAY_COUNT_MAX = 20_000;

/** Sets that have been here: in upstream's order, as are their parts. */
const known = new WeakSet<FieldSet>([EMPTY]);

/** The elements of one node so far, in the order they came. */
export class FieldSetWay {
  readonly #before: FieldSetWay | undefined;
  readonly #element: string;
  readonly #child: FieldSet;
  /** The way that went on from here first; most are the only one. */
  #next: FieldSetWay | undefined;
  /** The others by their element, where that is a member without children, as nearly all are. */
  #members: Map<string, FieldSetWay> | undefined;
  #parents: Map<string, Map<FieldSet, FieldSetWay>> | undefined;
  #set: FieldSet | undefined;
  #memberSet: FieldSet | undefined;

  constructor(before?: FieldSetWay, element = "", child: FieldSet = EMPTY) {
    this.#before = before;
    this.#element = element;
    this.#child = child;
  }

  get isEmpty(): boolean {
    return this.#before === undefined;
  }

  /** With one more element, which is not among them yet. `child` is shared. */
  with(element: string, child: FieldSet): FieldSetWay {
    const next = this.#next;
    if (next === undefined) return (this.#next = this.#grow(element, child));
    if (next.#element === element && next.#child === child) return next;
    const ways: Map<unknown, FieldSetWay> = child === EMPTY ? (this.#members ??= new Map()) : this.#waysTo(element);
    const key = child === EMPTY ? element : child;
    let way = ways.get(key);
    if (way === undefined) ways.set(key, (way = this.#grow(element, child)));
    return way;
  }

  #waysTo(element: string): Map<unknown, FieldSetWay> {
    this.#parents ??= new Map();
    let byChild = this.#parents.get(element);
    if (byChild === undefined) this.#parents.set(element, (byChild = new Map()));
    return byChild;
  }

  #grow(element: string, child: FieldSet): FieldSetWay {
    wayCount++;
    return new FieldSetWay(this, element, child);
  }

  /** The node that these elements make, with the mark of a member or without. */
  set(isMember: boolean): FieldSet {
    return isMember ? (this.#memberSet ??= this.#node(true)) : (this.#set ??= this.#node(false));
  }

  #node(isMember: boolean): FieldSet {
    if (this.isEmpty) return EMPTY;
    const ways: FieldSetWay[] = [this];
    for (let way = this.#before; way !== undefined && way.#before !== undefined; way = way.#before) ways.push(way);
    ways.reverse();
    if (!FieldSetWay.#areInOrder(ways)) {
      ways.sort((a, b) => compareElements(a.#element, b.#element));
      let inOrder = start();
      for (const way of ways) inOrder = inOrder.with(way.#element, way.#child);
      if (inOrder !== this) return inOrder.set(isMember);
    }
    const node = newNode(ways.some((way) => !way.#element.startsWith("f:")));
    if (isMember) node[SELF] = EMPTY;
    for (const way of ways) node[way.#element] = way.#child;
    known.add(node);
    return node;
  }

  static #areInOrder(ways: readonly FieldSetWay[]): boolean {
    for (let index = 1; index < ways.length; index++) if (compareElements(ways[index - 1]!.#element, ways[index]!.#element) > 0) return false;
    return true;
  }
}

/**
 * An object for elements. Fields have the names of a schema; keys and values have any, as the address of every pod: V8 would make a new hidden class for each,
 * and look for it among all that it made before. An object without a prototype is a table of names from the start.
 */
function newNode(hasAnyNames: boolean): Record<string, FieldSet> {
  return hasAnyNames ? (Object.create(null) as Record<string, FieldSet>) : {};
}

let root = new FieldSetWay();
let wayCount = 0;

/** Where every way begins. */
export function start(): FieldSetWay {
  if (wayCount >= WAY_COUNT_MAX) {
    root = new FieldSetWay();
    wayCount = 0;
  }
  return root;
}

/** The one set that equals this one. Its elements are in upstream's order: what is stored and sent. */
export function shared(set: FieldSet): FieldSet {
  if (known.has(set)) return set;
  let way = start();
  let isMember = false;
  for (const element in set) {
    if (element === SELF) isMember = true;
    else way = way.with(element, shared(set[element]!));
  }
  return way.set(isMember);
}

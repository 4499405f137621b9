/**
 * A machine taken out of the text of a homelab file, or put into it, with every list that names it. All other text stays to the letter. What else names it is
 * the loader's to find.
 */
import { type Document, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, stringify, visit, type YAMLMap } from "yaml";
import { DEPENDANT_LISTS } from "./model/site.ts";

/** Lists of names in which a machine that is gone has no place. */
const LISTS: ReadonlySet<string> = new Set([...DEPENDANT_LISTS, "on"]);

type Cut = readonly [start: number, end: number];

/** Undefined where the file writes no such machine, or writes all machines on one line. */
export function withoutMachine(text: string, name: string): string | undefined {
  const document = parseDocument(text);
  const machines = blockOfMachines(document);
  const pair = machines === undefined ? undefined : entryOf(machines, name);
  const [start] = pair?.key.range ?? [];
  if (pair === undefined || start === undefined) return undefined;
  const cuts: Cut[] = [wholeLines(text, start, pair.value?.range?.[1] ?? start)];
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !LISTS.has(String(key.value)) || !isSeq(value)) return;
      const index = value.items.findIndex((item) => isScalar(item) && item.value === name);
      if (index < 0) return;
      const rangeOf = (at: number): readonly number[] | undefined => (value.items[at] as Node | undefined)?.range ?? undefined;
      const [from, to] = rangeOf(index) as [number, number];
      // A key without a list behind it would be another value than an empty list.
      if (value.flow !== true && value.items.length === 1) cuts.push(wholeLines(text, (key.range as readonly number[])[0]!, to));
      else if (value.flow !== true) cuts.push(wholeLines(text, from, to));
      // With the comma before it, or the one behind the first.
      else cuts.push(index > 0 ? [rangeOf(index - 1)![1]!, to] : [from, rangeOf(1)?.[0] ?? to]);
    },
  });
  return cuts.sort(([a], [b]) => b - a).reduce((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), text);
}

export interface NewMachine {
  readonly name: string;
  /** Where SSH reaches it. */
  readonly address: string;
  /** Undefined: the file's default, or as `like` has them. */
  readonly roles: readonly string[] | undefined;
  /** A machine of the file that it is like: its fields are taken over but for what is a machine's own, and it stands in every list in which that one does. */
  readonly like: string | undefined;
}

/** Behind the last machine, written as that one is. Undefined where the file writes its machines in another way, or has no machine `like`. */
export function withMachine(text: string, machine: NewMachine): string | undefined {
  const document = parseDocument(text);
  const machines = blockOfMachines(document);
  const last = machines?.items.at(-1) as Pair<Node, Node | null> | undefined;
  const model = machines === undefined || machine.like === undefined ? undefined : entryOf(machines, machine.like);
  if (machines === undefined || last?.key.range == null || (machine.like !== undefined && model === undefined)) return undefined;
  const fields = fieldsOf(machine, document, model?.value ?? null);
  const keyStart = last.key.range[0];
  const indent = indentOf(text, keyStart);
  const written = isMap<Node>(last.value) && last.value.flow !== true
    ? Object.entries(fields).map(([key, value]) => `\n${indentOf(text, (last.value as YAMLMap<Node>).items[0]?.key.range?.[0] ?? keyStart)}${key}: ${flowText(value)}`).join("")
    : ` ${flowText(fields)}`;
  const [, end] = wholeLines(text, keyStart, last.value?.range?.[1] ?? keyStart);
  const puts: [at: number, what: string][] = [[end, `${text[end - 1] === "\n" ? "" : "\n"}${indent}${stringify(machine.name).trimEnd()}:${written}\n`]];
  if (machine.like !== undefined) puts.push(...placesBeside(document, text, machine.like, machine.name));
  return puts.sort(([a], [b]) => b - a).reduce((rest, [at, what]) => rest.slice(0, at) + what + rest.slice(at), text);
}

/** Fields that no two machines share. */
const OWN_FIELDS = ["hostname", "fqdn"];

function fieldsOf({ address, roles, like }: NewMachine, document: Document, model: Node | null): Record<string, unknown> {
  const copied = like === undefined || model === null ? {} : (model.toJS(document) as Record<string, unknown>);
  const { network, address: _address, ...rest } = copied as { network?: { addresses?: string | string[]; nodeIps?: unknown }; address?: string };
  for (const field of OWN_FIELDS) delete (rest as Record<string, unknown>)[field];
  const statics = network?.addresses === undefined ? [] : [network.addresses].flat();
  const prefix = statics.find((one) => one.includes(":") === address.includes(":"))?.split("/")[1];
  const { addresses: _addresses, nodeIps: _nodeIps, ...others } = network ?? {};
  const own = { ...(prefix === undefined ? {} : { addresses: [`${address}/${prefix}`] }), ...others };
  return { address, ...rest, ...(roles === undefined ? {} : { roles: [...roles] }), ...(Object.keys(own).length === 0 ? {} : { network: own }) };
}

/** Behind `like` in each list of names. */
function placesBeside(document: Document, text: string, like: string, name: string): [at: number, what: string][] {
  const places: [at: number, what: string][] = [];
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !LISTS.has(String(key.value)) || !isSeq(value)) return;
      const item = value.items.find((one) => isScalar(one) && one.value === like) as Node | undefined;
      if (item?.range == null) return;
      const [from, to] = item.range;
      if (value.flow === true) places.push([to, `, ${name}`]);
      else {
        const [start, end] = wholeLines(text, from, to);
        places.push([end, `${text[end - 1] === "\n" ? "" : "\n"}${text.slice(start, from)}${name}\n`]);
      }
    },
  });
  return places;
}

/** `{ address: 192.168.1.14, roles: [worker] }` */
function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{ ${Object.entries(value).map(([key, one]) => `${stringify(key).trimEnd()}: ${flowText(one)}`).join(", ")} }`;
  // What must be quoted among commas and brackets is quoted.
  return stringify([value], { lineWidth: 0, collectionStyle: "flow" }).trim().slice(1, -1).trim();
}

/** What stands before it on its line. */
function indentOf(text: string, at: number): string {
  return text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
}

/** The map of machines, where it is written with one machine a line or more. */
function blockOfMachines(document: Document): YAMLMap<Node, Node | null> | undefined {
  const machines = document.get("machines");
  return isMap<Node, Node | null>(machines) && machines.flow !== true ? machines : undefined;
}

function entryOf(machines: YAMLMap<Node, Node | null>, name: string): Pair<Node, Node | null> | undefined {
  return machines.items.find(({ key }) => isScalar(key) && key.value === name);
}

function wholeLines(text: string, start: number, end: number): Cut {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  if (text[end - 1] === "\n") return [from, end];
  const newline = text.indexOf("\n", end);
  return [from, newline < 0 ? text.length : newline + 1];
}

/** A homelab file as if it said something else: `machines.pi4={}`, `site.switch.connects+=pi4`, `apps.gazette.promise=null`. The file stays as it is. */
import { parse } from "yaml";
import type { Path } from "./finding.ts";
import { DEPENDANT_LISTS } from "./model/site.ts";
import { isMap } from "./schema/structure.ts";
import { formatPath, show } from "./show.ts";

export interface Change {
  /** As it was given. */
  readonly text: string;
  readonly path: readonly string[];
  /** `add`: to a list, or to a map. */
  readonly does: "set" | "add";
  /** Undefined takes the field away. */
  readonly value: unknown;
}

/** Thrown with one line that says what is wrong with a change, and how to write it. */
export class WrongChange extends Error {
  override readonly name = "WrongChange";
}

/** Names in quotes may hold dots: `nodes."a.b".c`. */
const SEGMENT = /(?:"([^"]+)"|([^."=+\s]+))(\.|$)/y;

export function parseChange(text: string): Change {
  const match = /^(.+?)(\+)?=([\s\S]*)$/.exec(text);
  if (match === null) throw new WrongChange(`${show(text)} is no change: write path=value, such as machines.pi4={address: 192.168.1.14}`);
  const [, pathText, plus, valueText] = match as unknown as [string, string, string | undefined, string];
  const path: string[] = [];
  for (SEGMENT.lastIndex = 0; SEGMENT.lastIndex < pathText.length; ) {
    const segment = SEGMENT.exec(pathText);
    if (segment === null) throw new WrongChange(`${show(pathText)} is no path of the file: write names with dots between them, such as apps.gazette.replicas`);
    const name = segment[1] ?? segment[2]!;
    if (name === "__proto__") throw new WrongChange(`${name} is no name that the file could have`);
    path.push(name);
  }
  let value: unknown;
  try {
    value = parse(valueText, { schema: "core", version: "1.2" });
  } catch (error) {
    throw new WrongChange(`the value of ${pathText} is not YAML: ${(error as Error).message.split("\n")[0]!.replace(/ at line 1, column \d+:?$/, "")}`);
  }
  if (value === null && valueText.trim() === "") throw new WrongChange(`${pathText}= has no value: ${pathText}=null takes the field away`);
  return { text, path, does: plus === undefined ? "set" : "add", value: value ?? undefined };
}

/** The changed file's value; the one given stays as it is. Throws `WrongChange`. */
export function withChanges(file: unknown, changes: readonly Change[]): unknown {
  if (changes.length === 0) return file;
  const changed = structuredClone(file);
  for (const change of changes) applyChange(changed, change);
  if (isMap(changed)) for (const { path } of changes) if (path[0] === "machines" && path.length === 2) finishMachine(changed, path[1]!, file);
  return changed;
}

function applyChange(file: unknown, { path, does, value, text }: Change): void {
  let place: unknown = file;
  for (const [index, key] of path.slice(0, -1).entries()) {
    const above = path.slice(0, index + 1);
    if (!isMap(place)) throw short(path.slice(0, index), place, text);
    if (!Object.hasOwn(place, key)) place[key] = {};
    else if (place[key] === null) place[key] = {};
    if (!isMap(place[key]) && !Array.isArray(place[key])) throw short(above, place[key], text);
    place = place[key];
  }
  const last = path.at(-1)!;
  if (Array.isArray(place)) throw new WrongChange(`${formatPath(path.slice(0, -1))} is a list: give the whole of it, or add to it with +=`);
  if (!isMap(place)) throw short(path.slice(0, -1), place, text);
  if (value === undefined) delete place[last];
  else if (does === "set") place[last] = value;
  else place[last] = added(place[last], value, path);
}

function short(path: Path, value: unknown, text: string): WrongChange {
  return new WrongChange(`${text}: ${formatPath(path)} is written short, as ${show(value)}; give the whole of it: ${formatPath(path)}={…}`);
}

function added(before: unknown, value: unknown, path: Path): unknown {
  if (isMap(before) && isMap(value)) return { ...before, ...value };
  if (isMap(before)) throw new WrongChange(`${formatPath(path)} is a map: add a map to it, such as ${formatPath(path)}+={name: value}`);
  // One name stands for a list of one.
  const list = before === undefined || before === null ? [] : Array.isArray(before) ? before : [before];
  return [...list, ...(Array.isArray(value) ? value : [value])];
}

/** A machine that was not there: it gets the next address, and must hang on something where others do. */
function finishMachine(file: Record<string, unknown>, name: string, before: unknown): void {
  const machines = file["machines"];
  if (!isMap(machines) || (isMap(before) && isMap(before["machines"]) && Object.hasOwn(before["machines"], name))) return;
  const machine = machines[name] ?? {};
  if (!isMap(machine)) return;
  if (machine["address"] === undefined && machine["network"] === undefined) machines[name] = { address: nextAddress(machines, name), ...machine };
  const parts = Object.values(isMap(file["site"]) ? file["site"] : {}).filter(isMap);
  const hangs = parts.some((part) => DEPENDANT_LISTS.some((list) => [part[list]].flat().includes(name)));
  if (parts.length > 0 && !hangs) throw new WrongChange(`${name} hangs on no part of the site: say on which, such as --what-if 'site.${hangingPlace(file)}+=${name}'`);
}

function hangingPlace({ site }: Record<string, unknown>): string {
  const found = Object.entries(site as Record<string, unknown>).flatMap(([part, value]) => DEPENDANT_LISTS.filter((list) => isMap(value) && value[list] !== undefined && value["kind"] !== "internet" && value["kind"] !== "router").map((list) => `${part}.${list}`));
  return found[0] ?? "SWITCH.connects";
}

/** One above the highest of the others in the same /24. */
function nextAddress(machines: Record<string, unknown>, name: string): string {
  const addresses = Object.entries(machines).flatMap(([other, value]) => (other !== name && isMap(value) && typeof value["address"] === "string" ? [value["address"]] : []));
  const parts = addresses.map((address) => /^(\d+\.\d+\.\d+)\.(\d+)$/.exec(address)).filter((match) => match !== null);
  const first = parts[0];
  if (first === undefined) throw new WrongChange(`${name} needs an address: machines.${name}={address: …}`);
  const hosts = parts.filter((match) => match[1] === first[1]).map((match) => Number(match[2]));
  const host = Math.max(...hosts) + 1;
  if (host > 254) throw new WrongChange(`${name} needs an address: machines.${name}={address: …}`);
  return `${first[1]}.${host}`;
}

/** `explain`: the expanded file, and beside each default why it is what it is. */
import { Document, isMap, isScalar, isSeq, type Node } from "yaml";
import { nearestName } from "../lib/nearest-name.ts";
import type { Path } from "./finding.ts";
import type { DefaultReason, Homelab } from "./homelab.ts";
import { longForm } from "./long-form.ts";
import { pathKey } from "./path-key.ts";
import { formatPath } from "./show.ts";

export type Explanation =
  | { readonly found: true; readonly value: unknown; readonly defaults: readonly DefaultReason[]; readonly path: Path }
  | { readonly found: false; readonly message: string; readonly fix: string };

/** What the homelab has at a path of its long form, such as `apps.gazette` or `machines.pi1.disks[0]`; the whole of it without one. */
export function explain(homelab: Homelab, pathText?: string): Explanation {
  const whole = longForm(homelab);
  const path: Path = pathText === undefined || pathText === "" ? [] : longPath(whole, parsePath(pathText));
  let value: unknown = whole;
  for (const [index, key] of path.entries()) {
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (!keys.includes(String(key))) {
      if (key === "machineDefaults" && index === 0) return { found: false, message: "machineDefaults is spread over the machines", fix: "See one of them, such as machines." };
      const place = index === 0 ? "the file" : formatPath(path.slice(0, index));
      const meant = nearestName(String(key), keys);
      return {
        found: false,
        message: `${place} has no ${String(key)}`,
        fix: keys.length === 0 ? `${place} is a value of its own.` : meant !== undefined ? `Did you mean ${meant}?` : `It has ${keys.join(", ")}.`,
      };
    }
    value = (value as Record<string | number, unknown>)[key];
  }
  const prefix = pathKey(path).slice(0, -1);
  const defaults = homelab.defaults.filter((one) => {
    const key = pathKey(one.path);
    // The default may be of an ancestor: a list that was filled in as a whole.
    return path.length === 0 || key === `${prefix}]` || key.startsWith(`${prefix},`) || `${prefix},`.startsWith(`${key.slice(0, -1)},`);
  });
  return { found: true, value, defaults, path };
}

/** Fields of the short form, and where they are in the long one. */
const LONG_NAMES: Readonly<Record<string, string>> = { port: "ports", host: "routes", path: "routes", stripPath: "routes", tls: "routes", redirect: "routes", health: "readiness", disk: "disks" };

/** A path as people write the file, in the long form: `apps.gazette.host` is `apps.gazette.services.gazette.routes`. */
function longPath(whole: unknown, path: Path): Path {
  const at = (some: Path): unknown => some.reduce<unknown>((value, key) => (typeof value === "object" && value !== null && Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined), whole);
  if (at(path) !== undefined) return path;
  const [first, name, ...rest] = path;
  const inService: Path[] = first === "apps" && name !== undefined ? [[first, name, "services", name, ...rest]] : [];
  for (const candidate of [path, ...inService]) {
    const last = candidate.at(-1);
    const long = typeof last === "string" && Object.hasOwn(LONG_NAMES, last) ? [...candidate.slice(0, -1), LONG_NAMES[last]!] : candidate;
    for (const one of [candidate, long]) if (at(one) !== undefined) return one;
  }
  return path;
}

/** As YAML, each default with its reason as a comment. It is a valid homelab file when it is the whole. */
export function explanationYaml(explanation: Extract<Explanation, { found: true }>): string {
  const { value, defaults, path } = explanation;
  if (typeof value !== "object" || value === null) {
    const reason = defaults.find((one) => one.path.length <= path.length);
    return `${new Document(escaped(value)).toString().trimEnd()}${reason === undefined ? "" : `  # default: ${reason.why}`}\n`;
  }
  // Aliases would say that two things are one; here they are only equal.
  const document = new Document(escaped(value), { aliasDuplicateObjects: false, version: "1.2" });
  for (const one of defaults) {
    const below = one.path.slice(path.length);
    if (one.path.length > path.length) comment(document, below, `default: ${one.why}`);
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  const whole = defaults.find((one) => one.path.length <= path.length);
  return whole === undefined || path.length === 0 ? text : `# default: ${whole.why}\n${text}`;
}

/** Text that would be read as a variable, written so that it is itself. */
function escaped(value: unknown): unknown {
  if (typeof value === "string") return value.includes("${") || value.includes("$$") ? value.replaceAll("$", "$$$$") : value;
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one)]));
  return value;
}

/** Puts a comment beside a scalar, or above a map or list. */
function comment(document: Document, path: Path, text: string): void {
  const parent = path.length === 1 ? document.contents : (document.getIn(path.slice(0, -1), true) as Node | undefined);
  const key = path[path.length - 1];
  const node = document.getIn(path, true) as Node | undefined;
  if (node === undefined || node === null || typeof node !== "object") return;
  if (isScalar(node)) {
    node.comment = ` ${text}`;
    return;
  }
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    if (pair !== undefined && isScalar(pair.key)) pair.key.commentBefore = ` ${text}`;
  } else if (isSeq(parent)) {
    node.commentBefore = ` ${text}`;
  }
}

/** `apps.gazette.ports[0]`, `registries["ghcr.io"]`. Dots within quotes belong to the name. */
export function parsePath(text: string): Path {
  const path: (string | number)[] = [];
  for (const match of text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)) {
    if (match[1] !== undefined) path.push(Number(match[1]));
    else if (match[2] !== undefined) path.push(match[2].replace(/\\(.)/g, "$1"));
    else path.push(match[3]!);
  }
  return path;
}

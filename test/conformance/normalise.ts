/**
 * Makes an answer comparable between two clusters: names of this run, times, ids, versions and addresses become placeholders.
 * Ids and resource versions are numbered in order of appearance within a case, so that "the same" and "another" still show.
 */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const TIME_INSIDE = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const VERSION_INSIDE = /(resourceVersion\\*":\\*")\d+/g;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const GENERATED = "[bcdfghjklmnpqrstvwxz2456789]{5}";

export class Normaliser {
  readonly #uids = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  value(value: unknown, key = "", parents: readonly string[] = []): unknown {
    if (typeof value === "string") return this.#string(value, key);
    if (typeof value === "number") return key === "nodePort" || key === "healthCheckNodePort" ? "<port>" : value;
    if (Array.isArray(value)) return value.map((item) => this.value(item, key, parents));
    if (value === null || typeof value !== "object") return value;
    const object = value as Record<string, unknown>;
    const isList = typeof object["kind"] === "string" && object["kind"].endsWith("List") && "items" in object;
    const isTable = object["kind"] === "Table";
    const entries = Object.keys(object)
      .sort()
      .map((name): [string, unknown] => {
        if (name === "metadata" && (isList || isTable)) return [name, this.#listMeta(object[name] as Record<string, unknown>)];
        return [this.#string(name, "key"), this.value(object[name], name, [...parents, key])];
      });
    const result = Object.fromEntries(entries);
    const generateName = object["generateName"];
    if (typeof generateName === "string" && generateName !== "" && typeof object["name"] === "string" && object["name"].startsWith(generateName)) {
      result["name"] = `${this.#string(generateName, "name")}<suffix>`;
    }
    return result;
  }

  /** A list's own version is the whole store's: other cases move it. */
  #listMeta(meta: Record<string, unknown>): unknown {
    return {
      ...(this.value(meta) as Record<string, unknown>),
      ...("resourceVersion" in meta ? { resourceVersion: "<version>" } : {}),
      ...(meta["continue"] ? { continue: "<continue>" } : {}),
    };
  }

  #string(text: string, key: string): string {
    if (key === "resourceVersion") return text === "" || text === "0" ? text : this.#numbered(this.#versions, text, "version");
    if (TIME.test(text)) return "<time>";
    if (key === "clusterIP" || key === "clusterIPs") return text === "" || text === "None" ? text : "<ip>";
    if (["podIP", "hostIP", "ip", "targetIP"].includes(key)) return "<ip>";
    if (key === "token") return "<token>";
    if (key === "continue") return text === "" ? "" : "<continue>";
    return text
      .replaceAll(this.#namespace, "$NS")
      .replace(TIME_INSIDE, "<time>")
      .replace(VERSION_INSIDE, "$1<version>")
      .replace(UID, (uid) => this.#numbered(this.#uids, uid, "uid"))
      .replace(new RegExp(`kube-api-access-${GENERATED}`, "g"), "kube-api-access-<suffix>")
      .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "<token>");
  }

  #numbered(seen: Map<string, number>, value: string, word: string): string {
    let index = seen.get(value);
    if (index === undefined) {
      index = seen.size + 1;
      seen.set(value, index);
    }
    return `<${word}-${index}>`;
  }
}

/** The values at dotted paths; `*` is every item of an array or value of an object. Absent values are left out. */
export function pick(value: unknown, paths: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    paths
      .map((path): [string, unknown] => [path, at(value, splitPath(path))])
      .filter(([, found]) => found !== undefined),
  );
}

/** `metadata.labels[a.b/c]`: brackets hold a key with dots. */
export function splitPath(path: string): string[] {
  return [...path.matchAll(/\[([^\]]+)\]|([^.[\]]+)/g)].map((match) => match[1] ?? match[2]!);
}

export function at(value: unknown, path: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (value === null || typeof value !== "object") return undefined;
  if (head === "*") return Object.values(value).map((item) => at(item, rest) ?? null);
  return at((value as Record<string, unknown>)[head], rest);
}

/** True when `actual` holds everything that `wanted` names. `null` in `wanted` means absent or null. */
export function holds(actual: unknown, wanted: unknown): boolean {
  if (wanted === null) return actual === null || actual === undefined;
  if (Array.isArray(wanted)) return Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, index) => holds(actual[index], item));
  if (typeof wanted === "object") {
    if (actual === null || typeof actual !== "object") return false;
    return Object.entries(wanted).every(([key, item]) => holds((actual as Record<string, unknown>)[key], item));
  }
  return actual === wanted;
}

/** The first differences between two JSON values, one a line: `path: actual, recorded`. */
export function differences(actual: unknown, recorded: unknown, path = "", found: string[] = []): string[] {
  if (found.length >= 12 || Object.is(actual, recorded)) return found;
  const bothArrays = Array.isArray(actual) && Array.isArray(recorded);
  const bothObjects = !bothArrays && isObject(actual) && isObject(recorded);
  if (bothArrays || bothObjects) {
    const left = actual as Record<string, unknown>;
    const right = recorded as Record<string, unknown>;
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) differences(left[key], right[key], path === "" ? key : `${path}.${key}`, found);
    return found;
  }
  found.push(`${path || "(all)"}: ${short(actual)}, recorded ${short(recorded)}`);
  return found;
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function short(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

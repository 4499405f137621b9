/** From a file to a homelab: parse, substitute, validate, expand. Never prints, never exits, never throws on what a user wrote in it. */
import { parseAllDocuments } from "yaml";
import { expandHomelab } from "./expand/homelab.ts";
import type { Finding, Path } from "./finding.ts";
import type { Homelab } from "./homelab.ts";
import { parseYaml, type ParsedYaml } from "./parse-yaml.ts";
import { pathKey } from "./path-key.ts";
import { plainValue } from "./plain-value.ts";
import { isMap } from "./schema/structure.ts";
import type { HomelabSource, Position } from "./source.ts";
import type { Problem } from "./problem.ts";
import { show } from "./show.ts";
import { validate } from "./validate.ts";
import { type Change, withChanges } from "./what-if.ts";

export interface LoadOptions {
  /** For `${VAR}`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file, UTF-8; throws or rejects when it cannot be read. Relative paths are the caller's to resolve. */
  readonly readFile: (file: string) => string | Promise<string>;
  /** The absolute path of a file, for the imports of `homelab.ts`; the path as it is by default. */
  readonly resolve?: (file: string) => string;
  /** The file is taken as if it said this. A change that cannot be made is thrown as `WrongChange`. */
  readonly changes?: readonly Change[];
}

export interface Loaded {
  /** Absent when there is an error that leaves nothing sure to work on. With unknown fields alone it is there, without them. */
  readonly homelab?: Homelab;
  readonly source: HomelabSource;
  /** Sorted by line, column, id. Empty, or all of severity error. */
  readonly findings: readonly Finding[];
}

export type LoadHomelab = (file: string, options: LoadOptions) => Promise<Loaded>;

/** Loads `homelab.yaml` (or `.yml`, `.json`), or `homelab.ts` (or `.js`, `.mjs`, `.mts`). */
export const loadHomelab: LoadHomelab = async (file, options) => {
  let text: string;
  try {
    text = await options.readFile(file);
  } catch (error) {
    const code = (error as { code?: string } | undefined)?.code;
    const [message, fix] = UNREADABLE[code ?? ""] ?? [`it cannot be read: ${error instanceof Error ? error.message : String(error)}`, "See that it is a file you may read."];
    const source = makeSource(file, "yaml", "", undefined, (path) => path);
    return { source, findings: [{ id: "unreadable-file", severity: "error", path: [], file, line: 1, column: 1, message, fix }] };
  }
  return /\.[cm]?[jt]s$/.test(file) ? loadFromTypescript(file, text, options) : loadFromYaml(file, text, options);
};

const UNREADABLE: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ["there is no such file", "Name another with -c, or run `kubernest init` for a first one."],
  EACCES: ["you may not read it", "Change its owner or mode."],
  EISDIR: ["it is a directory", "Name the file in it with -c."],
};

async function loadFromYaml(file: string, text: string, options: LoadOptions): Promise<Loaded> {
  const parsed = parseYaml(text, options.env);
  const before: Finding[] = parsed.problems.map(({ position, ...problem }) => ({ ...problem, severity: "error" as const, file, ...position }));
  const plain = makeSource(file, "yaml", text, parsed, (path) => path);
  if (parsed.value === undefined) return { source: plain, findings: sorted(before) };
  const value = withChanges(withoutExtensions(parsed.value), options.changes ?? []);
  const broken = new Set(parsed.problems.map((problem) => pathKey(problem.path)));
  // A value that is already known to be broken is not judged again.
  const isNew = (problem: Problem) => !(broken.has(pathKey(problem.path)) && problem.id !== "unknown-field");
  return finish(file, value, plain, before, isNew, options, (sourcePath) => makeSource(file, "yaml", text, parsed, sourcePath), parsed);
}

async function loadFromTypescript(file: string, text: string, options: LoadOptions): Promise<Loaded> {
  const source = makeSource(file, "typescript", "", undefined, (path) => path);
  // Only this needs a TypeScript compiler: it is loaded when it is needed.
  const { loadTypescript } = await import("./load-typescript.ts");
  const result = await loadTypescript(text, options.resolve?.(file) ?? file);
  if ("error" in result) {
    const finding: Finding = { id: "typescript-failed", severity: "error", path: [], file, line: result.line ?? 1, column: result.column ?? 1, message: result.error, fix: "Mend it; an editor that knows TypeScript shows more." };
    return { source, findings: [finding] };
  }
  const { value: written, problems } = plainValue(result.value);
  const value = withChanges(written, options.changes ?? []);
  const broken = new Set(problems.map((problem) => pathKey(problem.path)));
  const before = problems.map((problem) => toFinding(problem, source, undefined));
  return finish(file, value, source, before, (problem) => !broken.has(pathKey(problem.path)), options, (sourcePath) => makeSource(file, "typescript", "", value, sourcePath), undefined);
}

async function finish(
  file: string,
  value: unknown,
  plain: HomelabSource,
  before: readonly Finding[],
  isNew: (problem: Problem) => boolean,
  options: LoadOptions,
  sourceWith: (sourcePath: (path: Path) => Path) => HomelabSource,
  parsed: ParsedYaml | undefined,
): Promise<Loaded> {
  if (!isMap(value)) {
    const finding: Finding = { id: "not-a-map", severity: "error", path: [], file, ...plain.position([]), value: show(value), message: `${show(value)} is no homelab`, expected: "a map of fields, such as name, machines, apps", fix: "Write fields, such as `name: maison`." };
    return { source: plain, findings: sorted([...before, finding]) };
  }
  const { input, problems } = validate(value);
  const findings = [...before, ...problems.filter(isNew).map((problem) => toFinding(problem, plain, parsed))];
  // A repeated key leaves a whole file: the last one counts.
  if (input === undefined || before.some((finding) => finding.id !== "duplicate-key")) return { source: plain, findings: sorted(findings) };
  const resolved = await withFiles(input as unknown as Record<string, unknown>, file, options, plain, findings);
  if (resolved === undefined) return { source: plain, findings: sorted(findings) };
  const { homelab, sourcePath } = expandHomelab(resolved.input as never, parsed?.texts);
  return { homelab, source: sourceWith((path) => resolved.sourcePath(sourcePath(path))), findings: sorted(findings) };
}

function toFinding(problem: Problem, source: HomelabSource, parsed: ParsedYaml | undefined): Finding {
  const { at, ...rest } = problem;
  const position = source.position(problem.path, at ?? "value");
  const written = parsed?.substituted.get(pathKey(problem.path));
  if (written === undefined || rest.value === undefined) return { ...rest, file: source.file, ...position };
  // The value came from the environment and may be secret: show what is in the file.
  return { ...rest, file: source.file, ...position, value: written, message: rest.message.replaceAll(rest.value, written) };
}

/** Fields that begin with `x-` at the top are places for anchors: nobody reads them. */
function withoutExtensions(value: unknown): unknown {
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

/** Files named in the file, read into it: configuration files and objects. Undefined when one cannot be read. */
async function withFiles(
  input: Record<string, unknown>,
  file: string,
  options: LoadOptions,
  source: HomelabSource,
  findings: Finding[],
): Promise<{ input: Record<string, unknown>; sourcePath: (path: Path) => Path } | undefined> {
  const copy = structuredClone(input);
  const before = findings.length;
  const read = async (name: string, path: Path): Promise<string | undefined> => {
    const other = name.startsWith("/") ? name : `${file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : ""}${name}`;
    try {
      return await options.readFile(other);
    } catch (error) {
      const why = UNREADABLE[(error as { code?: string } | undefined)?.code ?? ""]?.[0] ?? (error instanceof Error ? error.message : String(error));
      findings.push({ id: "unreadable-file", severity: "error", path, file, ...source.position(path), value: name, message: `${other}: ${why}`, fix: "Name a file beside this one." });
      return undefined;
    }
  };
  for (const [name, app] of Object.entries((copy["apps"] ?? {}) as Record<string, Record<string, unknown>>)) {
    for (const [key, one] of Object.entries((app["configFiles"] ?? {}) as Record<string, unknown>)) {
      if (!isMap(one) || typeof one["file"] !== "string") continue;
      one["content"] = (await read(one["file"], ["apps", name, "configFiles", key, "file"])) ?? "";
      delete one["file"];
    }
  }
  const objects: unknown[] = [];
  const origins: number[] = [];
  for (const [index, one] of ((copy["objects"] ?? []) as unknown[]).entries()) {
    const isFile = isMap(one) && typeof one["file"] === "string" && one["kind"] === undefined;
    const path = ["objects", index, "file"];
    const found = isFile ? await objectsIn(one["file"] as string, await read(one["file"] as string, path), path, source, findings) : [one];
    for (const object of found) {
      objects.push(object);
      origins.push(index);
    }
  }
  if (findings.length > before) return undefined;
  if (copy["objects"] !== undefined) copy["objects"] = objects;
  return {
    input: copy,
    sourcePath: (path) => (path[0] === "objects" && typeof path[1] === "number" ? ["objects", origins[path[1]] ?? path[1], ...path.slice(2)] : path),
  };
}

/** The objects of a file: its documents, and what is in its `List`s. */
async function objectsIn(name: string, text: string | undefined, path: Path, source: HomelabSource, findings: Finding[]): Promise<unknown[]> {
  if (text === undefined) return [];
  const wrong = (message: string) => {
    findings.push({ id: "bad-object-file", severity: "error", path, file: source.file, ...source.position(path), value: name, message: `${name}: ${message}`, fix: "Each document must be one Kubernetes object." });
    return [];
  };
  const documents = parseAllDocuments(text, { version: "1.1", prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  const objects: unknown[] = [];
  for (const document of documents) {
    const error = document.errors[0];
    if (error !== undefined) return wrong((error.message.split("\n")[0] ?? "").replace(/:$/, ""));
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (failure) {
      return wrong(failure instanceof Error ? failure.message : String(failure));
    }
    if (value === null) continue;
    const items = isMap(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(value["items"]) ? value["items"] : [value];
    for (const item of items as unknown[]) {
      if (!isMap(item) || typeof item["apiVersion"] !== "string" || typeof item["kind"] !== "string" || !isMap(item["metadata"]) || typeof item["metadata"]["name"] !== "string") {
        return wrong("a document has no apiVersion, kind and metadata.name");
      }
      objects.push(item);
    }
  }
  return objects;
}

/** `written`: positions of YAML, or the value of TypeScript. */
function makeSource(file: string, kind: HomelabSource["kind"], text: string, written: ParsedYaml | unknown, sourcePath: (path: Path) => Path): HomelabSource {
  const positions = kind === "yaml" ? (written as ParsedYaml | undefined)?.positions : undefined;
  const start: Position = { line: 1, column: 1 };
  return {
    file,
    kind,
    text,
    position(path, part = "value") {
      const from = sourcePath(path);
      for (let length = from.length; length >= 0 && positions !== undefined; length--) {
        const found = positions.get(pathKey(from.slice(0, length)));
        // An ancestor of what is not written is shown by its name: its value may begin lines below.
        if (found !== undefined) return part === "key" || length < from.length ? (found.key ?? found.value) : found.value;
      }
      return start;
    },
    written: (path) => sourcePath(path),
    has(path) {
      const from = sourcePath(path);
      if (positions !== undefined) return positions.has(pathKey(from));
      let current: unknown = written;
      for (const key of from) {
        if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return false;
        current = (current as Record<string | number, unknown>)[key];
      }
      return kind === "typescript" && written !== undefined;
    },
  };
}

function sorted(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return [...findings]
    .sort((a, b) => a.line - b.line || a.column - b.column || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) || (pathKey(a.path) < pathKey(b.path) ? -1 : 1))
    .filter((finding) => {
      // One mistake in an anchor is one finding, however often the anchor is used.
      const key = finding.line === 1 && finding.column === 1 ? `${pathKey(finding.path)} ${finding.id}` : `${finding.line}:${finding.column} ${finding.id} ${finding.path.at(-1) ?? ""}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    });
}

/** A plain value against the schema: every finding at once, in our words, with the nearest valid name. */
import type { z } from "zod";
import { nearestName } from "../lib/nearest-name.ts";
import type { Finding, Path } from "./finding.ts";
import { retiredThing } from "./retired.ts";
import { homelabSchema, type HomelabInput } from "./schema/homelab.ts";
import { EXPECTED, SECRET_PHRASE } from "./schema/scalars.ts";
import { fieldNames, matchingOptions, optionsOf, placesOf, runRules, schemaAt, valueKind } from "./schema/walk.ts";

/** A finding before its file and position are known. `at` says whether it is about the key or the value. */
export type Problem = Omit<Finding, "file" | "line" | "column"> & { readonly at?: "key" | "value" };

export type Validated = { readonly input?: HomelabInput; readonly problems: readonly Problem[] };

type Issue = z.core.$ZodIssue;

/** Names that other tools use for a field that we call otherwise; looked up only where the field exists. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  nodes: "machines",
  hosts: "machines",
  servers: "machines",
  boxes: "machines",
  environment: "env",
  hostnames: "host",
  ingress: "host",
  url: "host",
  volumeMounts: "mounts",
  strategy: "update",
  updateStrategy: "update",
  autoscale: "scale",
  hpa: "scale",
  autoscaling: "scale",
  healthcheck: "health",
  healthCheck: "health",
  livenessProbe: "liveness",
  readinessProbe: "readiness",
  startupProbe: "startup",
  entrypoint: "command",
  imagePullSecrets: "registries",
  applications: "apps",
  services: "apps",
  k8s: "kubernetes",
  cluster: "kubernetes",
  ip: "address",
  role: "roles",
  ram: "memory",
  cores: "cpu",
  model: "hardware",
  cidr: "addresses",
  podCidr: "pods",
  serviceCidr: "services",
  depends_on: "after",
  dependsOn: "after",
  type: "kind",
  mail: "email",
  storageClassName: "storageClass",
  cronjobs: "cronJobs",
  crons: "cronJobs",
  replicaCount: "replicas",
  terminationGracePeriodSeconds: "gracePeriod",
};

/** Checks a value; `input` is there when nothing but unknown fields is wrong, and then without those. */
export function validate(value: unknown): Validated {
  const result = homelabSchema.safeParse(value);
  const problems: Problem[] = (result.error?.issues ?? []).flatMap((issue) => explain(value, issue, []));
  runRules(homelabSchema, value, (path, message, fix) => problems.push({ id: "invalid-combination", severity: "error", path, message, fix }));
  if (problems.length === 0 && result.success) return { input: value as HomelabInput, problems };
  if (!problems.every((problem) => problem.id === "unknown-field")) return { problems: problems.filter((problem) => !isExplainedByTypo(problem, problems)) };
  return { input: withoutPaths(value, problems.map((problem) => problem.path)) as HomelabInput, problems };
}

/** A field that is missing because its name is misspelt beside it: one mistake, one finding. */
function isExplainedByTypo(problem: Problem, all: readonly Problem[]): boolean {
  if (problem.id !== "missing-field") return false;
  const field = problem.path[problem.path.length - 1];
  const parent = formatPath(problem.path.slice(0, -1));
  return all.some((other) => other.id === "unknown-field" && other.didYouMean === field && formatPath(other.path.slice(0, -1)) === parent);
}

function explain(root: unknown, issue: Issue, base: Path): Problem[] {
  const path: Path = [...base, ...(issue.path as (string | number)[])];
  const value = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownField(root, path, key));
    case "invalid_union":
      return explainUnion(root, issue, path, value);
    case "invalid_key":
      return [{ ...badKey(path, issue), at: "key" }];
    case "invalid_element":
      return issue.issues.flatMap((inner) => explain(root, inner, path));
    default:
      break;
  }
  if (value === undefined) return [missing(path, expectationOf(issue))];
  if (value === null) return [empty(path, expectationOf(issue))];
  if (isSecretPlace(root, path) && valueKind(value) !== "map") return [secretInFile(path)];
  if (issue.code === "invalid_value") return [notOneOf(path, value, issue.values.map(String))];
  return [wrong(path, value, expectationOf(issue) ?? issue.message)];
}

function unknownField(root: unknown, path: Path, key: string): Problem {
  const schema = schemaAt(homelabSchema, root, path);
  const known = schema === undefined ? [] : fieldNames(schema);
  const present = valueAt(root, path);
  // A field that is already there is not what the typo meant.
  const free = known.filter((field) => typeof present !== "object" || present === null || !Object.hasOwn(present, field));
  const other = Object.hasOwn(OTHER_NAMES, key) ? OTHER_NAMES[key] : undefined;
  const right = rightPlaces(path, key, schema);
  const isOther = other !== undefined && free.includes(other);
  // A field that is right elsewhere was misplaced, not misspelt.
  const meant = isOther ? other : right.length > 0 ? undefined : nearestName(key, free);
  const place = path.length === 0 ? "the file" : describePlace(path);
  return {
    id: "unknown-field",
    severity: "error",
    path: [...path, key],
    at: "key",
    value: key,
    message: `${place} has no field ${quoteIfOdd(key)}`,
    ...(known.length === 0 ? {} : { expected: `one of ${[...known].sort().join(", ")}` }),
    ...(meant !== undefined ? { didYouMean: meant } : right.length > 0 ? { didYouMean: right[0] } : {}),
    fix: meant !== undefined ? `Write ${meant}, or remove it.` : right.length > 0 ? `Move it: it belongs at ${right.join(" or ")}.` : "Remove it.",
  };
}

/** More places than this say nothing. */
const RIGHT_PLACES_MAX = 2;

/** Where a field of this name belongs: below this map, or else in the sections of the file. Empty where there are many such places. */
function rightPlaces(path: Path, key: string, schema: z.core.$ZodType | undefined): string[] {
  const below = schema === undefined ? [] : nearestPlaces(key, schema).map((one) => formatPath([...path, ...one]));
  if (below.length > 0) return below.length > RIGHT_PLACES_MAX ? [] : below;
  if (path.length > 0 && path[0] !== "kubernetes" && path[0] !== "platform") return [];
  const anywhere = nearestPlaces(key, homelabSchema).map(formatPath);
  return anywhere.length > RIGHT_PLACES_MAX ? [] : anywhere;
}

function nearestPlaces(key: string, schema: z.core.$ZodType): string[][] {
  const places = placesOf(key, schema);
  return places.filter((one) => one.length === places[0]!.length);
}

function explainUnion(root: unknown, issue: z.core.$ZodIssueInvalidUnion, path: Path, value: unknown): Problem[] {
  const branches = issue.errors as Issue[][];
  const own = issue.message.startsWith(EXPECTED) ? issue.message.slice(EXPECTED.length) : undefined;
  const phrase = own ?? either(branches.map((branch) => branch[0]).flatMap((first) => (first === undefined ? [] : [branchExpectation(first)])));
  if (value === undefined) return [missing(path, phrase)];
  if (value === null) return [empty(path, phrase)];
  const schema = unionAt(root, path, branches.length);
  const fitting = schema === undefined ? [] : matchingOptions(schema, value).filter((index) => branches[index] !== undefined);
  const kind = valueKind(value);
  if (kind === "map" || kind === "list") {
    // The alternative that was meant is the one of the value's kind: its own findings say more than "not this, not that".
    const best = fitting.map((index) => branches[index]!).sort((a, b) => a.length - b.length)[0];
    return best === undefined ? [wrong(path, value, phrase)] : best.flatMap((inner) => explain(root, inner, path));
  }
  const words = fitting.flatMap((index) => branches[index]!.flatMap((inner) => (inner.code === "invalid_value" ? inner.values.map(String) : [])));
  const only = fitting.length === 1 ? branches[fitting[0]!]![0] : undefined;
  if (only !== undefined && words.length === 0 && own === undefined) return explain(root, only, path);
  if (words.length > 0 && fitting.length === 1) return [notOneOf(path, value, words)];
  const meant = typeof value === "string" ? nearestName(value, words) : undefined;
  return [{ ...(retired(path, value) ?? wrong(path, value, phrase)), ...(meant === undefined ? {} : { didYouMean: meant, fix: `Write ${meant}.` }) }];
}

/** The union that stands at a path: the schema before an alternative is chosen. */
function unionAt(root: unknown, path: Path, optionCount: number): z.core.$ZodType | undefined {
  const parent = schemaAt(homelabSchema, root, path.slice(0, -1));
  const key = path[path.length - 1];
  if (parent === undefined || key === undefined) return undefined;
  const def = parent._zod.def as { shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; valueType?: z.core.$ZodType };
  const child = def.shape?.[key] ?? def.element ?? def.valueType;
  if (child === undefined) return undefined;
  if (optionsOf(child).length === optionCount) return child;
  // A union within a union: the inner one reports for itself.
  return optionsOf(child).find((option) => optionsOf(option).length === optionCount);
}

function badKey(path: Path, issue: z.core.$ZodIssueInvalidKey): Problem {
  const key = String(path[path.length - 1]);
  const inner = issue.issues[0];
  const expected = (inner === undefined ? undefined : expectationOf(inner)) ?? "a valid name";
  return { id: "wrong-name", severity: "error", path, value: key, message: `${show(key)} is not ${expected}`, expected, fix: `Write ${expected}.` };
}

function missing(path: Path, expected: string | undefined): Problem {
  const field = String(path[path.length - 1]);
  return {
    id: "missing-field",
    severity: "error",
    path,
    message: `${path.length === 1 ? "the file" : describePlace(path.slice(0, -1))} needs ${field}`,
    ...(expected === undefined ? {} : { expected }),
    fix: `Add ${field}${expected === undefined ? "" : `: ${expected}`}.`,
  };
}

function empty(path: Path, expected: string | undefined): Problem {
  return {
    id: "empty-value",
    severity: "error",
    path,
    at: "key",
    value: "null",
    message: `${String(path[path.length - 1] ?? "the file")} has no value`,
    ...(expected === undefined ? {} : { expected }),
    fix: expected === undefined ? "Give it a value, or remove the line." : `Write ${expected}, or remove the line.`,
  };
}

/** Whether `{ secret: NAME }` belongs here. */
function isSecretPlace(root: unknown, path: Path): boolean {
  const schema = schemaAt(homelabSchema, root, path);
  return schema !== undefined && fieldNames(schema).join() === "secret";
}

/** The value is very likely the secret itself: it is not shown, as findings end in logs. */
function secretInFile(path: Path): Problem {
  return {
    id: "wrong-value",
    severity: "error",
    path,
    message: `${String(path[path.length - 1])} is written out, and the file is for all to read`,
    expected: "{ secret: NAME }",
    fix: "Write { secret: NAME }, keep the value under NAME in the secrets file, and change it if others may have read it.",
  };
}

function notOneOf(path: Path, value: unknown, words: readonly string[]): Problem {
  const gone = retired(path, value);
  if (gone !== undefined) return gone;
  const expected = words.length === 1 ? words[0]! : `one of ${words.join(", ")}`;
  const meant = typeof value === "string" ? nearestName(value, words) : undefined;
  return {
    id: "wrong-value",
    severity: "error",
    path,
    value: show(value),
    message: `${show(value)} is not ${expected}`,
    expected,
    ...(meant === undefined ? {} : { didYouMean: meant }),
    fix: meant === undefined ? `Write ${expected}.` : `Write ${meant}.`,
  };
}

/** What is gone has its own finding: `{ by: nginx }` below `ingress` is asked as `ingress`. */
function retired(path: Path, value: unknown): Problem | undefined {
  if (typeof value !== "string") return undefined;
  const last = path.filter((key) => typeof key === "string").at(-1);
  const field = (last === "by" || last === "kind") && path.length > 1 ? path.filter((key) => typeof key === "string").at(-2) : last;
  const gone = field === undefined ? undefined : retiredThing(String(field), value);
  if (gone === undefined) return undefined;
  return { id: "retired", severity: "error", path, value: show(value), message: `${show(value)} is gone: ${gone.since}`, fix: gone.instead };
}

const YAML_1_1_BOOLEANS: Readonly<Record<string, string>> = { yes: "true", on: "true", y: "true", no: "false", off: "false", n: "false" };

function wrong(path: Path, value: unknown, expected: string): Problem {
  const gone = retired(path, value);
  if (gone !== undefined) return gone;
  const shown = expected === SECRET_PHRASE ? "what is written here" : show(value);
  const old = typeof value === "string" && expected.includes("true or false") ? YAML_1_1_BOOLEANS[value.toLowerCase()] : undefined;
  return {
    id: "wrong-value",
    severity: "error",
    path,
    ...(expected === SECRET_PHRASE ? {} : { value: shown }),
    message: `${shown} is not ${expected}`,
    expected,
    ...(old === undefined ? {} : { didYouMean: old }),
    fix: old === undefined ? `Write ${expected}.` : `Write ${old}: in YAML 1.2, ${String(value)} is text.`,
  };
}

const TYPE_PHRASES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map of fields",
  record: "a map",
  array: "a list",
};

/** What an issue says a value should have been; undefined when it says something else. */
function expectationOf(issue: Issue): string | undefined {
  if (issue.message.startsWith(EXPECTED)) return issue.message.slice(EXPECTED.length);
  switch (issue.code) {
    case "invalid_type":
      return TYPE_PHRASES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return either((issue.errors as Issue[][]).flatMap((branch) => (branch[0] === undefined ? [] : [branchExpectation(branch[0])])));
    default:
      return undefined;
  }
}

/** A branch's first issue may be about something inside it; then only its kind is of use. */
function branchExpectation(issue: Issue): string {
  if (issue.path.length > 0) return typeof issue.path[0] === "number" ? "a list" : "a map of fields";
  if (issue.code === "unrecognized_keys") return "a map of fields";
  return expectationOf(issue) ?? "something else";
}

function either(phrases: readonly string[]): string {
  const distinct = [...new Set(phrases)];
  if (distinct.length < 2) return distinct[0] ?? "something else";
  return `${distinct.slice(0, -1).join(", ")} or ${distinct.at(-1)!}`;
}

/** Long enough for an image with its digest; what is longer is cut. */
const SHOWN_LENGTH_MAX = 100;

/** A value as short text: `"4 gigs"`, `70000`, `a map`. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "an empty map" : "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/** `apps.gazette.ports[0]`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) text += text === "" ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

function describePlace(path: Path): string {
  return formatPath(path);
}

function quoteIfOdd(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : show(key);
}

function valueAt(root: unknown, path: Path): unknown {
  let current = root;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** A copy without the fields at these paths. Lists keep their positions: unknown fields are keys of maps. */
function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  const copy = structuredClone(value);
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1));
    if (typeof parent === "object" && parent !== null) delete (parent as Record<string | number, unknown>)[path[path.length - 1]!];
  }
  return copy;
}

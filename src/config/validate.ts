/** A plain value against the schema: every finding at once, in our words, with the nearest valid name. */
import type { z } from "zod";
import { nearestName } from "../lib/nearest-name.ts";
import type { Path } from "./finding.ts";
import { valueAt, type Problem } from "./problem.ts";
import { retiredThing } from "./retired.ts";
import { homelabSchema, type HomelabInput } from "./schema/homelab.ts";
import { EXPECTED, SECRET_PHRASE } from "./schema/scalars.ts";
import { fieldNames, matchingOptions, optionsOf, runRules, schemaAt, valueKind } from "./schema/walk.ts";
import { formatPath, show } from "./show.ts";
import { unknownField } from "./unknown-field.ts";

export type Validated = { readonly input?: HomelabInput; readonly problems: readonly Problem[] };

type Issue = z.core.$ZodIssue;

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
    message: `${path.length === 1 ? "the file" : formatPath(path.slice(0, -1))} needs ${field}`,
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

/** A copy without the fields at these paths. Lists keep their positions: unknown fields are keys of maps. */
function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  const copy = structuredClone(value);
  for (const path of paths) {
    const parent = valueAt(copy, path.slice(0, -1));
    if (typeof parent === "object" && parent !== null) delete (parent as Record<string | number, unknown>)[path[path.length - 1]!];
  }
  return copy;
}

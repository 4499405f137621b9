/** The simple JSONPath of printer columns: `.spec.a`, `.list[0]`, `.list[*].b`, `['a\\.b']`, `.conditions[?(@.type=="Ready")].status`. */
import type { JsonValue } from "../../../objects/kube-object.ts";

type Step = { kind: "field"; name: string } | { kind: "index"; index: number } | { kind: "all" } | { kind: "filter"; path: Step[]; operator: string; value: JsonValue };

const parsed = new Map<string, Step[] | undefined>();

/** What the path finds, in order; undefined for a path that cannot be read. */
export function findByJsonPath(path: string, value: JsonValue): JsonValue[] | undefined {
  let steps = parsed.get(path);
  if (steps === undefined && !parsed.has(path)) parsed.set(path, (steps = parseJsonPath(path)));
  return steps === undefined ? undefined : steps.reduce<JsonValue[]>((found, step) => found.flatMap((one) => take(one, step)), [value]);
}

function take(value: JsonValue, step: Step): JsonValue[] {
  switch (step.kind) {
    case "field":
      return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, step.name) ? [value[step.name]!] : [];
    case "index": {
      if (!Array.isArray(value)) return [];
      const item = value.at(step.index);
      return item === undefined ? [] : [item];
    }
    case "all":
      return Array.isArray(value) ? value : typeof value === "object" && value !== null ? Object.values(value) : [];
    case "filter":
      return Array.isArray(value) ? value.filter((item) => holds(item, step)) : [];
  }
}

function holds(item: JsonValue, filter: Step & { kind: "filter" }): boolean {
  const [found] = filter.path.reduce<JsonValue[]>((values, step) => values.flatMap((one) => take(one, step)), [item]);
  if (found === undefined || found === null) return false;
  switch (filter.operator) {
    case "==":
      return found === filter.value;
    case "!=":
      return found !== filter.value;
    case "<":
      return found < filter.value!;
    case "<=":
      return found <= filter.value!;
    case ">":
      return found > filter.value!;
    default:
      return found >= filter.value!;
  }
}

function parseJsonPath(path: string): Step[] | undefined {
  let rest = path.trim().replace(/^\$/, "");
  if (rest.startsWith("{") && rest.endsWith("}")) rest = rest.slice(1, -1).replace(/^\$/, "");
  const steps: Step[] = [];
  while (rest !== "") {
    const found = nextStep(rest);
    if (found === undefined) return undefined;
    steps.push(...found.steps);
    rest = rest.slice(found.length);
  }
  return steps;
}

function nextStep(text: string): { steps: Step[]; length: number } | undefined {
  const field = /^\.((?:\\.|[^.[\]\\])+)/.exec(text);
  if (field) {
    const name = field[1]!.replace(/\\(.)/g, "$1");
    return { steps: [name === "*" ? { kind: "all" } : { kind: "field", name }], length: field[0].length };
  }
  const index = /^\[(-?\d+)\]/.exec(text);
  if (index) return { steps: [{ kind: "index", index: Number(index[1]) }], length: index[0].length };
  const all = /^(\[\*\]|\.(?=\[))/.exec(text);
  if (all) return { steps: all[0] === "." ? [] : [{ kind: "all" }], length: all[0].length };
  const quoted = /^\[(['"])((?:\\.|(?!\1).)*)\1\]/.exec(text);
  // Upstream reads what stands in the quotes as a path of its own: a dot in a name must be escaped there too.
  if (quoted) return { steps: parseJsonPath(`.${quoted[2]!}`) ?? [], length: quoted[0].length };
  const filter = /^\[\?\(\s*@((?:\.[\w-]+)*)\s*(==|!=|<=|>=|<|>)\s*('[^']*'|"[^"]*"|-?[\d.]+|true|false)\s*\)\]/.exec(text);
  if (!filter) return undefined;
  const literal = filter[3]!;
  const value = /^['"]/.test(literal) ? literal.slice(1, -1) : (JSON.parse(literal) as JsonValue);
  return { steps: [{ kind: "filter", path: parseJsonPath(filter[1]!) ?? [], operator: filter[2]!, value }], length: filter[0].length };
}

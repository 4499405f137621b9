/** Label and field selectors: parsing what clients send, matching objects. Messages are apimachinery's. */
import type { KubeObject } from "../../../objects/kube-object.ts";

export type LabelRequirement =
  | { key: string; operator: "in" | "notin" | "exists" | "!"; values: readonly string[] }
  | { key: string; operator: "gt" | "lt"; values: readonly string[] };

export type Matcher = (labels: Readonly<Record<string, string>>) => boolean;

const TOKEN = /\s*(!=|==|=|!|,|\(|\)|>|<|[^\s!=,()<>]+)/gy;

/** Thrown with upstream's text; the API turns it into a BadRequest. */
export class SelectorInvalid extends Error {
  override name = "SelectorInvalid";
}

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k`. An empty selector has no requirements. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      if (text.slice(start).trim() === "") break;
      throw new SelectorInvalid(`unable to parse requirement: found '${text.slice(start)}', expected: identifier`);
    }
    tokens.push(match[1]!);
  }
  const requirements: LabelRequirement[] = [];
  let at = 0;
  const take = (): string => tokens[at++] ?? "";
  const isWord = (token: string): boolean => token !== "" && !/^(!=|==|=|!|,|\(|\)|>|<)$/.test(token);
  while (at < tokens.length) {
    let token = take();
    const isNegated = token === "!";
    if (isNegated) token = take();
    if (!isWord(token)) throw new SelectorInvalid(`found '${token}', expected: !, identifier, or 'end of string'`);
    const key = token;
    const next = tokens[at] ?? "";
    if (isNegated || next === "" || next === ",") {
      requirements.push({ key, operator: isNegated ? "!" : "exists", values: [] });
    } else {
      at++;
      switch (next) {
        case "=":
        case "==":
        case "!=": {
          const value = isWord(tokens[at] ?? "") ? take() : "";
          requirements.push({ key, operator: next === "!=" ? "notin" : "in", values: [value] });
          break;
        }
        case ">":
        case "<":
          requirements.push({ key, operator: next === ">" ? "gt" : "lt", values: [take()] });
          break;
        case "in":
        case "notin": {
          if (take() !== "(") throw new SelectorInvalid(`unable to parse requirement: found '${tokens[at - 1] ?? ""}' expected: '('`);
          const values: string[] = [];
          for (;;) {
            const value = take();
            if (value === ")") break;
            if (value === ",") continue;
            if (value === "") throw new SelectorInvalid("unable to parse requirement: found '', expected: ',' or ')'");
            values.push(value);
          }
          requirements.push({ key, operator: next, values });
          break;
        }
        default:
          throw new SelectorInvalid(`unable to parse requirement: found '${next}', expected: in, notin, =, ==, !=, gt, lt`);
      }
    }
    check(requirements.at(-1)!);
    if (at < tokens.length && take() !== ",") throw new SelectorInvalid(`found '${tokens[at - 1]}', expected: ',' or 'end of string'`);
  }
  return requirements;
}

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_HINT = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_HINT = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Keys and values that could never be on an object are refused, not just unmatched. */
function check({ key, operator, values }: LabelRequirement): void {
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (!NAME.test(name)) throw new SelectorInvalid(`unable to parse requirement: <nil>: Invalid value: "${key}": ${NAME_HINT}`);
  if (operator === "gt" || operator === "lt") return;
  for (const [index, value] of values.entries()) {
    if (value !== "" && !NAME.test(value)) throw new SelectorInvalid(`unable to parse requirement: values[${index}][${key}]: Invalid value: "${value}": ${VALUE_HINT}`);
  }
}

export function labelMatcher(requirements: readonly LabelRequirement[]): Matcher {
  return (labels) =>
    requirements.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case "exists":
          return value !== undefined;
        case "!":
          return value === undefined;
        case "in":
          return value !== undefined && values.includes(value);
        case "notin":
          return value === undefined || !values.includes(value);
        case "gt":
          return value !== undefined && Number(value) > Number(values[0]);
        case "lt":
          return value !== undefined && Number(value) < Number(values[0]);
      }
    });
}

export interface FieldRequirement {
  field: string;
  isEqual: boolean;
  value: string;
}

/** `metadata.name=x,status.phase!=Running`. Backslash escapes `,` and `=` as upstream's do. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  if (text.trim() === "") return [];
  const parts: string[] = [];
  let part = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && i + 1 < text.length) {
      part += text[i]! + text[++i]!;
    } else if (text[i] === ",") {
      parts.push(part);
      part = "";
    } else part += text[i];
  }
  parts.push(part);
  return parts
    .filter((each) => each.trim() !== "")
    .map((each) => {
      const match = /^\s*([^=!\s]+)\s*(!=|==|=)(.*)$/.exec(each);
      if (match === null) throw new SelectorInvalid(`invalid selector: '${text}'; can't understand '${each}'`);
      return { field: match[1]!, isEqual: match[2] !== "!=", value: match[3]!.replace(/\\([\\,=])/g, "$1") };
    });
}

/** The value of a selectable field, as text; undefined when the kind does not offer it. */
export type FieldReader = (object: KubeObject, field: string) => string | undefined;

export function labelsOf(object: KubeObject): Readonly<Record<string, string>> {
  return object.metadata.labels ?? NO_LABELS;
}

const NO_LABELS: Readonly<Record<string, string>> = {};

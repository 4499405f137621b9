/** CEL expressions with Kubernetes' own functions, parsed once and remembered. */
import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import { registerLists } from "./list-functions.ts";
import { registerNetwork } from "./network-functions.ts";
import { registerQuantities } from "./quantity-functions.ts";
import { registerText } from "./text-functions.ts";

const EXPRESSIONS_MAX = 5000;
/** Libraries that are called through a name. */
const NAMESPACES = { sets: {}, format: {}, jsonpatch: {} };

let environment: Environment | undefined;
const parsed = new Map<string, ParseResult | Error>();

/** Built on first use: most clusters evaluate no expression. */
function getEnvironment(): Environment {
  if (!environment) {
    environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true, homogeneousAggregateLiterals: false });
    registerQuantities(environment);
    registerNetwork(environment);
    registerLists(environment);
    registerText(environment);
  }
  return environment;
}

const TYPED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\b(?:Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*(?=\{)|[{}[\](),]|\b[A-Za-z_]\w*(?=\s*:)/g;

/** Messages of typed objects (`Object.spec{replicas: 1}`, `JSONPatch{…}`) are read as plain maps: `{"replicas": 1}`. */
function withoutTypes(expression: string): string {
  if (!/\b(?:Object|JSONPatch)\b/.test(expression)) return expression;
  // What stands around a place, innermost last: only names right inside a message's braces are fields.
  const around: string[] = [];
  let isNextMessage = false;
  let mayBeField = false;
  return expression.replace(TYPED, (token) => {
    if (/^(?:Object|JSONPatch)/.test(token)) {
      isNextMessage = true;
      return "";
    }
    if (token === "{" || token === "[" || token === "(") {
      around.push(isNextMessage ? "message" : token);
      mayBeField = isNextMessage;
      isNextMessage = false;
    } else if (token === "}" || token === "]" || token === ")") {
      around.pop();
      mayBeField = false;
    } else if (token === ",") mayBeField = true;
    else if (/^\w/.test(token) && mayBeField && around.at(-1) === "message") {
      mayBeField = false;
      return JSON.stringify(token);
    }
    return token;
  });
}

function parse(expression: string): ParseResult | Error {
  let result = parsed.get(expression);
  if (!result) {
    try {
      result = getEnvironment().parse(withoutTypes(expression));
    } catch (error) {
      result = error instanceof Error ? error : new Error(String(error));
    }
    if (parsed.size >= EXPRESSIONS_MAX) parsed.clear();
    parsed.set(expression, result);
  }
  return result;
}

/** The value of an expression, or the error that evaluating it gave: `no such key: x` and the like, in cel-go's words where they are known. */
export function evaluate(expression: string, variables: Record<string, unknown>): { value: unknown } | { error: string } {
  const program = parse(expression);
  if (program instanceof Error) return { error: `compilation failed: ${firstLine(program)}` };
  try {
    return { value: program({ ...NAMESPACES, ...variables }) };
  } catch (error) {
    return { error: firstLine(error).replace(/^No such key: index out of bounds.*index (\d+).*/, "index out of bounds: $1").replace(/^No such key/, "no such key") };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

/** Whether an expression reads a variable. */
export function usesVariable(expression: string, name: string): boolean {
  const literalsRemoved = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return new RegExp(`(^|[^.\\w])${name}\\b`).test(literalsRemoved);
}

/** What is wrong with the syntax of an expression; undefined when nothing is. */
export function compileProblem(expression: string): string | undefined {
  const program = parse(expression);
  return program instanceof Error ? `compilation failed: ${syntaxProblem(expression, program)}` : undefined;
}

/** cel-go's form: `ERROR: <input>:1:5: Syntax error: …`, the line and a caret. */
function syntaxProblem(expression: string, error: Error): string {
  const position = (error as { node?: { pos?: number } }).node?.pos ?? expression.length;
  const before = expression.slice(0, position).split("\n");
  const column = before.at(-1)!.length;
  const line = expression.split("\n")[before.length - 1] ?? "";
  return `ERROR: <input>:${before.length}:${column + 1}: Syntax error: ${firstLine(error)}\n | ${line}\n | ${".".repeat(column)}^`;
}

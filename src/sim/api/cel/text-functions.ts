/** CEL's string extensions that the evaluator lacks, and Kubernetes' libraries of regular expressions and named formats. */
import { type Environment, Optional } from "@marcbachmann/cel-js";
import * as names from "../validation/names.ts";
import { fromCel } from "./values.ts";

/** A named format, and the answer to `format.dns1123Label().validate(x)`. */
export class CelFormat {
  readonly check: (text: string) => readonly string[];
  constructor(check: (text: string) => readonly string[]) {
    this.check = check;
  }
}

const regexes = new Map<string, RegExp>();
const REGEXES_MAX = 1000;

/** RE2 and JavaScript agree on what policies use; flags at the start are taken over. */
function regex(pattern: string, flags = "u"): RegExp {
  const key = `${flags} ${pattern}`;
  let compiled = regexes.get(key);
  if (!compiled) {
    const leading = /^\(\?([ims]+)\)/.exec(pattern);
    compiled = new RegExp(leading ? pattern.slice(leading[0].length) : pattern, flags + (leading?.[1] ?? ""));
    if (regexes.size >= REGEXES_MAX) regexes.clear();
    regexes.set(key, compiled);
  }
  return compiled;
}

function print(value: unknown, verb: string, precision: number | undefined): string {
  switch (verb) {
    case "s":
      return typeof value === "object" && value !== null && !(value instanceof Date) ? JSON.stringify(fromCel(value)) : String(value);
    case "d":
      return String(value);
    case "f":
      return Number(value).toFixed(precision ?? 6);
    case "e":
      return Number(value).toExponential(precision ?? 6);
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : BigInt(value as bigint).toString(2);
    case "o":
      return BigInt(value as bigint).toString(8);
    case "x":
    case "X": {
      const text = typeof value === "string" ? Buffer.from(value, "utf8").toString("hex") : BigInt(value as bigint).toString(16);
      return verb === "X" ? text.toUpperCase() : text;
    }
    default:
      throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function format(template: string, values: readonly unknown[]): string {
  let index = 0;
  return template.replace(/%%|%(?:\.(\d+))?([a-zA-Z])/g, (whole: string, precision: string | undefined, verb: string) => {
    if (whole === "%%") return "%";
    if (index >= values.length) throw new Error(`index ${index} out of range`);
    return print(values[index++], verb, precision === undefined ? undefined : Number(precision));
  });
}

const FORMATS: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: names.dnsLabel,
  dns1123Subdomain: names.dnsSubdomain,
  dns1035Label: names.dns1035Label,
  qualifiedName: names.labelKey,
  dns1123LabelPrefix: (text) => names.dnsLabel(names.maskTrailingDash(text)),
  dns1123SubdomainPrefix: (text) => names.dnsSubdomain(names.maskTrailingDash(text)),
  dns1035LabelPrefix: (text) => names.dns1035Label(names.maskTrailingDash(text)),
  labelValue: names.labelValue,
  uri: (text) => (URL.canParse(text) || text.startsWith("/") ? [] : ["invalid URI"]),
  uuid: (text) => (/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text) ? [] : ["does not match the UUID format"]),
  byte: (text) => (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? [] : ["invalid base64"]),
  date: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? [] : ["invalid date"]),
  datetime: (text) => (Number.isNaN(Date.parse(text)) ? ["invalid datetime"] : []),
};

export function registerText(environment: Environment): void {
  const type = "kubernetes.NamedFormat";
  environment.registerType(type, CelFormat);
  environment
    .registerFunction("string.find(string): string", (text: string, pattern: string) => regex(pattern).exec(text)?.[0] ?? "")
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) => text.match(regex(pattern, "gu")) ?? [])
    .registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) => {
      const all: string[] = text.match(regex(pattern, "gu")) ?? [];
      return limit < 0n ? all : all.slice(0, Number(limit));
    })
    .registerFunction("string.charAt(int): string", (text: string, index: bigint) => [...text][Number(index)] ?? "")
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) => text.replaceAll(from, () => to))
    .registerFunction("string.replace(string, string, int): string", (text: string, from: string, to: string, limit: bigint) => {
      if (limit < 0n) return text.replaceAll(from, () => to);
      let count = 0n;
      return text.replaceAll(from, (match) => (count++ < limit ? to : match));
    })
    .registerFunction("string.reverse(): string", (text: string) => [...text].reverse().join(""))
    .registerFunction("string.format(list): string", format)
    .registerFunction(`${type}.validate(string): dyn`, (named: CelFormat, text: string) => {
      const problems = named.check(text);
      return problems.length === 0 ? Optional.none() : Optional.of([...problems]);
    });
  environment.registerVariable("format", "map").registerFunction(`map.named(string): dyn`, (_format: unknown, name: string) => {
    const check = FORMATS[name];
    return check ? Optional.of(new CelFormat(check)) : Optional.none();
  });
  // JSON pointers of mutating admission policies.
  environment
    .registerVariable("jsonpatch", "map")
    .registerFunction("map.escapeKey(string): string", (_jsonpatch: unknown, key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
  for (const [name, check] of Object.entries(FORMATS)) environment.registerFunction(`map.${name}(): ${type}`, () => new CelFormat(check));
}

/**
 * One value as SOPS knows it: its type, and the bytes that are encrypted and that go into the message authentication code.
 * The forms are Go's (`strconv`, `time`), because SOPS computes them so: a value in another form would not verify.
 */

export type ValueType = "str" | "int" | "float" | "bool" | "time" | "bytes" | "comment";

export interface PlainValue {
  readonly type: ValueType;
  readonly bytes: Buffer;
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

export function plainValue(type: ValueType, text: string): PlainValue {
  return { type, bytes: Buffer.from(text, "utf8") };
}

/** The text a program is given: numbers as they are, booleans as YAML spells them. Undefined when the bytes are no UTF-8. */
export function textOf(value: PlainValue): string | undefined {
  const text = value.bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(value.bytes)) return undefined;
  return value.type === "bool" ? text.toLowerCase() : text;
}

/** What was encrypted, in the form it is hashed in. Undefined when the bytes are not of that type: then they were not written by SOPS. */
export function decodedValue(type: string, bytes: Buffer): PlainValue | undefined {
  const text = bytes.toString("utf8");
  switch (type) {
    case "str":
    case "bytes":
    case "comment":
    case "time":
      return { type, bytes };
    case "int": {
      if (!/^[+-]?\d+$/.test(text)) return undefined;
      const integer = BigInt(text.replace(/^\+/, ""));
      return integer < INT64_MIN || integer > INT64_MAX ? undefined : plainValue("int", String(integer));
    }
    case "float": {
      const special = { NaN: NaN, "+Inf": Infinity, "-Inf": -Infinity }[text];
      if (special === undefined && !/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return undefined;
      return plainValue("float", formatFloat(special ?? Number(text)));
    }
    case "bool":
      if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return plainValue("bool", "True");
      return ["0", "f", "F", "FALSE", "false", "False"].includes(text) ? plainValue("bool", "False") : undefined;
    default:
      return undefined;
  }
}

/** Go's `strconv.FormatFloat(n, 'f', -1, 64)`: the shortest decimal that reads back, never with an exponent. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value));
  if (match === null) return String(value);
  const [, sign, first, rest = "", exponentText] = match;
  const digits = `${first}${rest}`;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.padEnd(exponent + 1, "0")}`;
}

/** What a plain (unquoted) YAML scalar is to go-yaml v3, which SOPS reads files with. Null for YAML's null. */
export function plainScalar(source: string): PlainValue | null {
  const named = NAMED.get(source);
  if (named !== undefined) return named;
  const asText = plainValue("str", source);
  const first = source[0]!;
  if (first === ".") return /^\.\d+([eE][-+]?\d+)?$/.test(source) ? floatOr(source, asText) : asText;
  if (!/[-+0-9]/.test(first)) return asText;
  const time = timestamp(source);
  if (time !== undefined) return time;
  const plain = source.replaceAll("_", "");
  const integer = goInteger(plain);
  if (integer !== undefined) return integer >= INT64_MIN && integer <= INT64_MAX ? plainValue("int", String(integer)) : floatOr(plain, asText);
  return /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain) ? floatOr(plain, asText) : asText;
}

function floatOr(source: string, otherwise: PlainValue): PlainValue {
  const value = Number(source);
  return Number.isFinite(value) ? plainValue("float", formatFloat(value)) : otherwise;
}

/** `strconv.ParseInt(text, 0, 64)`: a leading 0 means octal there. */
function goInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(?:(0|[1-9]\d*)|0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, decimal, hex, binary, octal] = match;
  const size = BigInt(decimal ?? (hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : `0o${octal}`));
  return sign === "-" ? -size : size;
}

function timestamp(source: string): PlainValue | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]| (?=[\d:.,]+$))(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/.exec(source);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone] = match;
  if (/[Tt]/.test(source) && zone === undefined) return undefined;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number];
  const date = new Date(Date.UTC(2000, mo - 1, d));
  date.setUTCFullYear(y, mo - 1, d);
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) return undefined;
  const two = (number: number): string => String(number).padStart(2, "0");
  const nanoseconds = fraction.slice(0, 9).replace(/0+$/, "");
  const offset = zone === undefined || zone === "Z" || /^[-+]00:00$/.test(zone) ? "Z" : zone;
  return plainValue("time", `${year}-${two(mo)}-${two(d)}T${two(h)}:${two(mi)}:${two(s)}${nanoseconds === "" ? "" : `.${nanoseconds}`}${offset}`);
}

const NAMED = new Map<string, PlainValue | null>([
  ...["", "~", "null", "Null", "NULL"].map((name) => [name, null] as const),
  ...["true", "True", "TRUE"].map((name) => [name, plainValue("bool", "True")] as const),
  ...["false", "False", "FALSE"].map((name) => [name, plainValue("bool", "False")] as const),
  ...[".nan", ".NaN", ".NAN"].map((name) => [name, plainValue("float", "NaN")] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((name) => [name, plainValue("float", "+Inf")] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((name) => [name, plainValue("float", "-Inf")] as const),
]);

/**
 * Kubernetes quantities (`50m`, `1.5Gi`, `2e3`), exact to a billionth, as apimachinery `api/resource` reads and prints them.
 * Everything is cached by text, because a cluster uses few different quantities many times.
 */
import { goQuantity } from "./go-quantity.ts";

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export interface Quantity {
  /** The value in billionths (`1` is 1_000_000_000n), rounded up as upstream does. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
/** Upstream caps every quantity at 2^63-1. */
const MAX_UNITS = 9_223_372_036_854_775_807n;
const CACHE_ENTRIES_MAX = 20_000;

const DECIMAL_SUFFIXES: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Record<string, bigint> = { Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n, Pi: 1n << 50n, Ei: 1n << 60n };

/** What upstream says about a text that is no quantity. */
export const QUANTITY_FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const parsed = new Map<string, Quantity | null>();

/** Reads a quantity; undefined when the text is not one. Numbers are read as their text, as JSON clients send `cpu: 1`. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const key = typeof text === "number" ? String(text) : text;
  const known = parsed.get(key);
  if (known !== undefined) return known ?? undefined;
  const value = readQuantity(key.trim());
  if (parsed.size >= CACHE_ENTRIES_MAX) parsed.clear();
  parsed.set(key, value ?? null);
  return value;
}

function readQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z]{0,2})([-+]?[0-9]*)$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", letters = "", digits = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  let mantissa = BigInt((whole + fraction) || "0");
  if (sign === "-") mantissa = -mantissa;
  let scale = 9 - fraction.length;
  let format: QuantityFormat = "DecimalSI";
  let multiplier = 1n;
  if (digits !== "") {
    if ((letters !== "e" && letters !== "E") || digits === "+" || digits === "-") return undefined;
    format = "DecimalExponent";
    scale += Number(digits);
    if (Math.abs(scale) > 1000) return undefined;
  } else if (letters in BINARY_SUFFIXES) {
    format = "BinarySI";
    multiplier = BINARY_SUFFIXES[letters]!;
  } else if (letters in DECIMAL_SUFFIXES) scale += DECIMAL_SUFFIXES[letters]!;
  else return undefined;
  let nano = mantissa * multiplier;
  if (scale >= 0) nano *= 10n ** BigInt(scale);
  else nano = divideAwayFromZero(nano, 10n ** BigInt(-scale));
  const limit = MAX_UNITS * NANO;
  if (nano > limit) nano = limit;
  if (nano < -limit) nano = -limit;
  return { nano, format };
}

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

const DECIMAL_BY_EXPONENT = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_BY_POWER = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The canonical text: the largest suffix that leaves no fraction. */
export function formatQuantity(quantity: Quantity): string {
  const { nano } = quantity;
  if (nano === 0n) return "0";
  if (quantity.format === "BinarySI" && nano % NANO === 0n && (nano >= 1024n * NANO || nano <= -1024n * NANO)) {
    let units = nano / NANO;
    let power = 0;
    while (units % 1024n === 0n && power < BINARY_BY_POWER.length - 1) {
      units /= 1024n;
      power++;
    }
    return `${units}${BINARY_BY_POWER[power]}`;
  }
  let amount = nano;
  let exponent = -9;
  while (amount % 1000n === 0n && exponent < 18) {
    amount /= 1000n;
    exponent += 3;
  }
  if (quantity.format === "DecimalExponent") return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${DECIMAL_BY_EXPONENT[exponent / 3 + 3]}`;
}

const MILLI_SCALE = -3;
const canonicalTexts = new Map<string, string>();

/**
 * The text of a quantity as the API stores it: rounded up to thousandths as in resource lists, canonical unless upstream takes it for
 * canonical as it is (`+2`, `1.500` and `12E6` stay); the text itself when it is no quantity.
 */
export function canonicalQuantity(text: string | number): string {
  const key = typeof text === "number" ? String(text) : text;
  const known = canonicalTexts.get(key);
  if (known !== undefined) return known;
  const quantity = parseQuantity(key);
  const milli = 1_000_000n;
  const kept = quantity && goQuantity(key.trim());
  let canonical = key;
  if (kept !== undefined && kept.text !== "" && kept.scale >= MILLI_SCALE) canonical = kept.text;
  else if (quantity !== undefined) canonical = formatQuantity({ nano: divideAwayFromZero(quantity.nano, milli) * milli, format: quantity.format });
  if (canonicalTexts.size >= CACHE_ENTRIES_MAX) canonicalTexts.clear();
  canonicalTexts.set(key, canonical);
  return canonical;
}

/** Billionths of a quantity text; 0 when absent or malformed (validation says so elsewhere). */
export function quantityNano(text: string | number | undefined): bigint {
  return text === undefined ? 0n : (parseQuantity(text)?.nano ?? 0n);
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: string | number, b: string | number): number {
  const left = quantityNano(a);
  const right = quantityNano(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The value as a floating point number of whole units (bytes, cores). */
export function quantityNumber(text: string | number | undefined): number {
  return Number(quantityNano(text)) / 1e9;
}

/** The value in thousandths, rounded up: how the scheduler counts cpu. */
export function quantityMilli(text: string | number | undefined): number {
  return Number(divideAwayFromZero(quantityNano(text), 1_000_000n));
}

/** `a + b` (or `a - b` with `sign` -1) in the format of `a`, unless `a` is zero: then of `b`, as upstream does. */
export function addQuantities(a: string, b: string, sign: 1 | -1 = 1): string {
  const left = parseQuantity(a) ?? { nano: 0n, format: "DecimalSI" };
  const right = parseQuantity(b) ?? { nano: 0n, format: "DecimalSI" };
  const nano = sign === 1 ? left.nano + right.nano : left.nano - right.nano;
  return formatQuantity({ nano, format: left.nano === 0n ? right.format : left.format });
}

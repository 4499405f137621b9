/** What apimachinery's `resource.Quantity` holds inside after it has parsed a text: parts of it are hashed. It parses valid quantities only. */

export interface GoQuantity {
  /** The value as `value × 10^scale`; zero when it took the slow path. */
  value: bigint;
  scale: number;
  /** The slow path's arbitrary-precision decimal (`inf.Dec`): `unscaled × 10^-scale`. */
  dec?: { unscaled: bigint; scale: number };
  /** The text, kept when upstream takes it for canonical. */
  text: string;
  format: "DecimalSI" | "BinarySI" | "DecimalExponent";
}

const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const INT64_MAX = 9_223_372_036_854_775_807n;
/** Decimal places that a slow-path quantity is rounded up to. */
const NANO_PLACES = 9;
const INT64_DIGITS = 18;
const BINARY_DIGITS = 15;

/** `ParseQuantity`. An absent one is `0`, as it is written and read again between the server and a controller. */
export function goQuantity(text: string): GoQuantity {
  const match = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([^0-9.]*[-+]?[0-9]*)$/.exec(text);
  if (match === null || text === "0") return { value: 0n, scale: 0, text: "0", format: "DecimalSI" };
  const [, sign, digits = "", fraction = "", suffix = ""] = match;
  const whole = digits === "" ? "0" : digits;
  const { exponent, format } = readSuffix(suffix);
  return fastPath(text, sign === "-", whole, fraction, exponent, format) ?? slowPath(sign === "-", whole, fraction, exponent, format);
}

function readSuffix(suffix: string): { exponent: number; format: GoQuantity["format"] } {
  if (suffix in DECIMAL_SUFFIXES) return { exponent: DECIMAL_SUFFIXES[suffix]!, format: "DecimalSI" };
  if (suffix in BINARY_SUFFIXES) return { exponent: BINARY_SUFFIXES[suffix]!, format: "BinarySI" };
  return { exponent: Number(suffix.slice(1)), format: "DecimalExponent" };
}

function fastPath(text: string, isNegative: boolean, whole: string, fraction: string, exponent: number, format: GoQuantity["format"]): GoQuantity | undefined {
  const isBinary = format === "BinarySI";
  if (isBinary && fraction !== "") return undefined;
  const precision = isBinary ? BINARY_DIGITS - whole.length - Math.trunc(Math.fround(exponent * 3) / 10) - 1 : INT64_DIGITS - whole.length - fraction.length;
  const scale = isBinary ? 0 : exponent - fraction.length;
  if (precision < 0 || scale < -NANO_PLACES) return undefined;
  const shifted = whole + fraction;
  const mantissa = BigInt(shifted);
  const result = isBinary ? mantissa << BigInt(exponent) : mantissa;
  if (result > INT64_MAX) return undefined;
  const isCanonical = isBinary ? exponent % 10 === 0 && (mantissa & 7n) !== 0n : scale % 3 === 0 && !shifted.endsWith("000") && !shifted.startsWith("0");
  return { value: isNegative ? -result : result, scale, text: isCanonical ? text : "", format };
}

function slowPath(isNegative: boolean, whole: string, fraction: string, exponent: number, format: GoQuantity["format"]): GoQuantity {
  let unscaled = BigInt(whole + fraction);
  let scale = fraction.length;
  if (format === "BinarySI") unscaled <<= BigInt(exponent);
  else scale -= exponent;
  if (unscaled !== 0n) {
    unscaled = scale <= NANO_PLACES ? unscaled * 10n ** BigInt(NANO_PLACES - scale) : divideUp(unscaled, 10n ** BigInt(scale - NANO_PLACES));
    scale = NANO_PLACES;
  }
  const one = 10n ** BigInt(NANO_PLACES);
  let written = format;
  if (format === "BinarySI" && unscaled > INT64_MAX * one) {
    unscaled = INT64_MAX;
    scale = 0;
  } else if (format === "BinarySI" && unscaled > 0n && unscaled < one) written = "DecimalSI";
  return { value: 0n, scale: 0, dec: { unscaled: isNegative ? -unscaled : unscaled, scale }, text: "", format: written };
}

const divideUp = (value: bigint, divisor: bigint): bigint => (value + divisor - 1n) / divisor;

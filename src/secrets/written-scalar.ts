/** A text as it is written into YAML or JSON, so that every YAML library reads the same text back. */
import { plainScalar, type PlainValue, textOf } from "./plain-value.ts";

/** Block: an entry of a block mapping or list. Flow: inside braces or brackets, and in JSON. */
export type Place = "block" | "flow";

const SAFE_PLAIN = /^[A-Za-z0-9_/.@^$(|)+=-][A-Za-z0-9_/.@^$(|)+= -]*$/;
/** Words that YAML 1.1 takes for booleans; go-yaml writes them in quotes, too. */
const OLD_BOOLEANS = /^(y|n|yes|no|on|off)$/i;

export function writtenString(text: string, place: Place): string {
  const isPlain =
    place === "block" && SAFE_PLAIN.test(text) && !text.endsWith(" ") && !/^[-=](\s|$)|^---|^\.\.\./.test(text) && !OLD_BOOLEANS.test(text) && plainScalar(text)?.type === "str" && !/^[-+]?[\d.]/.test(text);
  return isPlain ? text : quoted(text);
}

/** JSON's quotes, which are YAML's, too; what YAML does not print is escaped as well. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Ciphertext stands plain in YAML's block style, as SOPS writes it. */
export function writtenCiphertext(sealed: string, place: Place): string {
  return place === "block" && sealed !== "" ? sealed : quoted(sealed);
}

/** A decrypted value, for a file in the clear. Bytes that are no text become `!!binary`. */
export function writtenValue(value: PlainValue, place: Place): string {
  const text = textOf(value);
  if (text === undefined) return `!!binary ${quoted(value.bytes.toString("base64"))}`;
  switch (value.type) {
    case "int":
    case "bool":
    case "time":
      return text;
    case "float":
      if (text === "NaN") return ".nan";
      if (text.endsWith("Inf")) return `${text.startsWith("-") ? "-" : ""}.inf`;
      return /[.e]/.test(String(Number(text))) ? String(Number(text)) : `${Number(text)}.0`;
    default:
      return writtenString(text, place);
  }
}

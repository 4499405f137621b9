import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonMistake } from "./json-mistake.ts";

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Printed by Go's `json.Unmarshal` (1.26) for each text. */
const SAID_BY_GO: readonly (readonly [text: string, said: string])[] = [
  ["", "unexpected end of JSON input"],
  [" \n", "unexpected end of JSON input"],
  ["{", "unexpected end of JSON input"],
  ["[", "unexpected end of JSON input"],
  ["{\"a\"", "unexpected end of JSON input"],
  ["{\"a\":", "unexpected end of JSON input"],
  ["{\"a\":1", "unexpected end of JSON input"],
  ["{\"a\":1,", "unexpected end of JSON input"],
  ["[1,", "unexpected end of JSON input"],
  ["\"a", "unexpected end of JSON input"],
  ["tru", "invalid character ' ' in literal true (expecting 'e')"],
  ["not json", "invalid character 'o' in literal null (expecting 'u')"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ["{\"a\" 1}", "invalid character '1' after object key"],
  ["{\"a\":1 \"b\":2}", "invalid character '\"' after object key:value pair"],
  ["{\"a\":1,}", "invalid character '}' looking for beginning of object key string"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["[1 2]", "invalid character '2' after array element"],
  ["{}x", "invalid character 'x' after top-level value"],
  ["{} {}", "invalid character '{' after top-level value"],
  ["trux", "invalid character 'x' in literal true (expecting 'e')"],
  ["nulL", "invalid character 'L' in literal null (expecting 'l')"],
  ["fals3", "invalid character '3' in literal false (expecting 'e')"],
  ["-", "invalid character ' ' in numeric literal"],
  ["-a", "invalid character 'a' in numeric literal"],
  ["01", "invalid character '1' after top-level value"],
  ["[01]", "invalid character '1' after array element"],
  ["1.", "invalid character ' ' after decimal point in numeric literal"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ["1e", "invalid character ' ' in exponent of numeric literal"],
  ["1e+x", "invalid character 'x' in exponent of numeric literal"],
  ["\"a\nb\"", "invalid character '\\n' in string literal"],
  ["\"\\x\"", "invalid character 'x' in string escape code"],
  ["\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"],
  ["\"\\u12", "invalid character ' ' in \\u hexadecimal character escape"],
  ["\ufeff{}", "invalid character '\u00ef' looking for beginning of value"],
  ["\u00e9", "invalid character '\u00c3' looking for beginning of value"],
  ["{\"a\":\u00e9}", "invalid character '\u00c3' looking for beginning of value"],
  ["\"\u0001\"", "invalid character '\\x01' in string literal"],
  ["{\u007f}", "invalid character '\\x7f' looking for beginning of object key string"],
  ["[\"a\"\"b\"]", "invalid character '\"' after array element"],
  ["\\", "invalid character '\\\\' looking for beginning of value"],
  ["}", "invalid character '}' looking for beginning of value"],
  ["]", "invalid character ']' looking for beginning of value"],
  [",", "invalid character ',' looking for beginning of value"],
  ["{,}", "invalid character ',' looking for beginning of object key string"],
  ["[,]", "invalid character ',' looking for beginning of value"],
  ["{\"a\"::1}", "invalid character ':' looking for beginning of value"],
  ["\u00a0", "invalid character '\u00c2' looking for beginning of value"],
  ["\u00ad1", "invalid character '\u00c2' looking for beginning of value"],
  ["+1", "invalid character '+' looking for beginning of value"],
  [".5", "invalid character '.' looking for beginning of value"],
  ["Infinity", "invalid character 'I' looking for beginning of value"],
  ["// c\n{}", "invalid character '/' looking for beginning of value"],
];

describe("a mistake in a JSON text", () => {
  it.each(SAID_BY_GO)("%j", (text, said) => {
    expect(jsonMistake(text)).toBe(said);
    expect(isJson(text)).toBe(false);
  });

  it("is found exactly where JSON.parse finds one", () => {
    const pieces = fc.array(fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "1", "-", "0", ".5", "e3", "true", "nul", "null", "\\u00e9", "\\", " ", "\n", "é"), { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(pieces, fc.json()), (text) => {
        expect(jsonMistake(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });
});

/** Keys that a body has twice. */
import { expect, test } from "vitest";
import { duplicateKeys } from "./body.ts";

const already = (line: number, key: string): string => `yaml: unmarshal errors:\n  line ${line}: key "${key}" already set in map`;

test.each([
  ['{"a": 1, "b": {"a": "x\\": "}, "c": [{"a": 1}, {"a": ":"}], "__proto__": {"d": []}}', []],
  ['{"a": 1,\n "a": 2}', [already(2, "a")]],
  ['{"x": {"b": {"a": 1}}, "y": [{"a": 1,\n"a" : 1}]}', [already(2, "a")]],
  ["{a: 1, b: 2}", []],
  ["{a: 1, a: 2}", [already(1, "a")]],
  ["a: 1\nb: 2\n", []],
  ["a: 1\nb:\n  c: 1\n  c: 2\n", [already(4, "c")]],
])("%s", (text, expected) => expect(duplicateKeys(text)).toEqual(expected));

/** Scalars as go-yaml v3 and Go's strconv have them. The same table is tried on the real sops. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCALARS } from "./testing/scalars.ts";
import { decodedValue, formatFloat, plainScalar, plainValue, textOf } from "./plain-value.ts";

const shown = (source: string): string => {
  const value = plainScalar(source);
  return value === null ? "null" : `${value.type} ${value.bytes.toString()}`;
};

describe("plain scalars", () => {
  it.each(SCALARS)("%j is %s", (source, expected) => expect(shown(source)).toBe(expected));
});

describe("numbers", () => {
  it("are written without an exponent, and read back the same", () => {
    expect([1e21, -1.5e-7, 123e18, 5e-324].map(formatFloat)).toEqual(["1000000000000000000000", "-0.00000015", "123000000000000000000", `0.${"0".repeat(323)}5`]);
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(formatFloat(value)).not.toContain("e");
      expect(Number(formatFloat(value))).toBe(value);
    }));
  });

  it("are refused when they are not what their type says", () => {
    expect(decodedValue("int", Buffer.from("9223372036854775808"))).toBeUndefined();
    expect(decodedValue("int", Buffer.from("1.5"))).toBeUndefined();
    expect(decodedValue("bool", Buffer.from("yes"))).toBeUndefined();
    expect(decodedValue("float", Buffer.from("x"))).toBeUndefined();
    expect(decodedValue("password", Buffer.from("x"))).toBeUndefined();
  });
});

it("bytes that are no UTF-8 are no text", () => {
  expect(textOf({ type: "str", bytes: Buffer.from([0xff, 0xfe]) })).toBeUndefined();
  expect(textOf(plainValue("bool", "True"))).toBe("true");
});

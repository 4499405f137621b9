import { describe, expect, it } from "vitest";
import { goQuantity } from "./go-quantity.ts";

describe("what a quantity holds after parsing", () => {
  it.each([
    ["500m", 500n, -3, "500m", "DecimalSI"],
    ["128Mi", 134217728n, 0, "", "BinarySI"],
    ["5Gi", 5368709120n, 0, "5Gi", "BinarySI"],
    ["1000m", 1000n, -3, "", "DecimalSI"],
    ["12E6", 12n, 6, "12E6", "DecimalExponent"],
    ["+2", 2n, 0, "+2", "DecimalSI"],
    ["-3k", -3n, 3, "-3k", "DecimalSI"],
    ["1.500", 1500n, -3, "1.500", "DecimalSI"],
    ["0", 0n, 0, "0", "DecimalSI"],
  ])("%s", (text, value, scale, kept, format) => expect(goQuantity(text)).toEqual({ value, scale, text: kept, format }));

  it.each([
    ["9223372036854775807", 9_223_372_036_854_775_807_000_000_000n, 9, "DecimalSI"],
    ["8Ei", 9_223_372_036_854_775_807n, 0, "BinarySI"],
    ["0.5Ki", 512_000_000_000n, 9, "BinarySI"],
    ["-1.5Gi", -1_610_612_736_000_000_000n, 9, "BinarySI"],
    ["0.0000000001", 1n, 9, "DecimalSI"],
  ])("%s, which needs a decimal", (text, unscaled, scale, format) => expect(goQuantity(text)).toEqual({ value: 0n, scale: 0, dec: { unscaled, scale }, text: "", format }));
});

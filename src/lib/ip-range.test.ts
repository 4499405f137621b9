import { describe, expect, it } from "vitest";
import { parseIpRange, parseIpSpan, rangeContains, rangesOverlap } from "./ip-range.ts";

const range = (text: string) => {
  const parsed = parseIpSpan(text);
  if (!parsed) throw new Error(`not a range: ${text}`);
  return parsed;
};

describe("parseIpRange", () => {
  it("takes ranges and single addresses of both families", () => {
    expect(parseIpRange("10.42.0.0/16")).toMatchObject({ family: 4, prefix: 16, first: 0x0a2a0000n, last: 0x0a2affffn });
    expect(parseIpRange("192.168.1.11")).toMatchObject({ family: 4, prefix: 32, first: 0xc0a8010bn, last: 0xc0a8010bn });
    expect(parseIpRange("2001:db8:42::/56")).toMatchObject({ family: 6, prefix: 56 });
  });
  it("ignores host bits, as routers do", () => {
    expect(parseIpRange("192.168.1.77/24")?.first).toBe(0xc0a80100n);
  });
  it.each(["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "::/129", "pi1", "010.0.0.1/8x"])("refuses %j", (text) => {
    expect(parseIpRange(text)).toBeUndefined();
  });
});

describe("parseIpSpan", () => {
  it("takes from-to", () => {
    expect(range("192.168.1.240-192.168.1.250")).toMatchObject({ first: 0xc0a801f0n, last: 0xc0a801fan });
  });
  it.each(["192.168.1.9-192.168.1.1", "192.168.1.1-::1", "192.168.1.1-"])("refuses %j", (text) => {
    expect(parseIpSpan(text)).toBeUndefined();
  });
});

describe("overlap and containment", () => {
  it.each([
    ["10.0.0.0/8", "10.42.0.0/16", true],
    ["10.42.0.0/16", "10.43.0.0/16", false],
    ["192.168.0.0/16", "192.168.1.0/24", true],
    ["10.0.0.0/8", "2001:db8::/32", false],
    ["2001:db8::/32", "2001:db8:42::/56", true],
  ])("%s and %s", (a, b, overlap) => {
    expect(rangesOverlap(range(a), range(b))).toBe(overlap);
    expect(rangesOverlap(range(b), range(a))).toBe(overlap);
  });
  it("knows inner from outer", () => {
    expect(rangeContains(range("192.168.1.0/24"), range("192.168.1.11"))).toBe(true);
    expect(rangeContains(range("192.168.1.11"), range("192.168.1.0/24"))).toBe(false);
  });
});

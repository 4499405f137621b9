import { describe, expect, it } from "vitest";
import { outageMs } from "./endpoint-probe.ts";
import { outagesOf } from "./probe-endpoint.ts";

const attempts = (said: string) => [...said].map((answer, index) => ({ beganMs: 1_000 + index * 20, isAnswered: answer === "y" }));

describe("outages of a probed endpoint", () => {
  it.each([
    ["yyyy", [], 0],
    ["yynnny", [{ fromMs: 1_040, lengthMs: 60 }], 60],
    ["ynyyny", [{ fromMs: 1_020, lengthMs: 20 }, { fromMs: 1_080, lengthMs: 20 }], 80],
    ["ynn", [{ fromMs: 1_020, lengthMs: 80 }], 80],
  ])("%s", (said, outages, length) => {
    const found = outagesOf(attempts(said), 1_100);
    expect(found).toEqual(outages);
    expect(outageMs({ attemptCount: said.length, outages: found, lastError: undefined, longestPauseMs: 20 })).toBe(length);
  });
});

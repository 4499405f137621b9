/** What a loss looks like to users, in words. */
import { describe, expect, it } from "vitest";
import type { AppOutcome, Outage } from "../rehearse/prove/run-scenario.ts";
import { passageOf } from "../rehearse/prove/verdict.ts";
import { passageText } from "./proof-report.ts";

const outage = (fromMs: number, toMs: number | undefined, ...shares: (readonly [atMs: number, share: number])[]): Outage => ({ fromMs, toMs, shareMin: Math.min(...shares.map(([, share]) => share)), why: shares.map(([atMs, share]) => ({ atMs, share, text: "it is gone" })), parts: [] });

const told = (over: Partial<AppOutcome>): string => {
  const app: AppOutcome = { app: "shop", outages: [], recoveryOutages: [], recoveryMs: 0, recoveryParts: [], lost: [], ...over };
  return passageText(passageOf(app), app);
};

describe("what users see of a loss", () => {
  it.each<[string, Partial<AppOutcome>]>([
    ["nothing", {}],
    ["requests fail for 45 s", { outages: [outage(0, 45_000, [0, 0])] }],
    ["25 % of requests fail for 1 min 6 s", { outages: [outage(0, 66_000, [0, 0.75])] }],
    ["requests fail for less than a second when it comes back", { recoveryOutages: [outage(540_000, 540_030, [540_000, 0])] }],
    ["requests fail until it is back, and for 25 s more", { outages: [outage(0, undefined, [0, 0])], recoveryMs: 25_000 }],
    ["11 % of requests fail until it is back", { outages: [outage(0, undefined, [0, 0.89])], recoveryMs: 30 }],
    ["requests fail for 6 min 11 s, then 11 % of them until it is back, and for 28 s more", { outages: [outage(0, undefined, [0, 0], [50_000, 0], [371_000, 0.89])], recoveryMs: 28_000 }],
    ["requests fail, and do not stop failing", { outages: [outage(0, undefined, [0, 0])], recoveryMs: undefined }],
  ])("%s", (text, over) => {
    expect(told(over)).toBe(text);
  });
});

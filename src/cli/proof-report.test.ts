/** What a loss looks like to users, in words. */
import { describe, expect, it } from "vitest";
import type { Outage } from "../rehearse/prove/outage-watch.ts";
import type { AppOutcome, ScenarioOutcome } from "../rehearse/prove/run-scenario.ts";
import { passageOf } from "../rehearse/prove/verdict.ts";
import { losing } from "../scenarios/scenario.ts";
import { passageText, worthSeeing } from "./proof-report.ts";

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

it("has the worst loss watched that a rehearsal with the same seed would show", () => {
  const lost = (target: string, ms: number, placement?: number): ScenarioOutcome => ({
    scenario: losing([{ id: "power-off", target }]),
    apps: [{ app: "shop", outages: ms === 0 ? [] : [outage(0, ms, [0, 0])], recoveryOutages: [], recoveryMs: 0, recoveryParts: [], lost: [], ...(placement === undefined ? {} : { placement }) }],
    faultMs: 0,
    recoveryMs: 0,
    unwell: [],
    isStateLost: false,
    api: [],
  });
  expect(worthSeeing({ runs: [lost("pi1", 5), lost("pi2", 50), lost("pi3", 500, 2)] })?.name).toBe("power-off pi2");
  expect(worthSeeing({ runs: [lost("pi1", 0)] })).toBe(undefined);
});

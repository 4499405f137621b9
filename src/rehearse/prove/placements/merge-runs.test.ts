/** Runs of one scenario on several placements, written down here. */
import { describe, expect, it } from "vitest";
import { losing } from "../../../scenarios/scenario.ts";
import type { AppOutcome, ScenarioOutcome } from "../run-scenario.ts";
import type { Judged } from "../verdict.ts";
import { mergeRuns } from "./merge-runs.ts";

const scenario = losing([{ id: "power-off", target: "w1" }]);

function passed(app: string, outageMs: number, placement: number, lost: AppOutcome["lost"] = []): AppOutcome {
  const outages = outageMs === 0 ? [] : [{ fromMs: 0, toMs: outageMs, shareMin: 0, why: [], parts: [] }];
  return { app, ...(placement === 0 ? {} : { placement }), outages, recoveryMs: 0, recoveryParts: [], recoveryOutages: [], lost };
}

const ran = (apps: AppOutcome[], over: Partial<ScenarioOutcome> = {}): ScenarioOutcome => ({ scenario, faultMs: 1, recoveryMs: 1, unwell: [], isStateLost: false, api: [], apps, ...over });

describe("runs of one scenario on several placements", () => {
  it("are shown as one: each app as it was worst, whatever was not well in any", () => {
    const runs = [ran([passed("web", 5_000, 0), passed("blog", 360_000, 0)], { faultMs: 9, unwell: ["Node w1"] }), ran([passed("web", 360_000, 1), passed("blog", 0, 1)], { recoveryMs: 7, unwell: ["Node w1", "Pod web/web-1"] })];
    const merged = mergeRuns(runs, []);
    expect(merged.apps.map(({ app, placement }) => [app, placement])).toEqual([["web", 1], ["blog", undefined]]);
    expect([merged.faultMs, merged.recoveryMs, merged.unwell]).toEqual([9, 7, ["Node w1", "Pod web/web-1"]]);
    expect(mergeRuns(runs.slice(0, 1), [])).toBe(runs[0]);
  });

  it("show what decided about a promise, though another run has lost more", () => {
    const loses = passed("web", 5_000, 0, [{ app: "web", what: "database main", extent: "last writes", why: "its replica lags" }]);
    const late = passed("web", 360_000, 1);
    const runs = [ran([loses]), ran([late])];
    expect(mergeRuns(runs, []).apps).toEqual([loses]);
    const judged: Judged = { app: "web", survives: "w1", verdict: "broken", worst: { outcome: runs[1]!, app: late, why: "too late", breaks: "time" }, scenarioCount: 1 };
    expect(mergeRuns(runs, [judged]).apps).toEqual([late]);
  });
});

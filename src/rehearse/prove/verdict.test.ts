/** Promises against outcomes that are written down here: which scenario decides, and how. */
import { beforeAll, describe, expect, it } from "vitest";
import { homelabOf } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { AppPromise, Homelab } from "../../config/homelab.ts";
import { type Fault } from "../../scenarios/fault.ts";
import { losing } from "../../scenarios/scenario.ts";
import type { LostData } from "./lost-data.ts";
import type { ScenarioOutcome } from "./run-scenario.ts";
import { judge, type Judged } from "./verdict.ts";

let gazette: Homelab;
beforeAll(async () => {
  gazette = await homelabOf("examples/gazette/homelab.yaml");
});

const ONE_MACHINE: AppPromise = { survives: [{ kind: "one-machine" }], backWithin: { text: "2m", ms: 120_000 }, loses: { kind: "nothing" }, byHand: false };
const pi2: Fault = { id: "power-off", target: "pi2" };
const pi3: Fault = { id: "power-off", target: "pi3" };
const box: Fault = { id: "part-off", target: "box" };

function seen(faults: readonly Fault[], outageMs: number | undefined, over: { recoveryMs?: number | undefined; lost?: LostData["extent"]; lostWithinMs?: number; isStateLost?: boolean; recoveryOutageMs?: number } = {}): ScenarioOutcome {
  const outages = outageMs === 0 ? [] : [{ fromMs: 0, toMs: outageMs, shareMin: 0, why: [{ atMs: 0, text: `${faults[0]!.target} is gone`, share: 0 }], parts: [] }];
  const lost = over.lost === undefined ? [] : [{ app: "gazette", what: "volume data", extent: over.lost, ...(over.lostWithinMs === undefined ? {} : { withinMs: over.lostWithinMs }), why: "its only copy was there" }];
  return { scenario: losing(faults), faultMs: 600_000, recoveryMs: 480_000, unwell: [], isStateLost: over.isStateLost ?? false, api: [], apps: [{ app: "gazette", outages, recoveryMs: "recoveryMs" in over ? over.recoveryMs : 0, recoveryOutages: over.recoveryOutageMs === undefined ? [] : [{ fromMs: 600_000, toMs: 600_000 + over.recoveryOutageMs, shareMin: 0.5, why: [{ atMs: 600_000, text: "it came back badly", share: 0.5 }], parts: [] }], recoveryParts: [], lost }] };
}

function judged(promise: AppPromise, ...outcomes: ScenarioOutcome[]): Judged {
  const homelab = { ...gazette, apps: { gazette: { ...gazette.apps["gazette"]!, promise } } };
  return judge(homelab, outcomes)[0]!;
}

describe("a promise", () => {
  it("is kept when every loss that it speaks of is over in time; the longest is its worst", () => {
    const one = judged(ONE_MACHINE, seen([pi2], 5_000), seen([pi3], 90_000), seen([box], undefined));
    expect([one.verdict, one.scenarioCount, one.worst?.outcome.scenario.name]).toEqual(["kept", 2, "power-off pi3"]);
  });

  it("is broken by the one loss that takes too long, and says what was in the way", () => {
    const one = judged(ONE_MACHINE, seen([pi2], 0), seen([pi3], 364_000));
    expect([one.verdict, one.worst?.why]).toEqual(["broken", "pi3 is gone"]);
  });

  it("needs a human where it comes back only with what was lost; said beforehand, that is kept", () => {
    expect(judged(ONE_MACHINE, seen([pi2], undefined)).verdict).toBe("needs a human");
    expect(judged({ ...ONE_MACHINE, byHand: true }, seen([pi2], undefined)).verdict).toBe("kept");
  });

  it("is broken where it does not come back at all, by hand or not", () => {
    expect(judged({ ...ONE_MACHINE, byHand: true }, seen([pi2], undefined, { recoveryMs: undefined })).verdict).toBe("broken");
  });

  it("is broken by a recovery that takes too long, where the loss itself was not felt", () => {
    const one = judged(ONE_MACHINE, seen([pi2], 0, { recoveryOutageMs: 200_000, recoveryMs: 200_000 }));
    expect([one.verdict, one.worst?.why]).toEqual(["broken", "it came back badly"]);
    expect(judged(ONE_MACHINE, seen([pi2], 0, { recoveryOutageMs: 20_000, recoveryMs: 20_000 })).verdict).toBe("kept");
  });

  it("weighs what is lost against what may be", () => {
    expect(judged(ONE_MACHINE, seen([pi2], 0, { lost: "last writes" })).verdict).toBe("broken");
    expect(judged({ ...ONE_MACHINE, loses: { kind: "writes", within: { text: "1m", ms: 60_000 } } }, seen([pi2], 0, { lost: "last writes" })).verdict).toBe("kept");
    expect(judged({ ...ONE_MACHINE, loses: { kind: "since-last-backup" } }, seen([pi2], 0, { lost: "since last backup" })).verdict).toBe("kept");
    const worst = judged({ ...ONE_MACHINE, loses: { kind: "since-last-backup" } }, seen([pi2], 0, { lost: "everything" }));
    expect([worst.verdict, worst.worst?.why]).toEqual(["broken", "volume data loses everything: its only copy was there"]);
  });

  it("holds a backup to the time that it may be old", () => {
    const weekly = seen([pi2], 0, { lost: "since last backup", lostWithinMs: 7 * 86_400_000 });
    const within = (ms: number): AppPromise => ({ ...ONE_MACHINE, loses: { kind: "writes", within: { text: "", ms } } });
    expect([judged(within(86_400_000), weekly).verdict, judged(within(7 * 86_400_000), weekly).verdict, judged(ONE_MACHINE, weekly).verdict]).toEqual(["broken", "kept", "broken"]);
  });

  it("speaks of what it names: one site part, two machines, a name", () => {
    const outcomes = [seen([pi2], 1_000), seen([box], 2_000), seen([pi2, pi3], 3_000)];
    const of = (survival: AppPromise["survives"][number]): string | undefined => judged({ ...ONE_MACHINE, survives: [survival] }, ...outcomes).worst?.outcome.scenario.name;
    expect([of({ kind: "one-site-part" }), of({ kind: "two-machines" }), of({ kind: "named", name: "pi2" })]).toEqual(["part-off box", "power-off pi2 + power-off pi3", "power-off pi2"]);
  });

  it("about which nothing was tried says so", () => {
    expect(judged({ ...ONE_MACHINE, survives: [{ kind: "two-machines" }] }, seen([pi2], 0))).toMatchObject({ verdict: "not tried", scenarioCount: 0, worst: undefined });
  });
});

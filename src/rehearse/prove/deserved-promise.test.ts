/** Promises that are proposed, against outcomes that are written down here. That they are kept when pasted is tried where the report is (`src/cli/commands/prove.test.ts`). */
import { beforeAll, describe, expect, it } from "vitest";
import { homelabOf } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Homelab } from "../../config/homelab.ts";
import type { Fault } from "../../scenarios/fault.ts";
import { losing } from "../../scenarios/scenario.ts";
import { deservedPromises, promiseFields } from "./deserved-promise.ts";
import type { LostData } from "./lost-data.ts";
import type { ScenarioOutcome } from "./run-scenario.ts";

let gazette: Homelab;
beforeAll(async () => {
  gazette = await homelabOf("examples/gazette/homelab.yaml");
});

const off = (target: string): Fault => ({ id: "power-off", target });
const box: Fault = { id: "part-off", target: "box" };

/** `outageMs` undefined: until it is given back. */
function seen(faults: readonly Fault[], outageMs: number | undefined, lost: Partial<LostData>[] = [], comesBack = true): ScenarioOutcome {
  const outages = outageMs === 0 ? [] : [{ fromMs: 0, toMs: outageMs, shareMin: 0, why: [{ atMs: 0, text: `${faults[0]!.target} is gone`, share: 0 }], parts: [] }];
  const apps = [{ app: "gazette", outages, recoveryMs: comesBack ? 0 : undefined, recoveryOutages: [], recoveryParts: [], lost: lost.map((each) => ({ app: "gazette", what: "volume data", extent: "everything" as const, why: "its only copy was there", ...each })) }];
  return { scenario: losing(faults), faultMs: 600_000, recoveryMs: 480_000, unwell: [], isStateLost: false, api: [], apps };
}

function deserved(outcomes: readonly ScenarioOutcome[], homelab = gazette): unknown {
  const [one] = deservedPromises(homelab, outcomes);
  return { promise: one!.promise === undefined ? undefined : promiseFields(one!.promise), not: one!.not.map(({ survives, verdict, worst }) => `${survives}: ${verdict}, ${worst!.outcome.scenario.name}`) };
}

describe("what an app deserves to promise", () => {
  it("is the worst of what it comes through by itself, with what chance may add, rounded up as people say times", () => {
    expect(deserved([seen([off("pi2")], 0), seen([off("pi3")], 100_000), seen([box], undefined)])).toEqual({ promise: { survives: "one machine", backWithin: "2m", loses: "nothing" }, not: ["one site part: needs a human, part-off box"] });
    expect(deserved([seen([off("pi2")], 366_000), seen([box], 0)])).toEqual({ promise: { survives: ["one machine", "one site part"], backWithin: "7m", loses: "nothing" }, not: [] });
    expect(deserved([seen([off("pi2")], 0)])).toEqual({ promise: { survives: "one machine", backWithin: "30s", loses: "nothing" }, not: [] });
    expect(deserved([seen([off("pi2")], 3_700_000)])).toMatchObject({ promise: { backWithin: "2h" } });
  });

  it("is two machines only where two were tried together", () => {
    expect(deserved([seen([off("pi2")], 0), seen([off("pi2"), off("pi3")], 50_000)])).toMatchObject({ promise: { survives: ["one machine", "two machines"], backWithin: "90s" } });
  });

  it("waits for a person, without a time, only where nothing comes back by itself", () => {
    expect(deserved([seen([off("pi2")], undefined), seen([box], undefined)])).toEqual({ promise: { survives: ["one machine", "one site part"], loses: "nothing", byHand: true }, not: [] });
  });

  it("names the least that is lost: seconds of writes, the time between two backups, or all since the last", () => {
    expect(deserved([seen([off("pi2")], 0, [{ extent: "last writes" }])])).toMatchObject({ promise: { loses: "1m" } });
    expect(deserved([seen([off("pi2")], 0, [{ extent: "since last backup", withinMs: 300_000 }])])).toMatchObject({ promise: { loses: "5m" } });
    expect(deserved([seen([off("pi2")], 0, [{ extent: "since last backup", withinMs: 7 * 86_400_000 }])])).toMatchObject({ promise: { loses: "everything since the last backup" } });
  });

  it("is nothing where what has no backup is lost, or nothing brings it back; and says which loss it is", () => {
    expect(deserved([seen([off("pi2")], 0), seen([off("pi3")], 0, [{}])])).toEqual({ promise: undefined, not: ["one machine: broken, power-off pi3"] });
    expect(deserved([seen([off("pi3")], undefined, [], false)])).toEqual({ promise: undefined, not: ["one machine: broken, power-off pi3"] });
  });

  it("never lets the backups of half an app stand for all of it: that file would be refused", () => {
    const app = gazette.apps["gazette"]!;
    const bare = { name: "data", backup: undefined } as unknown as (typeof app.volumes)[string];
    const homelab = { ...gazette, apps: { gazette: { ...app, volumes: { data: bare } } } };
    expect(deserved([seen([off("pi2")], 0, [{ extent: "since last backup", withinMs: 7 * 86_400_000 }])], homelab)).toMatchObject({ promise: undefined });
  });

  it("is asked of apps that promise nothing", () => {
    const app = gazette.apps["gazette"]!;
    const homelab = { ...gazette, apps: { gazette: { ...app, promise: { survives: [{ kind: "one-machine" as const }], backWithin: undefined, loses: { kind: "nothing" as const }, byHand: false } } } };
    expect(deservedPromises(homelab, [seen([off("pi2")], 0)])).toEqual([]);
  });
});

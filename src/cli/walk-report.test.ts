/** What is said of walks: which did not end well, and how they went. */
import { beforeAll, expect, it } from "vitest";
import { homelabOf } from "../../test/rehearse/virtual-rehearsal.ts";
import type { Homelab } from "../config/homelab.ts";
import type { ScenarioOutcome } from "../rehearse/prove/run-scenario.ts";
import { painter } from "./paint.ts";
import { leftBroken, walkReport } from "./walk-report.ts";

let gazette: Homelab;
beforeAll(async () => {
  gazette = await homelabOf("examples/gazette/homelab.yaml");
});

function walked(number: number, outageMs: number, unwell: string[] = [], isStateLost = false): ScenarioOutcome {
  const fault = { id: "power-off", target: "pi3" } as const;
  const outages = outageMs === 0 ? [] : [{ fromMs: 0, toMs: outageMs, shareMin: 0, why: [{ atMs: 0, text: "pi3 is gone", share: 0 }], parts: [] }];
  return {
    scenario: { name: `walk ${number}`, title: `walk ${number}`, steps: [{ atMs: 0, fault, does: "begin" }, { atMs: 300_000, fault, does: "end" }] },
    faultMs: 600_000, recoveryMs: 480_000, unwell, isStateLost, api: [],
    apps: [{ app: "gazette", outages, recoveryMs: unwell.length > 0 ? undefined : 0, recoveryParts: [], recoveryOutages: [], lost: [] }],
  };
}

it("tells the walk that ended badly step by step, and the one that was felt most", () => {
  expect(walkReport(gazette, [walked(1, 0), walked(2, 90_000), walked(3, 0, ["Pod gazette/gazette-1"]), walked(4, 0, ["Node pi1"], true)], painter(false), 80)).toBe(`2 of 4 walks: all is well again once all is given back. The cluster's own state
is lost in walk 4.

walk 3: not well in the end
  +0 s: pi3 loses its power
  +5 min: pi3 has power again and boots
  in the end: gazette is not served
  in the end: Pod gazette/gazette-1 is not ready

gazette
  walk 2  requests fail for 1 min 30 s
  3 other walks are not felt (of 4).

  walk 4 was:
  +0 s: pi3 loses its power
  +5 min: pi3 has power again and boots
`);
});

it("calls well what came back, and what nobody expects back", () => {
  expect([leftBroken(walked(1, 5)), leftBroken(walked(2, 5, ["Node pi1"], true))]).toEqual([[], []]);
});

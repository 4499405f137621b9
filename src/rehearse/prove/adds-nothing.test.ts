import { expect, it } from "vitest";
import type { Fault } from "../../scenarios/fault.ts";
import { losing, losingOneByOne } from "../../scenarios/scenario.ts";
import { addingNothing } from "./adds-nothing.ts";
import type { AppOutcome, ScenarioOutcome } from "./run-scenario.ts";

const A: Fault = { id: "power-off", target: "a" };
const B: Fault = { id: "power-off", target: "b" };
const SECOND_MS = 1000;

/** `toMs`: undefined where requests fail until all is back. */
const seen = (faults: Fault[], toMs: number | undefined, over: Partial<AppOutcome> = {}, share = 0, unwell: string[] = []): ScenarioOutcome => ({
  scenario: losing(faults),
  faultMs: 600_000,
  recoveryMs: 600_000,
  unwell,
  isStateLost: false,
  api: [],
  apps: [{ app: "web", outages: toMs === 0 ? [] : [{ fromMs: 0, toMs, shareMin: share, why: [{ atMs: 0, text: "gone", share }], parts: [] }], recoveryMs: toMs === undefined ? 20 * SECOND_MS : 0, recoveryParts: [], recoveryOutages: [], lost: [], ...over }],
});

const LOST = [{ app: "web", what: "volume data", extent: "everything", why: "" }] as const;
const MINUTE = 60 * SECOND_MS;

it.each<[string, ScenarioOutcome, boolean]>([
  ["as long as the longer of the two", seen([A, B], MINUTE), true],
  ["a round of heartbeats longer", seen([A, B], MINUTE + 10 * SECOND_MS), true],
  ["much longer", seen([A, B], 3 * MINUTE), false],
  ["until all is back", seen([A, B], undefined), false],
  ["and then loses data", seen([A, B], MINUTE, { lost: [...LOST] }), false],
  ["with something that stays unwell", seen([A, B], MINUTE, {}, 0, ["Pod web/web-1"]), false],
])("two losses whose outage lasts %s", (_, both, isNoWorse) => {
  const outcomes = [seen([A], 0), seen([B], MINUTE), both];
  expect(addingNothing("web", outcomes).has(both.scenario)).toBe(isNoWorse);
});

it("looks at how many are served, and at what is lost alone too", () => {
  const half = seen([B], undefined, {}, 0.5);
  const [all, same] = [seen([A, B], undefined), seen([A, B], undefined, {}, 0.5)];
  expect(addingNothing("web", [half, all]).size).toBe(0);
  expect(addingNothing("web", [half, same]).size).toBe(1);
  const later = seen([A, B], undefined, { recoveryMs: 2 * MINUTE }, 0.5);
  expect(addingNothing("web", [half, later]).size).toBe(0);
  const losing = seen([B], MINUTE, { lost: [...LOST] });
  expect(addingNothing("web", [losing, seen([A, B], MINUTE, { lost: [...LOST] })]).size).toBe(1);
});

it("compares one after the other with both at once too, whichever is named first", () => {
  const later = { ...seen([A, B], 3 * MINUTE), scenario: losingOneByOne([A, B]) };
  expect(addingNothing("web", [seen([A], 0), seen([B], MINUTE), later]).size).toBe(0);
  expect(addingNothing("web", [seen([A], 0), seen([B], MINUTE), seen([B, A], 3 * MINUTE), later]).has(later.scenario)).toBe(true);
});

it("says nothing of pairs whose single losses were not tried", () => {
  expect(addingNothing("web", [seen([A, B], MINUTE)]).size).toBe(0);
});

/** What happens when kubelets fall silent, on the embedded cluster in virtual time, against what a real control plane of v1.36.3 was seen to do. */
import { beforeAll, describe, expect, it } from "vitest";
import { FAILURE_WORLDS } from "./cases.ts";
import { compare, TOLERANCES } from "./compare.ts";
import { predict } from "./predict.ts";
import { loadRecorded, type Recorded } from "./recordings.ts";

let recorded: Recorded;
beforeAll(async () => {
  recorded = await loadRecorded();
});

for (const world of FAILURE_WORLDS) {
  describe(`failure cases: ${world.id}`, () => {
    let predicted: Recorded;
    beforeAll(async () => {
      predicted = await predict(world);
    }, 120_000);
    for (const { id, what, chance } of world.cases) {
      it(`${id}: ${what}`, () => {
        const { pairs, wrong } = compare(recorded[id] ?? [], predicted[id] ?? [], chance);
        expect(wrong).toEqual([]);
        expect(pairs.length).toBeGreaterThan(1);
      });
    }
  });
}

it("leaves out what chance did, also where the node that slips through is the one that stays silent", () => {
  const { chance } = FAILURE_WORLDS.flatMap(({ cases }) => cases).find(({ id }) => id === "everybody-else")!;
  const usual = recorded["everybody-else"]!;
  const early = usual.map((one) => (/unreachable:NoExecute$|is to end|^pod web on first: bound$/.test(one.text) && one.atMs > 130_000 ? { ...one, atMs: one.atMs - 85_000 } : one));
  expect(compare(early, usual).wrong.length).toBeGreaterThan(0);
  expect(compare(early, usual, chance).wrong).toEqual([]);
});

it("sees a difference: a milestone more, or one too late", () => {
  const measured = recorded["short-toleration"]!;
  const late = measured.map((one) => (one.text.includes("is to end") ? { ...one, atMs: one.atMs + 20_000 } : one));
  expect(compare(measured, late).wrong.length).toBeGreaterThan(0);
  expect(compare(measured, [...measured, { atMs: 70_000, text: "pod web on first: gone" }]).wrong).toHaveLength(1);
  expect(compare(measured, measured).wrong).toEqual([]);
  expect(TOLERANCES.every(([, , seconds]) => seconds <= 24)).toBe(true);
});

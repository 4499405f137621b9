import { expect, it } from "vitest";
import { UP_MACHINE_STAGES } from "../../src/operations/up.ts";
import { CHANGED_BY_HAND, TRIED_ELSEWHERE } from "./changes-by-hand.ts";

it("every step of up is undone by a hand in a lab, or it is said why not", () => {
  const steps = new Set(UP_MACHINE_STAGES.flatMap((stage) => stage.steps.map(({ id }) => id)));
  const byHand = new Set(CHANGED_BY_HAND.map(([, change]) => change.split(":")[0]!));
  expect([...steps].filter((id) => !byHand.has(id) && TRIED_ELSEWHERE[id] === undefined)).toEqual([]);
  expect(Object.keys(TRIED_ELSEWHERE).filter((id) => !steps.has(id) || byHand.has(id))).toEqual([]);
});

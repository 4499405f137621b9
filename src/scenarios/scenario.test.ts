import { expect, test } from "vitest";
import { FAULT_IDS, FAULTS } from "./fault.ts";
import { losing, lossesOf, pairsOf, scenarioTitle } from "./scenario.ts";

test("each element has its losses, and each two of different ones a pair", () => {
  const losses = lossesOf({ machines: ["pi1", "pi2"], siteParts: ["box"] });
  expect(losses).toHaveLength(7);
  // 21 pairs of 7, less the three of each machine with itself.
  expect(pairsOf(losses)).toHaveLength(21 - 2 * 3);
});

test("a scenario has a name for machines and a title for people", () => {
  const scenario = losing([{ id: "power-off", target: "pi1" }, { id: "part-off", target: "box" }]);
  expect([scenario.name, scenarioTitle(scenario)]).toEqual(["power-off pi1 + part-off box", "pi1 off and box off"]);
  expect(scenarioTitle(losing([{ id: "disk-lost", target: "pi1" }, { id: "network-cut", target: "pi2" }], 60_000))).toBe("pi1's disk lost, then pi2 cut off");
});

test("every kind of fault says what it is, under the name that it is written by", () => {
  for (const id of FAULT_IDS) {
    const kind = FAULTS[id];
    expect(kind.id).toBe(id);
    // What strikes the whole home names no target.
    for (const text of [kind.begins("it"), kind.ends("it"), kind.short("it")]) expect(/\bit\b/.test(text) || kind.strikes === "home", text).toBe(true);
    expect(kind.why.length).toBeGreaterThan(20);
  }
});

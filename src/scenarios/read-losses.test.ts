import { expect, it } from "vitest";
import { everyFault, type FaultTargets } from "./every-fault.ts";
import { degradedPairsOf, losing, losingOneByOne, scenarioTitle } from "./scenario.ts";
import { isLossText, readLosses } from "./read-losses.ts";

const HOME: FaultTargets = {
  machines: ["pi1", "pi2"],
  servers: ["pi1"],
  siteParts: ["switch", "strip"],
  networkParts: ["switch"],
  apps: ["gazette"],
  hasEtcd: true,
  hasIngress: true,
  hasNetworkAgent: true, hasGossip: true,
  registries: ["ghcr.io"],
  workloads: ["gazette/gazette"],
  sides: [["pi1", "pi2"]],
};

it("reads back what a report calls each loss, and what a scenario does", () => {
  for (const faults of everyFault(HOME)) {
    const scenario = losing(faults);
    expect(readLosses(scenarioTitle(scenario), HOME)).toEqual({ faults, isOneByOne: false });
    expect(readLosses(scenario.name, HOME)).toEqual({ faults, isOneByOne: false });
    expect([isLossText(scenarioTitle(scenario)), isLossText(scenario.name)]).toEqual([true, true]);
  }
});

it("reads two of them, and knows what a misspelt one meant", () => {
  expect(readLosses("pi2 off  and switch off", HOME)).toEqual({ faults: [{ id: "power-off", target: "pi2" }, { id: "part-off", target: "switch" }], isOneByOne: false });
  const [degraded] = degradedPairsOf([{ id: "disk-lost", target: "pi2" }, { id: "disk-lost", target: "pi1" }]).map(losingOneByOne);
  for (const text of [scenarioTitle(degraded!), degraded!.name]) expect(readLosses(text, HOME)).toEqual({ faults: degraded!.steps.map(({ fault }) => fault), isOneByOne: true });
  expect(readLosses("pi2 off and switsh off", HOME)).toEqual({ unknown: "switsh off", didYouMean: "switch off" });
  expect(readLosses("the cat is gone", HOME)).toEqual({ unknown: "the cat is gone" });
  expect(isLossText("power-cut")).toBe(false);
});

import { expect, test } from "vitest";
import type { Homelab } from "./homelab.ts";
import { partsCarrying } from "./parts-carrying.ts";

const site = {
  box: { name: "box", kind: "router", connects: ["switch", "pi1"], powers: [], runs: [] },
  switch: { name: "switch", kind: "switch", connects: ["pi1", "pi2"], powers: ["pi1", "pi2"], runs: [] },
  tower: { name: "tower", kind: "hypervisor", connects: [], powers: [], runs: ["vm"] },
} as unknown as Homelab["site"];

test("what connects, powers or runs it, each once, in the file's order", () => {
  const carrying = (name: string): string[] => partsCarrying(site, name).map((part) => part.name);
  expect([carrying("pi1"), carrying("pi2"), carrying("vm"), carrying("switch"), carrying("box"), carrying("nobody")]).toEqual([["box", "switch"], ["switch"], ["tower"], ["box"], [], []]);
});

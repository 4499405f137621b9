import { expect, test } from "vitest";
import { seededRandom } from "../lib/seeded-random.ts";
import { everyFault, type FaultTargets } from "./every-fault.ts";
import { type Fault, FAULT_IDS, FAULTS } from "./fault.ts";
import { randomWalks } from "./random-walk.ts";

const HOME: FaultTargets = { machines: ["s1", "s2", "w1"], servers: ["s1", "s2"], siteParts: ["box", "strip"], networkParts: ["box"], apps: ["web"], hasEtcd: true, hasIngress: true, hasNetworkAgent: true, hasGossip: true, registries: ["docker.io"], workloads: ["web/web"], sides: [["s1", "s2"]] };

test("every kind of fault is tried, once for each of its targets; what needs etcd where there is etcd", () => {
  const all = everyFault(HOME);
  expect(FAULT_IDS.filter((id) => !all.some(([first]) => first!.id === id))).toEqual([]);
  const of = (id: Fault["id"]): string[] => all.filter(([first]) => first!.id === id).map(([first]) => first!.target);
  expect([of("power-off"), of("part-off"), of("partition"), of("etcd-member-lost"), of("pod-deleted"), of("blackout")]).toEqual([["s1", "s2", "w1"], ["box", "strip"], ["s1,s2"], ["s1", "s2"], ["web/web"], [""]]);
  expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(all.length);
  expect(everyFault({ ...HOME, hasEtcd: false }).some((each) => each.some(({ id }) => FAULTS[id].needsEtcd === true))).toBe(false);
  expect([of("part-hung"), of("ingress-lost"), everyFault({ ...HOME, hasIngress: false }).some(([first]) => first!.id === "ingress-lost")]).toEqual([["box"], [""], false]);
  // New pods feel it: the machine starts anew with it.
  expect(all.find(([first]) => first!.id === "cni-agent-lost")!.map(({ id, target }) => `${id} ${target}`)).toEqual(["cni-agent-lost s1", "reboot s1"]);
  expect([all.find(([first]) => first!.id === "gossip-blocked")!.map(({ id, target }) => `${id} ${target}`), everyFault({ ...HOME, hasGossip: false }).some(([first]) => first!.id === "gossip-blocked")]).toEqual([["gossip-blocked ", "power-off s1"], false]);
  expect(everyFault({ ...HOME, hasNetworkAgent: false }).some(([first]) => first!.id === "cni-agent-lost")).toBe(false);
});

test("walks follow from their seed, never break what is broken, and end only what has begun", () => {
  const faults = everyFault(HOME).flat();
  const walks = randomWalks(faults, seededRandom("1"), 100);
  expect(randomWalks(faults, seededRandom("1"), 3)).toEqual(walks.slice(0, 3));
  expect(randomWalks(faults, seededRandom("2"), 100)).not.toEqual(walks);
  for (const { steps } of walks) {
    const open = new Set<string>();
    let lastMs = -1;
    for (const { atMs, fault, does } of steps) {
      expect(atMs).toBeGreaterThan(lastMs);
      lastMs = atMs;
      expect(open.has(fault.target)).toBe(does === "end");
      if (does === "end") open.delete(fault.target);
      else if (FAULTS[fault.id].isMoment !== true) open.add(fault.target);
      expect(open.size).toBeLessThanOrEqual(3);
    }
  }
  expect(walks.some(({ steps }) => steps.some(({ does }) => does === "end"))).toBe(true);
});

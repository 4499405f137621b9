/** Sides of a network that is split, and what is lost on one of them: the API is where most servers reach each other. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { beginFault, endFault } from "./apply-fault.ts";
import type { Struck } from "./fault-effect.ts";

let rehearsal: Rehearsal;
let struck: Struck;
const textOf = (machines: Readonly<Record<string, string>>): string => `name: maison
machines:
${Object.entries(machines).map(([name, roles]) => `  ${name}: { roles: [${roles}] }`).join("\n")}
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1, datastore: etcd }
platform: { ingress: none, loadBalancer: none, metrics: false }
`;
const isOnline = (): boolean[] => ["s1", "s2", "s3"].map((name) => rehearsal.cluster.agents.machine(name)!.isOnline);

async function begin(machines: Readonly<Record<string, string>>): Promise<[Rehearsal, Struck]> {
  const homelab = await homelabOf("homelab.yaml", textOf(machines));
  const begun = virtualRehearsal(homelab, { isBreakable: true });
  expect((await begun.settle(() => false)).isReady).toBe(true);
  return [begun, { homelab, cluster: begun.cluster, site: begun.site }];
}

beforeAll(async () => {
  [rehearsal, struck] = await begin({ s1: "control-plane, worker", s2: "control-plane, worker", s3: "control-plane, worker" });
}, 180_000);
afterAll(() => rehearsal.close());

it("a server that is cut off on the side of the majority takes it away, and gives it back", () => {
  const { cluster } = rehearsal;
  beginFault(struck, { id: "partition", target: "s1,s2" });
  cluster.run(MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual([undefined, true, true, false]);
  beginFault(struck, { id: "network-cut", target: "s1" });
  cluster.run(MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual(["no quorum", false, false, false]);
  endFault(struck, { id: "network-cut", target: "s1" });
  cluster.run(MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual([undefined, true, true, false]);
  endFault(struck, { id: "partition", target: "s1,s2" });
  // Nobody on the side of the majority notices.
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual([undefined, true, true, false]);
  cluster.run(MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual([undefined, true, true, true]);
});

it("of two splits at once a machine is on the side that both leave it on", () => {
  const { cluster, site } = rehearsal;
  beginFault(struck, { id: "partition", target: "s1,s2" });
  beginFault(struck, { id: "partition", target: "s2,s3" });
  cluster.run(MINUTE_MS);
  expect(new Set(["s1", "s2", "s3"].map((name) => site.state(name).side)).size).toBe(3);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual(["no quorum", false, false, false]);
  endFault(struck, { id: "partition", target: "s1,s2" });
  cluster.run(MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual([undefined, false, true, true]);
  endFault(struck, { id: "partition", target: "s2,s3" });
});

it("a server that was first to boot on the smaller side takes no part once the others are there", () => {
  const { cluster } = rehearsal;
  beginFault(struck, { id: "partition", target: "s1" });
  beginFault(struck, { id: "blackout", target: "" });
  cluster.run(MINUTE_MS);
  endFault(struck, { id: "blackout", target: "" });
  cluster.run(3 * MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual([undefined, false, true, true]);
  // One of three is left.
  beginFault(struck, { id: "network-cut", target: "s2" });
  cluster.run(MINUTE_MS);
  expect([cluster.controlPlane!.outage, ...isOnline()]).toEqual(["no quorum", false, false, false]);
});

it("the one server that is cut off is as lost as ever when the network is split elsewhere too", { timeout: 60_000 }, async () => {
  const [one, hit] = await begin({ s1: "control-plane", w1: "worker", w2: "worker" });
  try {
    beginFault(hit, { id: "network-cut", target: "s1" });
    one.cluster.run(MINUTE_MS);
    expect(one.cluster.controlPlane!.outage).toBe("no server");
    beginFault(hit, { id: "partition", target: "w1" });
    one.cluster.run(MINUTE_MS);
    expect(one.cluster.controlPlane!.outage).toBe("no server");
    endFault(hit, { id: "network-cut", target: "s1" });
    one.cluster.run(MINUTE_MS);
    expect([one.cluster.controlPlane!.outage, ...["s1", "w1", "w2"].map((name) => one.cluster.agents.machine(name)!.isOnline)]).toEqual([undefined, true, false, true]);
  } finally {
    await one.close();
  }
});

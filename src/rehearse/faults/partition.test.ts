/** Sides of a network that is split, and what is lost on one of them: the API is where most servers reach each other. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { beginFault, endFault } from "./apply-fault.ts";
import type { Struck } from "./fault-effect.ts";

let rehearsal: Rehearsal;
let struck: Struck;
const TEXT = `name: maison
machines:
  s1: { roles: [control-plane, worker] }
  s2: { roles: [control-plane, worker] }
  s3: { roles: [control-plane, worker] }
machineDefaults: { hardware: mini-pc }
kubernetes: { distribution: k3s, version: v1.36.1+k3s1, datastore: etcd }
platform: { ingress: none, loadBalancer: none, metrics: false }
`;
const isOnline = (): boolean[] => ["s1", "s2", "s3"].map((name) => rehearsal.cluster.agents.machine(name)!.isOnline);

beforeAll(async () => {
  const homelab = await homelabOf("homelab.yaml", TEXT);
  rehearsal = virtualRehearsal(homelab, { isBreakable: true });
  expect((await rehearsal.settle(() => false)).isReady).toBe(true);
  struck = { homelab, cluster: rehearsal.cluster, site: rehearsal.site };
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

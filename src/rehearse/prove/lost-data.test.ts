/** What losses take from a replicated database. Volumes, and disks that are lost, are told in the scenarios and in the examples' proofs. */
import { expect, it } from "vitest";
import { homelabOf } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Fault } from "../../scenarios/fault.ts";
import type { SimClient } from "../../sim/api/client.ts";
import { lostData } from "./lost-data.ts";

/** The primary on worker1, which runs inside the computer `left`, and its replica on another worker. */
const instance = (name: string, nodeName: string, role: string): KubeObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "academy", labels: { "cnpg.io/cluster": "academy-main-db", "cnpg.io/instanceRole": role } }, spec: { nodeName } });

async function lostBy(fault: Fault): Promise<string[]> {
  const homelab = await homelabOf("examples/kubeadm-ha/homelab.yaml");
  const [app] = Object.values(homelab.apps).filter(({ databases }) => Object.keys(databases).length > 0);
  const [database] = Object.keys(app!.databases);
  const name = app!.namespace === app!.name || database === app!.name ? `${database}-db` : `${app!.name}-${database}-db`;
  const pods = [instance("one", "worker1", "primary"), instance("two", "worker2", "replica")].map((pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, "cnpg.io/cluster": name } } }));
  const client = { list: (type: string) => (type === "pods" ? pods : []), get: () => undefined } as unknown as SimClient;
  return lostData(client, homelab, fault, new Set()).map(({ what, extent }) => `${what}: ${extent}`);
}

it.each<[Fault, string[]]>([
  [{ id: "power-off", target: "worker1" }, ["database main: last writes"]],
  [{ id: "power-off", target: "worker2" }, []],
  // The computer takes its virtual machines along.
  [{ id: "part-off", target: "left" }, ["database main: last writes"]],
  [{ id: "part-off", target: "middle" }, []],
  // All machines are cut off from each other: no replica takes over.
  [{ id: "part-off", target: "switch" }, []],
  [{ id: "machine-slow", target: "worker1" }, []],
])("%j", async (fault, lost) => {
  expect(await lostBy(fault)).toEqual(lost);
});

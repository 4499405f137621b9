/** What losses take from a replicated database. Volumes, and disks that are lost, are told in the scenarios and in the examples' proofs. */
import { expect, it } from "vitest";
import { homelabOf } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Fault } from "../../scenarios/fault.ts";
import type { SimClient } from "../../sim/api/client.ts";
import type { DataLoss } from "../../sim/storage/loss-without.ts";
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
  return lostData({ client, volumes: { lossWithout: () => undefined, of: () => undefined } }, homelab, fault, new Set()).map(({ what, extent }) => `${what}: ${extent}`);
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

it.each<[DataLoss | undefined, object[]]>([
  // Storage that keeps copies has it elsewhere.
  [undefined, []],
  [{ extent: "writes", withinMs: 52_000, behind: "worker3" }, [{ app: "photos", what: "volume data", extent: "last writes", withinMs: 52_000, why: "the copy on worker3 that is left was behind" }]],
  [{ extent: "everything", copies: 2 }, [{ app: "photos", what: "volume data", extent: "everything", why: "none of its copies that is whole is left" }]],
])("a volume with copies: %j", async (loss, lost) => {
  const homelab = await homelabOf("examples/kubeadm-ha/homelab.yaml");
  const [app] = Object.values(homelab.apps);
  const photos = { ...app!, name: "photos", namespace: "photos", databases: {}, volumes: { data: { name: "data", storageClass: "longhorn", size: "5Gi" } } } as unknown as (typeof homelab.apps)[string];
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "photos" }, spec: { volumeName: "pvc-1" } };
  const client = { list: (type: string) => (type === "persistentvolumeclaims" ? [claim] : []), get: () => undefined } as unknown as SimClient;
  const volumes = { lossWithout: (name: string) => (name === "pvc-1" ? loss : undefined), of: () => undefined };
  expect(lostData({ client, volumes }, { ...homelab, apps: { photos } }, { id: "disk-lost", target: "worker1" }, new Set())).toEqual(lost);
});

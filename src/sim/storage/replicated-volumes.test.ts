/** Volumes with copies in a whole cluster: placed, opened where they are attached, moved. What each kind of storage does with its copies is tested beside it. */
import { beforeEach, expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { Cluster, type ClusterOptions } from "../cluster.ts";
import type { Pod } from "../kubelet/pod.ts";
import { testMachine } from "../kubelet/test-machine.ts";
import { TEST_START_MS } from "../testing/harness.ts";
import { LINSTOR, LONGHORN } from "./drivers.ts";

const DAY_MS = 86_400_000;
let cluster: Cluster;

function newCluster(more: Partial<ClusterOptions> = {}): Cluster {
  return new Cluster({
    version: "v1.36.3",
    seed: "volumes",
    startMs: TEST_START_MS,
    machines: ["pi1", "pi2", "pi3"].map((name) => testMachine(name, { pullBytesPerSecond: 1e12 })),
    network: { podCidrs: ["10.244.0.0/16"], serviceCidrs: ["10.96.0.0/12"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.11"],
    apiPort: 6443,
    certificates: certificateAuthority("test", TEST_START_MS - DAY_MS, TEST_START_MS + 30 * DAY_MS),
    hasMetricsServer: false,
    log: () => undefined,
    ...more,
  });
}

function deploy(provisioner: string, parameters: Record<string, string>, nodeSelector: Record<string, string> = {}): void {
  const { client } = cluster;
  client.create("storage.k8s.io/storageclasses", { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "copied" }, provisioner, parameters });
  client.create("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "copied", resources: { requests: { storage: "6Gi" } } } });
  const template = { metadata: { labels: { app: "web" } }, spec: { nodeSelector, containers: [{ name: "web", image: "nginx:1.29" }], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] } };
  client.create("apps/deployments", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" }, spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template } });
  cluster.run(120_000);
}

const pods = (): string[] => cluster.client.list<Pod>("pods", { namespace: "default" }).map(({ spec, metadata }) => `${spec.nodeName}${metadata.deletionTimestamp === undefined ? "" : " (ends)"}`).sort();
const machines = (): string[] => cluster.volumes.all[0]!.copies.map(({ machine }) => machine).sort();

beforeEach(() => {
  cluster = newCluster();
  cluster.run(60_000);
});

it("are placed by the parameters of their class, and opened where their pod is", () => {
  deploy(LONGHORN, { numberOfReplicas: "2" });
  const [volume] = cluster.volumes.all;
  expect([machines().length, volume!.openOn, volume!.stopped]).toEqual([2, pods()[0], undefined]);
});

it("do not exist where storage keeps no copies", () => {
  deploy("nfs.csi.k8s.io", {});
  expect(cluster.volumes.isEmpty).toBe(true);
});

it("that are new spread over the machines with most room", () => {
  deploy(LONGHORN, { numberOfReplicas: "1" });
  cluster.client.create("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "more", namespace: "default" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "copied", resources: { requests: { storage: "6Gi" } } } });
  cluster.run(10_000);
  expect(new Set(cluster.volumes.all.flatMap(({ copies }) => copies.map(({ machine }) => machine))).size).toBe(2);
});

it("go on in another cluster as they were", () => {
  deploy(LONGHORN, { numberOfReplicas: "2" });
  const other = machines().find((machine) => machine !== pods()[0])!;
  cluster.agents.machine(other)!.powerOff();
  cluster.run(60_000);
  const next = newCluster({ startMs: cluster.loop.now(), snapshot: cluster.registry.store.dump(), running: cluster.agents.state(), volumes: cluster.volumes.state });
  expect(next.volumes.state).toEqual(cluster.volumes.state);
  expect(next.volumes.all[0]!.copies.find(({ machine }) => machine === other)!.hasUntilMs).toBeDefined();
});

it("of LINSTOR are taken from a machine that is lost by Piraeus' HA controller, once another could have them (fail-over-timeout 5 s, reconcile-interval 10 s)", () => {
  deploy(LINSTOR, { placementCount: "2" });
  const [first] = pods();
  cluster.agents.machine(first!)!.powerOff();
  cluster.run(20_000);
  expect(pods()).toEqual([first]);
  cluster.run(7_000);
  expect(pods()).toContain(`${first} (ends)`);
  expect(cluster.client.get("nodes", undefined, first!)!["spec"].taints).toContainEqual({ key: "drbd.linbit.com/lost-quorum", effect: "NoSchedule" });
  // The attachment is missed at the next look of the minute (`attach-detach-reconcile-sync-period`).
  cluster.run(70_000);
  const [volume] = cluster.volumes.all;
  expect([volume!.openOn === first, volume!.stopped, volume!.lost]).toEqual([false, undefined, []]);
  cluster.agents.machine(first!)!.powerOn();
  cluster.run(30_000);
  expect(cluster.client.get("nodes", undefined, first!)!["spec"].taints ?? []).toEqual([]);
});

it("that went away under a pod that runs on are mounted anew: Longhorn deletes the pod", () => {
  // The copies are on the others, by name.
  deploy(LONGHORN, { numberOfReplicas: "2" }, { "kubernetes.io/hostname": "pi3" });
  const [pod] = cluster.client.list<Pod>("pods", { namespace: "default" });
  expect(machines()).toEqual(["pi1", "pi2"]);
  for (const machine of machines()) cluster.agents.machine(machine)!.powerOff();
  cluster.run(30_000);
  expect(cluster.volumes.all[0]!.stopped).toMatch(/faulted/);
  for (const machine of machines()) cluster.agents.machine(machine)!.powerOn();
  cluster.run(60_000);
  expect(cluster.volumes.all[0]!.stopped).toBeUndefined();
  expect(cluster.client.get("pods", "default", pod!.metadata.name)).toBeUndefined();
});

import { expect, it } from "vitest";
import { customResourceDefinitionController } from "../../api/extensions/custom-resource-definition.ts";
import { createTestCluster } from "../../testing/harness.ts";
import { customKind } from "../testing/custom-kind.ts";
import type { Node, Pod } from "../shapes.ts";
import { addNode } from "../testing/pod-runner.ts";
import { timingsFor } from "../timings.ts";
import { attachDetachController } from "../volume/attach-detach.ts";
import { longhornPodsController } from "./longhorn-pods.ts";

const SECOND_MS = 1_000;
type Harness = ReturnType<typeof createTestCluster>;

function withLonghorn(policy: string | undefined): Harness {
  const cluster = createTestCluster();
  const { client } = cluster;
  for (const name of ["pi1", "pi2"]) addNode(client, name);
  cluster.start(customResourceDefinitionController(cluster.registry.types));
  cluster.start(attachDetachController(timingsFor(36)));
  cluster.start(longhornPodsController());
  customKind(cluster, "longhorn.io", "v1beta2", "Setting", "settings");
  client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "longhorn-system" } });
  client.create("persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "data" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "longhorn", csi: { driver: "driver.longhorn.io", volumeHandle: "data" }, claimRef: { namespace: "default", name: "data" } } });
  client.create("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" }, spec: { volumeName: "data", storageClassName: "longhorn", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } });
  if (policy !== undefined) client.create("longhorn.io/settings", { apiVersion: "longhorn.io/v1beta2", kind: "Setting", metadata: { name: "node-down-pod-deletion-policy", namespace: "longhorn-system" }, value: policy });
  return cluster;
}

function run(cluster: Harness, name: string, nodeName: string, owner?: string): void {
  cluster.client.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: "apps/v1", kind: owner, name: "web", uid: "u", controller: true }] }) },
    spec: { nodeName, containers: [{ name: "web", image: "nginx" }], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
  });
  const created = cluster.client.get<Pod>("pods", "default", name)!;
  // What a machine that is down never takes back.
  if (nodeName === "pi1") cluster.client.updateStatus<Pod>("pods", { ...created, status: { ...created.status, phase: "Running", containerStatuses: [{ name: "web", image: "", imageID: "", ready: true, restartCount: 0, state: { running: { startedAt: "2026-01-01T00:00:00Z" } } } as never] } });
}

function loseNode({ client }: Harness): void {
  const node = client.get<Node>("nodes", undefined, "pi1")!;
  client.updateStatus<Node>("nodes", { ...node, status: { ...node.status, volumesInUse: ["kubernetes.io/csi/driver.longhorn.io^data"], conditions: [{ type: "Ready", status: "Unknown" }] } });
}

const left = ({ client }: Harness): string[] => client.list("pods", { namespace: "default" }).map(({ metadata }) => metadata.name).sort();
const attachedTo = ({ client }: Harness): string[] => client.list("storage.k8s.io/volumeattachments").map(({ spec }) => spec.nodeName as string);

/** The second at which it comes to hold, of at most as many. */
function secondsUntil(cluster: Harness, holds: () => boolean, secondsMax: number): number | undefined {
  for (let second = 0; second <= secondsMax; second++) {
    if (holds()) return second;
    cluster.run(SECOND_MS);
  }
  return undefined;
}

it("takes the volume of a machine that is down away at once, then deletes its pod by force: the next pod has it after two minutes at most, without the six", () => {
  const cluster = withLonghorn("delete-both-statefulset-and-deployment-pod");
  run(cluster, "old", "pi1", "ReplicaSet");
  cluster.run(5 * SECOND_MS);
  expect(attachedTo(cluster)).toEqual(["pi1"]);
  loseNode(cluster);
  const attached: string[] = [];
  cluster.client.watch("storage.k8s.io/volumeattachments", ({ object, type }) => {
    if (type === "MODIFIED" && object["status"]?.attached === true) attached.push(object["spec"].nodeName as string);
  });
  cluster.client.delete("pods", "default", "old");
  run(cluster, "new", "pi2", "ReplicaSet");
  cluster.run(SECOND_MS);
  expect([attachedTo(cluster), left(cluster)]).toEqual([[], ["new", "old"]]);
  const deleted = secondsUntil(cluster, () => !left(cluster).includes("old"), 120)!;
  // Its grace of 30 s is waited for. Upstream's controller looks once a minute whether what it attached still is, and attaches it anew while the pod counts as running.
  expect(deleted).toBeGreaterThanOrEqual(28);
  expect(secondsUntil(cluster, () => attachedTo(cluster).includes("pi2"), 119 - deleted)).toBeDefined();
  cluster.run(5 * SECOND_MS);
  // Not to pi1 once more: Longhorn refuses a machine that is not ready.
  expect(attached).toEqual(["pi2"]);
});

it.each([
  ["do-nothing", ["database", "deployment", "nobody", "stateful-set"]],
  ["delete-statefulset-pod", ["database", "deployment", "nobody"]],
  ["delete-deployment-pod", ["database", "nobody", "stateful-set"]],
  ["delete-both-statefulset-and-deployment-pod", ["database", "nobody"]],
  [undefined, ["database", "deployment", "nobody", "stateful-set"]],
])("policy %s: these pods stay on the machine that is down: %j", (policy, stay) => {
  const cluster = withLonghorn(policy);
  loseNode(cluster);
  for (const [name, owner] of [["deployment", "ReplicaSet"], ["stateful-set", "StatefulSet"], ["database", "Cluster"], ["nobody", undefined]] as const) {
    run(cluster, name, "pi1", owner);
    cluster.client.delete("pods", "default", name);
  }
  cluster.run(600 * SECOND_MS);
  expect(left(cluster)).toEqual(stay);
});

it("leaves pods and volumes of a machine that is well alone", () => {
  const cluster = withLonghorn("delete-both-statefulset-and-deployment-pod");
  run(cluster, "old", "pi1", "ReplicaSet");
  cluster.client.delete("pods", "default", "old");
  cluster.run(300 * SECOND_MS);
  expect([left(cluster), attachedTo(cluster)]).toEqual([["old"], ["pi1"]]);
});

import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Node, Pod } from "../kubelet/pod.ts";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
import { startScheduler } from "./scheduler.ts";
import { prepareNamespace } from "./test-namespace.ts";
import { type NodeOptions, requests, testNode, testPod } from "./test-objects.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = createTestCluster();
  prepareNamespace(cluster.client);
  startScheduler(cluster.context("scheduler"));
});

function addNode(name: string, options?: NodeOptions): void {
  const node = testNode(name, options);
  const created = cluster.client.create<Node>("nodes", node);
  // Admission taints every new node until it is ready.
  const taints = options?.taints ?? [];
  cluster.client.update("nodes", { ...created, spec: { ...created.spec, taints } });
  const current = cluster.client.get<Node>("nodes", undefined, name)!;
  cluster.client.updateStatus("nodes", { ...current, status: node.status! });
}

function pod(name: string): Pod {
  return cluster.client.get<Pod>("pods", "default", name)!;
}

function create(...pods: Pod[]): void {
  for (const one of pods) cluster.client.create("pods", one);
  cluster.run(100);
}

const condition = (name: string): string | undefined => pod(name).status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;
const eventsOf = (name: string): string[] =>
  cluster.client
    .list("events", { namespace: "default" })
    .filter((event) => event.involvedObject.name === name)
    .map((event) => `${event.type} ${event.reason} ${event.message}`);

test("a pod is bound to the node that has room, and its event says so", () => {
  addNode("small", { cpu: "500m" });
  addNode("big", { cpu: "4" });
  create(testPod("web", requests("1", "1Gi")));
  expect(pod("web").spec.nodeName).toBe("big");
  expect(eventsOf("web")).toEqual(["Normal Scheduled Successfully assigned default/web to big"]);
});

test("a pod that fits nowhere says why in upstream's words, and is placed when a node comes", () => {
  addNode("a", { memory: "1Gi" });
  addNode("b", { taints: [{ key: "role", value: "db", effect: "NoSchedule" }] });
  addNode("c", { unschedulable: true });
  create(testPod("web", requests("1", "2Gi")));
  expect(pod("web").spec.nodeName).toBeUndefined();
  const text =
    "0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. " +
    "no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
  expect(condition("web")).toBe(text);
  expect(pod("web").status?.conditions).toMatchObject([{ type: "PodScheduled", status: "False", reason: "Unschedulable" }]);
  expect(eventsOf("web")).toEqual([`Warning FailedScheduling ${text}`]);
  addNode("d");
  cluster.run(100);
  expect(pod("web").spec.nodeName).toBe("d");
});

test("nodes with a taint that a pod does not tolerate do not bring it back; all pods are refused in the same words until one is free", () => {
  const tainted = { taints: [{ key: "role", value: "db", effect: "NoSchedule" as const }] };
  addNode("a", tainted);
  cluster.client.create("scheduling.k8s.io/priorityclasses", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "polite" }, value: 0, preemptionPolicy: "Never" } as KubeObject);
  create(testPod("web"), testPod("polite", { priorityClassName: "polite" }), testPod("other"), testPod("db", { tolerations: [{ key: "role", operator: "Exists" }] }));
  expect(pod("db").spec.nodeName).toBe("a");
  const text = "0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
  expect([condition("web"), condition("other")]).toEqual([text, text]);
  expect(condition("polite")).toContain("not eligible due to preemptionPolicy=Never.");
  // Admission taints every new node until it is ready: none of its changes on the way frees it.
  addNode("b", tainted);
  cluster.run(20_000);
  expect(condition("web")).toBe(text);
  expect(eventsOf("web")).toEqual([`Warning FailedScheduling ${text}`]);
  create(testPod("late"));
  expect(condition("late")).toContain("0/2 nodes are available: 2 node(s) had untolerated taint(s).");
  const node = cluster.client.get<Node>("nodes", undefined, "b")!;
  cluster.client.update("nodes", { ...node, spec: { ...node.spec, taints: [] } });
  cluster.run(100);
  expect(["web", "polite", "other", "late"].map((name) => pod(name).spec.nodeName)).toEqual(["b", "b", "b", "b"]);
});

test("without a node there is nothing to do but wait", () => {
  create(testPod("web"));
  expect(condition("web")).toBe("no nodes available to schedule pods");
  addNode("a");
  cluster.run(100);
  expect(pod("web").spec.nodeName).toBe("a");
});

test("a pod of higher priority takes the place of one of lower priority", () => {
  addNode("a", { cpu: "2" });
  cluster.client.create("scheduling.k8s.io/priorityclasses", {
    apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "high" }, value: 1000,
  });
  create(testPod("low", requests("1500m", "1Gi")));
  expect(pod("low").spec.nodeName).toBe("a");
  create(testPod("high", { ...requests("1500m", "1Gi"), priorityClassName: "high", priority: 1000 }));
  expect(pod("high").status?.nominatedNodeName).toBe("a");
  expect(condition("high")).toBe("0/1 nodes are available: 1 Insufficient cpu.");
  expect(pod("low").metadata.deletionTimestamp).toBeDefined();
  expect(pod("low").status?.conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", reason: "PreemptionByScheduler", message: "default-scheduler: preempting to accommodate a higher priority pod" }),
  );
  expect(eventsOf("low")).toContain(`Normal Preempted Preempted by pod ${pod("high").metadata.uid} on node a`);
  cluster.client.delete("pods", "default", "low", { gracePeriodSeconds: 0 });
  cluster.run(100);
  expect(pod("high").spec.nodeName).toBe("a");
});

test("a gated pod waits until its gate is gone", () => {
  addNode("a");
  create(testPod("web", { schedulingGates: [{ name: "example.org/hold" }] }));
  expect(pod("web").spec.nodeName).toBeUndefined();
  expect(eventsOf("web")).toEqual([]);
  cluster.client.patch("pods", "default", "web", { spec: { schedulingGates: null } });
  cluster.run(100);
  expect(pod("web").spec.nodeName).toBe("a");
});

test("pods of one Service spread over the nodes by the system's defaults", () => {
  for (const name of ["a", "b", "c"]) addNode(name);
  cluster.client.create("services", {
    apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  create(...[1, 2, 3].map((index) => testPod(`web-${index}`, requests("100m", "100Mi"), { labels: { app: "web" } })));
  expect(new Set([1, 2, 3].map((index) => pod(`web-${index}`).spec.nodeName)).size).toBe(3);
});

test("a claim that waits for its first consumer is told the node, and the pod is bound when the claim is", () => {
  addNode("a");
  cluster.client.create("storage.k8s.io/storageclasses", {
    apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "local" }, provisioner: "rancher.io/local-path", volumeBindingMode: "WaitForFirstConsumer",
  });
  const claim = {
    apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" },
    spec: { storageClassName: "local", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  create(testPod("db", { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] }));
  expect(condition("db")).toBe(
    '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
  );
  cluster.client.create("persistentvolumeclaims", claim);
  cluster.run(100);
  const waiting = cluster.client.get("persistentvolumeclaims", "default", "data")!;
  expect(waiting.metadata.annotations?.["volume.kubernetes.io/selected-node"]).toBe("a");
  expect(pod("db").spec.nodeName).toBeUndefined();
  cluster.client.create("persistentvolumes", {
    apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "pv" },
    spec: {
      capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "local", local: { path: "/data" },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["a"] }] }] } },
    },
  });
  cluster.client.patch("persistentvolumeclaims", "default", "data", { metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes" } }, spec: { volumeName: "pv" } });
  cluster.run(100);
  expect(pod("db").spec.nodeName).toBe("a");
});

test("a thousand pods on a hundred nodes are placed in well under a second, evenly", () => {
  for (let i = 0; i < 100; i++) addNode(`node-${i}`);
  for (let i = 0; i < 1000; i++) cluster.client.create("pods", testPod(`web-${i}`, requests("100m", "100Mi"), { labels: { app: "web" } }));
  const before = process.cpuUsage();
  cluster.run(1000);
  const { user, system } = process.cpuUsage(before);
  const perNode = new Map<string, number>();
  for (const one of cluster.client.list<Pod>("pods", { namespace: "default" })) perNode.set(one.spec.nodeName!, (perNode.get(one.spec.nodeName!) ?? 0) + 1);
  expect(perNode.size).toBe(100);
  expect(Math.max(...perNode.values())).toBe(10);
  // A quarter of a second of processor time; the bound only catches a wrong order of growth.
  expect((user + system) / 1000).toBeLessThan(5_000);
});

test("nodes that score the same are drawn from, unless somebody chooses; who wants to know is told of every pod", () => {
  const chosen = createTestCluster();
  prepareNamespace(chosen.client);
  const told: string[] = [];
  startScheduler(chosen.context("scheduler"), { ties: { choose: (_pod, nodes) => (nodes.includes("c") ? "c" : "nowhere"), onPlaced: ({ key }, nodes, taken) => told.push(`${key} ${nodes.join(" ")}: ${taken}`) } });
  cluster = chosen;
  addNode("a");
  addNode("b");
  addNode("c");
  create(testPod("first", requests("1", "1Gi")), testPod("second", requests("1", "1Gi")), testPod("third", requests("1", "1Gi")));
  // A name that is none of the best takes the first of them.
  expect(told).toEqual(["default/first a b c: c", "default/second a b: a", "default/third b: b"]);
});

import { beforeEach, describe, expect, it } from "vitest";
import { rfc3339Micro } from "../../../lib/rfc3339.ts";
import { createTestCluster, TEST_START_MS, type TestCluster } from "../../testing/harness.ts";
import { replicaSetController } from "../replica-set.ts";
import type { Node, Pod } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, workload } from "../testing/workloads.ts";
import { timingsFor } from "../timings.ts";
import { nodeIpamController, subnet } from "./node-ipam.ts";
import { nodeLifecycleController, zoneStateOf } from "./node-lifecycle.ts";
import { nodeTaintController } from "./node-taints.ts";
import { podGcController } from "./pod-gc.ts";
import { taintEvictionController } from "./taint-eviction.ts";

const TIMINGS = timingsFor(36);
/** What admission adds to a pod that says nothing. */
const DEFAULT_TOLERATIONS = ["not-ready", "unreachable"].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
let cluster: TestCluster;
let silent: Set<string>;

const node = (name: string): Node => cluster.client.get<Node>("nodes", undefined, name)!;
const taints = (name: string): string[] => (node(name).spec.taints ?? []).map(({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`).sort();
const pods = (): readonly Pod[] => cluster.client.list<Pod>("pods", { namespace: "default" });
const nowSeconds = (): number => (cluster.loop.now() - TEST_START_MS) / 1000;

/** Seconds from now until `condition` holds, looking every second. */
function secondsUntil(condition: () => boolean, max = 1_000): number {
  const start = nowSeconds();
  while (!condition() && nowSeconds() - start < max) cluster.run(1_000);
  return nowSeconds() - start;
}

function start(names: readonly string[], zoneOf: (name: string) => string | undefined = () => undefined): void {
  cluster = createTestCluster();
  silent = new Set();
  const { client, loop } = cluster;
  for (const name of names) {
    const zone = zoneOf(name);
    addNode(client, name, zone ? { labels: { "topology.kubernetes.io/zone": zone } } : {});
    client.create("coordination.k8s.io/leases", { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, namespace: "kube-node-lease" }, spec: { renewTime: rfc3339Micro(loop.now()) } });
  }
  const renew = (): void => {
    for (const name of names) {
      if (silent.has(name)) continue;
      client.patch("coordination.k8s.io/leases", "kube-node-lease", name, { spec: { renewTime: rfc3339Micro(loop.now()) } });
      const current = node(name);
      if (current.status!.conditions![0]!.status !== "True") client.updateStatus("nodes", { ...current, status: { ...current.status, conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }] } });
    }
    loop.after(10_000, renew);
  };
  loop.after(10_000, renew);
  for (const reconciler of [nodeLifecycleController(TIMINGS), nodeTaintController, taintEvictionController(), podGcController(TIMINGS), replicaSetController()]) cluster.start(reconciler);
}

function replicas(count: number): void {
  cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: count, template: { metadata: { labels: { app: "web" } }, spec: { tolerations: DEFAULT_TOLERATIONS, containers: [{ name: "web", image: "ghcr.io/example/web:1" }] } } }));
}

describe("a node that falls silent", () => {
  beforeEach(() => {
    start(["pi1", "pi2", "pi3"]);
    runPods(cluster);
    replicas(3);
    cluster.run(30_000);
  });

  it("is Unknown after the grace period, with its pods not ready and both taints", () => {
    silent.add("pi1");
    const seconds = secondsUntil(() => node("pi1").status!.conditions!.some(({ type, status }) => type === "Ready" && status === "Unknown"));
    expect(seconds).toBeGreaterThanOrEqual(40);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(node("pi1").status!.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." }));
    expect(node("pi1").status!.conditions).toContainEqual(expect.objectContaining({ type: "MemoryPressure", status: "Unknown", reason: "NodeStatusNeverUpdated" }));
    cluster.run(1_000);
    expect(taints("pi1")).toEqual(["unreachable:NoExecute", "unreachable:NoSchedule"]);
    const pod = pods().find(({ spec }) => spec.nodeName === "pi1")!;
    expect(pod.status!.conditions!.find(({ type }) => type === "Ready")!.status).toBe("False");
    expect(eventsAbout(cluster.client, "Node", "pi1").at(-1)).toBe("NodeNotReady: Node pi1 status is now: NodeNotReady");
    expect(eventsAbout(cluster.client, "Pod", pod.metadata.name)).toContain("NodeNotReady: Node is not ready");
  });

  it("loses its pods 300 s later, and their replacements run elsewhere", () => {
    silent.add("pi1");
    secondsUntil(() => taints("pi1").includes("unreachable:NoExecute"));
    const marked = (): Pod | undefined => pods().find(({ spec, metadata }) => spec.nodeName === "pi1" && metadata.deletionTimestamp !== undefined);
    const seconds = secondsUntil(() => marked() !== undefined || pods().every(({ spec }) => spec.nodeName !== "pi1"));
    expect(seconds).toBeGreaterThanOrEqual(299);
    expect(seconds).toBeLessThanOrEqual(301);
    cluster.run(10_000);
    expect(pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(3);
  });

  it("keeps its pods when it comes back in time", () => {
    const before = pods().map(({ metadata }) => metadata.uid).sort();
    silent.add("pi1");
    cluster.run(120_000);
    silent.delete("pi1");
    cluster.run(600_000);
    expect(taints("pi1")).toEqual([]);
    expect(pods().map(({ metadata }) => metadata.uid).sort()).toEqual(before);
    expect(cluster.client.list("events").map(({ message }) => message as string)).toContainEqual(expect.stringMatching(/^Cancelling deletion of Pod default\/web-/));
  });

  it("waits 10 s for its taint when another went before it", () => {
    silent.add("pi1").add("pi2");
    secondsUntil(() => taints("pi1").includes("unreachable:NoExecute") || taints("pi2").includes("unreachable:NoExecute"));
    const seconds = secondsUntil(() => taints("pi1").includes("unreachable:NoExecute") && taints("pi2").includes("unreachable:NoExecute"));
    expect(seconds).toBeGreaterThanOrEqual(9);
    expect(seconds).toBeLessThanOrEqual(11);
  });

  it("has no taint to fear when all are silent", () => {
    for (const name of ["pi1", "pi2", "pi3"]) silent.add(name);
    cluster.run(900_000);
    expect(taints("pi1")).toEqual(["unreachable:NoSchedule"]);
    expect(pods().every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
    silent.clear();
    cluster.run(60_000);
    expect(taints("pi1")).toEqual([]);
  });
});

describe("the share of silent nodes", () => {
  it.each([
    // ready, not ready, state: the table of small clusters.
    [1, 1, "Normal"],
    [1, 2, "Normal"],
    [2, 2, "Normal"],
    [1, 3, "PartialDisruption"],
    [2, 3, "PartialDisruption"],
    [3, 3, "Normal"],
    [2, 4, "PartialDisruption"],
    [3, 4, "PartialDisruption"],
    [0, 3, "FullDisruption"],
  ] as const)("%i ready and %i not make a zone %s", (ready, notReady, state) => {
    expect(zoneStateOf(ready, notReady, TIMINGS)).toBe(state);
  });

  it("stops all evictions in a small zone that is partly disrupted", () => {
    start(["a", "b", "c", "d", "e"]);
    cluster.run(30_000);
    for (const name of ["a", "b", "c"]) silent.add(name);
    cluster.run(900_000);
    expect(["a", "b", "c"].map((name) => taints(name))).toEqual(Array(3).fill(["unreachable:NoSchedule"]));
  });

  it("drains a zone that is wholly silent while another lives", () => {
    start(["a", "b", "c", "d"], (name) => (name < "c" ? "attic" : "cellar"));
    cluster.run(30_000);
    silent.add("a").add("b");
    cluster.run(120_000);
    expect(taints("a")).toContain("unreachable:NoExecute");
    expect(taints("b")).toContain("unreachable:NoExecute");
  });
});

describe("the grace period", () => {
  it("is 40 s up to 1.31 and 50 s from 1.32", () => {
    expect([31, 32, 36].map((minor) => timingsFor(minor).nodeMonitorGraceMs)).toEqual([40_000, 50_000, 50_000]);
  });

  it("begins anew when the controller manager fails over", () => {
    start(["pi1", "pi2"]);
    cluster.run(30_000);
    silent.add("pi1");
    cluster.run(40_000);
    const again = nodeLifecycleController(TIMINGS);
    const stop = cluster.start(again);
    stop();
    expect(node("pi1").status!.conditions![0]!.status).toBe("True");
  });
});

describe("pod garbage", () => {
  it("is collected when the node is gone, or out of service", () => {
    start(["pi1", "pi2"]);
    runPods(cluster, { stopMs: 10_000_000 });
    replicas(2);
    cluster.run(30_000);
    cluster.client.delete("nodes", undefined, "pi1");
    silent.add("pi1");
    const seconds = secondsUntil(() => pods().every(({ spec }) => spec.nodeName !== "pi1"));
    expect(seconds).toBeGreaterThanOrEqual(40);
    expect(seconds).toBeLessThanOrEqual(80);
    const victim = pods().find(({ spec }) => spec.nodeName === "pi2")!;
    cluster.client.delete("pods", "default", victim.metadata.name);
    cluster.run(60_000);
    expect(cluster.client.get("pods", "default", victim.metadata.name)).toBeDefined();
    silent.add("pi2");
    cluster.client.patch("nodes", undefined, "pi2", { spec: { taints: [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }] } });
    cluster.run(120_000);
    expect(cluster.client.get("pods", "default", victim.metadata.name)).toBeUndefined();
  });
});

describe("pod ranges", () => {
  it("are the lowest free ones, one per family", () => {
    cluster = createTestCluster();
    cluster.start(nodeIpamController({ podCidrs: ["10.42.0.0/16", "fd42::/56"] }));
    addNode(cluster.client, "pi1");
    addNode(cluster.client, "pi2");
    cluster.run(1_000);
    expect(node("pi1").spec).toMatchObject({ podCIDR: "10.42.0.0/24", podCIDRs: ["10.42.0.0/24", "fd42::/64"] });
    expect(node("pi2").spec.podCIDRs).toEqual(["10.42.1.0/24", "fd42:0:0:1::/64"]);
    expect(subnet("10.42.0.0/30", 24, 0)).toBeUndefined();
  });
});

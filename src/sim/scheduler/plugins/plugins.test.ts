/** Filters and scores against values worked out from upstream's formulas by hand. */
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import type { Node, Pod } from "../../kubelet/pod.ts";
import { NodeCache } from "../node-cache.ts";
import { isRejection, type Plugin } from "../plugin.ts";
import { podInfo } from "../pod-info.ts";
import { feasibleCountWanted } from "../schedule-pod.ts";
import { requests, testNode, testPod } from "../test-objects.ts";
import { imageLocality } from "./image-locality.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { taintToleration } from "./taint-toleration.ts";

/** A client that knows only these objects. */
function reader(objects: readonly KubeObject[] = []): SimClient {
  const kinds: Readonly<Record<string, string>> = { namespaces: "Namespace", services: "Service", "apps/replicasets": "ReplicaSet" };
  const of = (type: string): KubeObject[] => objects.filter((object) => object.kind === kinds[type]);
  return {
    get: (type: string, _namespace: string | undefined, name: string) => of(type).find((object) => object.metadata.name === name),
    list: (type: string) => of(type),
  } as unknown as SimClient;
}

function view(nodes: readonly Node[], pods: readonly Pod[] = [], objects: readonly KubeObject[] = []): NodeCache {
  const cache = new NodeCache(reader(objects));
  for (const node of nodes) cache.setNode(node);
  for (const pod of pods) cache.setPod(pod);
  return cache;
}

function scores(plugin: Plugin, pod: Pod, cache: NodeCache): number[] | undefined {
  const scorer = plugin.scorer?.(podInfo(pod), cache.nodes, cache);
  if (scorer === undefined) return undefined;
  const values = cache.nodes.map((node) => scorer.score(node));
  scorer.normalize?.(values, cache.nodes);
  return values;
}

function reasons(plugin: Plugin, pod: Pod, cache: NodeCache): (string | undefined)[] {
  const filter = plugin.filter?.(podInfo(pod), cache);
  if (filter === undefined) return cache.nodes.map(() => undefined);
  if (isRejection(filter)) return [filter.reasons.join()];
  return cache.nodes.map((node) => filter.check(node)?.reasons.join());
}

const on = (node: string, name: string, spec: Partial<Pod["spec"]> = {}, labels: Record<string, string> = {}): Pod => testPod(name, { ...spec, nodeName: node }, { labels, uid: name });

test("LeastAllocated counts what has no request with 100m and 200Mi", () => {
  const cache = view([testNode("a", { cpu: "4", memory: "10Gi" }), testNode("b", { cpu: "4", memory: "10Gi" })], [on("a", "one", requests("2", "5Gi")), on("b", "two")]);
  // a: cpu (4000-3000)/4000 = 25, memory (10-8)/10 = 20 → 22; b: cpu (4000-1100)/4000 = 72, memory (10-3.195…)/10 = 68 → 70
  expect(scores(nodeResourcesFit, testPod("new", requests("1", "3Gi")), cache)).toEqual([22, 70]);
});

test("BalancedAllocation favours the node that the pod brings into balance", () => {
  const cache = view([testNode("a", { cpu: "4", memory: "4Gi" }), testNode("b", { cpu: "4", memory: "4Gi" })], [on("a", "one", requests("2", "0"))]);
  // a: before |0.5-0|/2 → 75, after |0.5-0.5|/2 → 100: 50+(50+25)/2 = 87; b: before 100, after |0-0.5|/2 → 75: 50+(50-25)/2 = 62
  expect(scores(nodeResourcesBalancedAllocation, testPod("new", requests("0", "2Gi")), cache)).toEqual([87, 62]);
  expect(scores(nodeResourcesBalancedAllocation, testPod("new"), cache)).toBeUndefined();
});

test("what is too little is named in order, and what can never fit is final", () => {
  const cache = view([testNode("a", { cpu: "1", memory: "1Gi", pods: "1" })], [on("a", "one", requests("500m", "512Mi"))]);
  expect(reasons(nodeResourcesFit, testPod("new", requests("600m", "600Mi")), cache)).toEqual(["Too many pods,Insufficient cpu,Insufficient memory"]);
  const filter = nodeResourcesFit.filter!(podInfo(testPod("new", requests("2", "1Mi"))), cache)!;
  expect(isRejection(filter) ? undefined : filter.check(cache.nodes[0]!)).toMatchObject({ isFinal: true });
  const device: Pod = testPod("new", { containers: [{ name: "a", image: "a", resources: { requests: { "example.com/gpu": "1" } } }] });
  expect(reasons(nodeResourcesFit, device, view([testNode("a")]))).toEqual(["Insufficient example.com/gpu"]);
});

test("PreferNoSchedule taints cost score in proportion", () => {
  const soft = (key: string): { key: string; effect: "PreferNoSchedule" } => ({ key, effect: "PreferNoSchedule" });
  const cache = view([testNode("a"), testNode("b", { taints: [soft("x")] }), testNode("c", { taints: [soft("x"), soft("y")] })]);
  expect(scores(taintToleration, testPod("new"), cache)).toEqual([100, 50, 0]);
  expect(scores(taintToleration, testPod("new", { tolerations: [{ key: "x", operator: "Exists" }] }), cache)).toEqual([100, 100, 0]);
});

describe("node affinity", () => {
  const cache = view([testNode("a", { labels: { disk: "ssd", size: "5" } }), testNode("b", { labels: { disk: "hdd", size: "9" } })]);
  const required = (matchExpressions: { key: string; operator: string; values?: string[] }[]): Pod =>
    testPod("new", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: matchExpressions as never }] } } } });
  const MISMATCH = "node(s) didn't match Pod's node affinity/selector";
  test.each([
    ["In", [{ key: "disk", operator: "In", values: ["ssd"] }], [undefined, MISMATCH]],
    ["NotIn", [{ key: "disk", operator: "NotIn", values: ["ssd"] }], [MISMATCH, undefined]],
    ["Gt", [{ key: "size", operator: "Gt", values: ["6"] }], [MISMATCH, undefined]],
    ["DoesNotExist", [{ key: "gpu", operator: "DoesNotExist" }], [undefined, undefined]],
  ])("%s", (_name, expressions, expected) => expect(reasons(nodeAffinity, required(expressions), cache)).toEqual(expected));

  test("preferred weights are scaled to the highest", () => {
    const prefer = (weight: number, value: string): object => ({ weight, preference: { matchExpressions: [{ key: "disk", operator: "In", values: [value] }] } });
    const pod = testPod("new", { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefer(20, "ssd"), prefer(10, "hdd")] as never } } });
    expect(scores(nodeAffinity, pod, cache)).toEqual([100, 50]);
  });

  test("alternatives that exclude each other", () => {
    const names = (name: string): object => ({ key: "metadata.name", operator: "In", values: [name] });
    const pod = testPod("new", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [names("a"), names("b")] as never }] } } } });
    expect(reasons(nodeAffinity, pod, cache)).toEqual(["pod affinity terms conflict"]);
  });
});

test("a host port is taken by the same protocol on the same or on every address", () => {
  const port = (hostPort: number, extra: object = {}): Partial<Pod["spec"]> => ({ containers: [{ name: "a", image: "a", ports: [{ containerPort: 80, hostPort, ...extra }] }] });
  const cache = view([testNode("a")], [on("a", "one", port(8080, { hostIP: "192.0.2.1" }))]);
  const TAKEN = "node(s) didn't have free ports for the requested pod ports";
  expect(reasons(nodePorts, testPod("new", port(8080)), cache)).toEqual([TAKEN]);
  expect(reasons(nodePorts, testPod("new", port(8080, { hostIP: "192.0.2.2" })), cache)).toEqual([undefined]);
  expect(reasons(nodePorts, testPod("new", port(8080, { protocol: "UDP" })), cache)).toEqual([undefined]);
});

describe("spreading", () => {
  const zones = [testNode("a1", { labels: { zone: "a" } }), testNode("a2", { labels: { zone: "a" } }), testNode("b1", { labels: { zone: "b" } }), testNode("none")];
  const spread = (extra: object = {}): Pod =>
    testPod("new", { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "web" } }, ...extra }] as never }, { labels: { app: "web" }, uid: "new" });
  const MISMATCH = "node(s) didn't match pod topology spread constraints";

  test("a domain that is ahead is closed, a node without the label is out", () => {
    const cache = view(zones, [on("a1", "w1", {}, { app: "web" })]);
    expect(reasons(podTopologySpread, spread(), cache)).toEqual([MISMATCH, MISMATCH, undefined, `${MISMATCH} (missing required label)`]);
  });

  test("too few domains count as an empty one", () => {
    const cache = view(zones, [on("a1", "w1", {}, { app: "web" }), on("b1", "w2", {}, { app: "web" })]);
    expect(reasons(podTopologySpread, spread(), cache).slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(reasons(podTopologySpread, spread({ minDomains: 3 }), cache).slice(0, 3)).toEqual([MISMATCH, MISMATCH, MISMATCH]);
  });

  test("matchLabelKeys narrows to pods of the same revision", () => {
    const cache = view(zones, [on("a1", "w1", {}, { app: "web", rev: "1" })]);
    const pod = spread({ matchLabelKeys: ["rev"] });
    pod.metadata.labels = { app: "web", rev: "2" };
    expect(reasons(podTopologySpread, pod, cache).slice(0, 3)).toEqual([undefined, undefined, undefined]);
  });

  test("nodes that the pod cannot use are left out, or counted on demand", () => {
    const cache = view(zones, [on("a1", "w1", {}, { app: "web" })]);
    const pinned = { ...spread(), spec: { ...spread().spec, nodeSelector: { zone: "a" } } };
    expect(reasons(podTopologySpread, pinned, cache).slice(0, 2)).toEqual([undefined, undefined]);
    const counted = spread({ nodeAffinityPolicy: "Ignore" });
    expect(reasons(podTopologySpread, { ...counted, spec: { ...counted.spec, nodeSelector: { zone: "a" } } }, cache).slice(0, 2)).toEqual([MISMATCH, MISMATCH]);
  });

  test("the system's defaults score by hostname with the weight of the number of nodes", () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec: { selector: { app: "web" } } };
    const cache = view([testNode("a"), testNode("b"), testNode("c")], [on("a", "w1", {}, { app: "web" }), on("a", "w2", {}, { app: "web" }), on("b", "w3", {}, { app: "web" })], [service]);
    // Raw: round(count × ln(3+2) + 2) = 5, 4, 2 (no zone label); 100 × (5 + 2 − raw) / 5
    expect(scores(podTopologySpread, testPod("new", {}, { labels: { app: "web" } }), cache)).toEqual([40, 60, 100]);
    expect(scores(podTopologySpread, testPod("new"), cache)).toBeUndefined();
  });
});

describe("affinity between pods", () => {
  const nodes = [testNode("a", { labels: { zone: "a" } }), testNode("b", { labels: { zone: "b" } })];
  const term = (topologyKey: string, app: string): object => ({ topologyKey, labelSelector: { matchLabels: { app } } });
  const wants = (kind: "podAffinity" | "podAntiAffinity", ...terms: object[]): Partial<Pod["spec"]> => ({ affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } } as never });

  test("required affinity, and the first of a series that wants its own kind", () => {
    const cache = view(nodes, [on("b", "db", {}, { app: "db" })]);
    const MISMATCH = "node(s) didn't match pod affinity rules";
    expect(reasons(interPodAffinity, testPod("new", wants("podAffinity", term("zone", "db"))), cache)).toEqual([MISMATCH, undefined]);
    expect(reasons(interPodAffinity, testPod("new", wants("podAffinity", term("zone", "web"))), cache)).toEqual([MISMATCH, MISMATCH]);
    expect(reasons(interPodAffinity, testPod("new", wants("podAffinity", term("zone", "web")), { labels: { app: "web" } }), cache)).toEqual([undefined, undefined]);
  });

  test("anti-affinity works both ways", () => {
    const cache = view(nodes, [on("a", "lonely", wants("podAntiAffinity", term("zone", "web")), { app: "other" })]);
    expect(reasons(interPodAffinity, testPod("new", {}, { labels: { app: "web" } }), cache)).toEqual(["node(s) didn't satisfy existing pods anti-affinity rules", undefined]);
    expect(reasons(interPodAffinity, testPod("new", wants("podAntiAffinity", term("zone", "other"))), cache)).toEqual(["node(s) didn't match pod anti-affinity rules", undefined]);
  });

  test("another namespace counts only where the term names it", () => {
    const other = { ...on("a", "db", {}, { app: "db" }), metadata: { name: "db", namespace: "data", labels: { app: "db" }, uid: "db" } };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "data", labels: { team: "x" } } };
    const cache = view(nodes, [other], [namespace]);
    const anti = (extra: object): Pod => testPod("new", wants("podAntiAffinity", { ...term("zone", "db"), ...extra }));
    expect(reasons(interPodAffinity, anti({}), cache)).toEqual([undefined, undefined]);
    expect(reasons(interPodAffinity, anti({ namespaces: ["data"] }), cache)[0]).toBe("node(s) didn't match pod anti-affinity rules");
    expect(reasons(interPodAffinity, anti({ namespaceSelector: { matchLabels: { team: "x" } } }), cache)[0]).toBe("node(s) didn't match pod anti-affinity rules");
  });

  test("preferences of both sides add up and are spread over 0 to 100", () => {
    const prefer = { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term("zone", "db") }] } } as never };
    const cache = view(nodes, [on("b", "db", {}, { app: "db" })]);
    expect(scores(interPodAffinity, testPod("new", prefer), cache)).toEqual([0, 100]);
    expect(scores(interPodAffinity, testPod("new"), cache)).toBeUndefined();
  });
});

test("ImageLocality counts size and spread, between 23 MB and 1000 MB for each container", () => {
  const MB = 1024 * 1024;
  const image = { names: ["ghcr.io/example/app:1"], sizeBytes: 500 * MB };
  const cache = view([testNode("a", { images: [image] }), testNode("b")]);
  // 500 MB on one of two nodes counts as 250: 100 × (250 − 23) / (1000 − 23) = 23
  expect(scores(imageLocality, testPod("new"), cache)).toEqual([23, 0]);
});

test("how many feasible nodes are looked for", () => {
  expect([5, 99, 100, 150, 1000, 6250, 10_000].map(feasibleCountWanted)).toEqual([5, 99, 100, 100, 420, 312, 500]);
});

import { expect, test } from "vitest";
import { seededRandom } from "../../lib/seeded-random.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { Pod } from "../kubelet/pod.ts";
import { NodeCache } from "./node-cache.ts";
import { DEFAULT_PLUGINS } from "./plugins/all.ts";
import { podInfo } from "./pod-info.ts";
import { preempt } from "./preemption.ts";
import { schedulePod } from "./schedule-pod.ts";
import { requests, testNode, testPod } from "./test-objects.ts";

const FILTERS = DEFAULT_PLUGINS.filter(({ name }) => ["TaintToleration", "NodeAffinity", "NodeResourcesFit", "InterPodAffinity"].includes(name));

function attempt(nodes: readonly string[], pods: readonly Pod[], pod: Pod, budgets: readonly KubeObject[] = []): ReturnType<typeof preempt> {
  const client = { get: () => undefined, list: (type: string) => (type === "policy/poddisruptionbudgets" ? budgets : []) } as unknown as SimClient;
  const cache = new NodeCache(client);
  for (const name of nodes) cache.setNode(testNode(name, { cpu: "2" }));
  for (const one of pods) cache.setPod(one);
  const random = seededRandom("test");
  const info = podInfo(pod);
  const result = schedulePod(info, cache, { plugins: FILTERS, random, cursor: { nextIndex: 0 }, nominated: () => [] });
  if ("node" in result) throw new Error("it fits");
  const before = cache.nodes.map((node) => [...node.pods.keys()]);
  const preemption = preempt(info, cache, result.unschedulable, { random, nominated: () => [] });
  expect(cache.nodes.map((node) => [...node.pods.keys()])).toEqual(before);
  return preemption;
}

const on = (node: string, name: string, cpu: string, priority: number, startTime = "2026-01-01T00:00:00Z", labels: Record<string, string> = {}): Pod => ({
  ...testPod(name, { ...requests(cpu, "1Mi"), nodeName: node, priority }, { labels, uid: name }),
  status: { startTime },
});
const wants = (cpu: string, priority: number, extra: Partial<Pod["spec"]> = {}): Pod => testPod("new", { ...requests(cpu, "1Mi"), priority, ...extra });
const chosen = (result: ReturnType<typeof preempt>): string => (typeof result === "string" ? result : `${result.node.name}: ${result.victims.map(({ pod }) => pod.metadata.name).join(" ")}`);

test("only as many victims as it takes, the least important ones", () => {
  expect(chosen(attempt(["a"], [on("a", "low", "500m", 1), on("a", "mid", "500m", 5), on("a", "high", "1", 9)], wants("500m", 10)))).toBe("a: low");
});

test("the node whose most important victim is least important, then the fewest, then the youngest", () => {
  expect(chosen(attempt(["a", "b"], [on("a", "a1", "2", 5), on("b", "b1", "2", 3)], wants("1", 10)))).toBe("b: b1");
  expect(chosen(attempt(["a", "b"], [on("a", "a1", "1", 3), on("a", "a2", "1", 3), on("b", "b1", "2", 3)], wants("2", 10)))).toBe("b: b1");
  expect(chosen(attempt(["a", "b"], [on("a", "a1", "2", 3), on("b", "b1", "2", 3, "2026-01-01T01:00:00Z")], wants("2", 10)))).toBe("b: b1");
});

test("a disruption budget is spared where another node will do", () => {
  const budget = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "db", namespace: "default" }, spec: { selector: { matchLabels: { app: "db" } } }, status: { disruptionsAllowed: 0 } };
  expect(chosen(attempt(["a", "b"], [on("a", "a1", "2", 1, undefined, { app: "db" }), on("b", "b1", "2", 3)], wants("2", 10), [budget]))).toBe("b: b1");
  // It is not a promise: with no other way the budget is broken.
  expect(chosen(attempt(["a"], [on("a", "a1", "2", 1, undefined, { app: "db" })], wants("2", 10), [budget]))).toBe("a: a1");
});

test("who may not, or cannot, take another's place", () => {
  expect(chosen(attempt(["a"], [on("a", "a1", "2", 1)], wants("2", 10, { preemptionPolicy: "Never" })))).toBe("preemption: not eligible due to preemptionPolicy=Never.");
  expect(chosen(attempt(["a"], [on("a", "a1", "2", 10)], wants("2", 10)))).toBe("preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.");
  expect(chosen(attempt(["a", "b"], [on("a", "a1", "1", 1), on("b", "b1", "2", 20)], wants("3", 10)))).toBe("preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
});

import { describe, expect, it } from "vitest";
import { seededRandom } from "../../lib/seeded-random.ts";
import type { SimClient } from "../api/client.ts";
import type { Pod } from "../kubelet/pod.ts";
import { NodeCache } from "./node-cache.ts";
import { NodeInfo } from "./node-info.ts";
import { PodIndex, type PodQuestion } from "./pod-index.ts";
import { podInfo } from "./pod-info.ts";
import { testNode, testPod } from "./test-objects.ts";

const pod = (name: string, app: string, spec: Partial<Pod["spec"]> = {}): Pod => testPod(name, spec, { labels: { app }, uid: name });
const question = (app: string): PodQuestion => ({ namespace: "default", text: app, matches: ({ metadata }) => metadata.labels?.["app"] === app && metadata.deletionTimestamp === undefined });

describe("the count of pods that match", () => {
  it("follows pods that come, go, are relabelled or are on their way out", () => {
    const index = new PodIndex();
    const node = new NodeInfo(testNode("n"), index);
    const count = (): number => index.counts(question("web")).get(node) ?? 0;
    expect(count()).toBe(0);
    const [a, b] = [podInfo(pod("a", "web")), podInfo(pod("b", "web"))];
    node.addPod(a);
    expect(count()).toBe(1);
    node.addPod(b);
    node.addPod(podInfo(pod("c", "db")));
    expect(count()).toBe(2);
    node.replacePod(a, pod("a", "db"));
    expect(count()).toBe(1);
    node.replacePod(b, { ...b.pod, metadata: { ...b.pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    expect(count()).toBe(0);
    node.replacePod(a, pod("a", "web"));
    expect(count()).toBe(1);
    node.removePod(a.key);
    expect(count()).toBe(0);
  });

  it("is taken once while nothing changes", () => {
    const index = new PodIndex();
    const node = new NodeInfo(testNode("n"), index);
    node.addPod(podInfo(pod("a", "web")));
    let looks = 0;
    const any: PodQuestion = { namespace: "default", text: "any", matches: () => ++looks > 0 };
    expect([index.counts(any).get(node), index.counts(any).get(node), looks]).toEqual([1, 1, 1]);
    const [a] = node.pods.values();
    node.replacePod(a!, { ...a!.pod, status: { phase: "Running" } } as Pod);
    expect([index.counts(any).get(node), looks]).toEqual([1, 1]);
  });

  it("is what counting all pods gives, over nodes that come and go too, and more questions than are kept", () => {
    const random = seededRandom("index");
    const cache = new NodeCache({} as SimClient);
    const anti = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: "app0" } }, topologyKey: "kubernetes.io/hostname" }] } };
    const nodes = ["a", "b", "c"];
    for (let turn = 0; turn < 3_000; turn++) {
      const node = nodes[random.below(3)]!;
      const name = `p${random.below(30)}`;
      const act = random.below(10);
      if (act === 0) cache.removeNode(node);
      else if (act < 3) cache.setNode(testNode(node));
      else if (act < 5) cache.removePod(`default/${name}`);
      else cache.setPod(pod(name, `app${random.below(20)}`, { nodeName: node, ...(random.below(8) === 0 ? { affinity: anti } : {}) }));
      const asked = question(`app${random.below(20)}`);
      const counts = cache.pods.counts(asked);
      for (const info of cache.nodes) expect(counts.get(info) ?? 0).toBe([...info.pods.values()].filter((one) => asked.matches(one.pod)).length);
      expect([...counts.keys()].filter((info) => !cache.nodes.includes(info))).toEqual([]);
      expect(new Set(cache.pods.withRequiredAntiAffinity)).toEqual(new Set(cache.nodes.filter((info) => [...info.pods.values()].some((one) => one.requiredAntiAffinity.length > 0))));
      expect(cache.pods.withAffinity.size).toBe(cache.pods.withRequiredAntiAffinity.size);
    }
  });
});

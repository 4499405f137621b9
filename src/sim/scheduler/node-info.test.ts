import { describe, expect, it } from "vitest";
import type { Node, Pod } from "../kubelet/pod.ts";
import { NodeInfo } from "./node-info.ts";
import { podInfo } from "./pod-info.ts";

const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" }, spec: {}, status: { allocatable: { pods: "10" } } } as unknown as Node;
const pod = (name: string, app: string): Pod => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", labels: { app } }, spec: { containers: [] } }) as unknown as Pod;
const isWeb = ({ metadata }: Pod): boolean => metadata.labels?.["app"] === "web" && metadata.deletionTimestamp === undefined;

describe("the count of pods that match", () => {
  it("follows pods that come, go, are relabelled or are on their way out", () => {
    const info = new NodeInfo(node);
    const count = (): number => info.countPods("web", isWeb);
    expect(count()).toBe(0);
    const [a, b] = [podInfo(pod("a", "web")), podInfo(pod("b", "web"))];
    info.addPod(a);
    expect(count()).toBe(1);
    info.addPod(b);
    info.addPod(podInfo(pod("c", "db")));
    expect(count()).toBe(2);
    info.replacePod(a, pod("a", "db"));
    expect(count()).toBe(1);
    info.replacePod(b, { ...b.pod, metadata: { ...b.pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    expect(count()).toBe(0);
    info.replacePod(a, pod("a", "web"));
    expect(count()).toBe(1);
    info.removePod(a.key);
    expect(count()).toBe(0);
  });

  it("is taken once while nothing changes", () => {
    const info = new NodeInfo(node);
    info.addPod(podInfo(pod("a", "web")));
    let looks = 0;
    const look = (): boolean => ++looks > 0;
    expect([info.countPods("any", look), info.countPods("any", look), looks]).toEqual([1, 1, 1]);
    const [a] = info.pods.values();
    info.replacePod(a!, { ...a!.pod, status: { phase: "Running" } } as Pod);
    expect([info.countPods("any", look), looks]).toEqual([1, 1]);
  });
});

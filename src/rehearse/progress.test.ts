/** What counts as ready, and the reason in Kubernetes' words where something is not. */
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../objects/kube-object.ts";
import { gatherProgress, type ObjectReader, whatIsWaiting } from "./progress.ts";

const reader = (objects: Record<string, object[]>): ObjectReader => ({
  list: (type, options) => ((objects[type] ?? []) as KubeObject[]).filter((object) => options?.namespace === undefined || object.metadata.namespace === options.namespace),
  serves: (type) => type in objects,
});
const deployment = (status: object): object => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "web", name: "shop", generation: 2 }, spec: { replicas: 2 }, status });
const why = (objects: Record<string, object[]>): string[] => whatIsWaiting(reader({ nodes: [], pods: [], ...objects }), []).map((each) => `${each.what}: ${each.why}`);
const all = { ready: 1, total: 1 };

describe("a deployment", () => {
  it.each([
    [{}, "not looked at yet"],
    [{ observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }, "not looked at yet"],
    [{ observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 1 }, "1 of 2 pods are available"],
    [{ observedGeneration: 2, replicas: 3, updatedReplicas: 1, availableReplicas: 2 }, "1 of 2 pods are of the new revision"],
    [{ observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 2 }, "old pods are still there"],
  ])("with the status %j is waited for", (status, reason) => {
    expect(why({ "apps/deployments": [deployment(status)] })).toEqual([`deployment web/shop: ${reason}`]);
    expect(gatherProgress(reader({ nodes: [], pods: [], "apps/deployments": [deployment(status)] }), all, all, all).isReady).toBe(false);
  });

  it("is there with all pods new and available", () => {
    const objects = { pods: [], "apps/deployments": [deployment({ observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 })] };
    expect(why(objects)).toEqual([]);
    expect(gatherProgress(reader(objects), all, all, all).isReady).toBe(true);
  });

  it("names the cause of its first waiting pod", () => {
    const pod = (status: object): object => ({ apiVersion: "v1", kind: "Pod", metadata: { namespace: "web", name: "shop-1" }, spec: {}, status });
    const waiting = deployment({ observedGeneration: 2 });
    expect(why({ "apps/deployments": [waiting], pods: [pod({ conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }] })] })).toEqual(["deployment web/shop: 0 of 2 pods are available: 0/3 nodes are available"]);
    expect(why({ "apps/deployments": [waiting], pods: [pod({ containerStatuses: [{ name: "app", state: { waiting: { reason: "ImagePullBackOff", message: "Back-off" } } }] })] })).toEqual(["deployment web/shop: 0 of 2 pods are available: app: ImagePullBackOff (Back-off)"]);
  });
});

describe("all together", () => {
  it("waits for objects that are not applied, nodes and addresses", () => {
    const empty = reader({ nodes: [], pods: [] });
    const some = { ready: 0, total: 1 };
    expect(gatherProgress(empty, all, all, all).isReady).toBe(true);
    for (const counts of [[some, all, all], [all, some, all], [all, all, some]] as const) expect(gatherProgress(empty, counts[0], counts[1], counts[2]).isReady).toBe(false);
  });

  it("names machines that have not joined", () => {
    expect(whatIsWaiting(reader({ nodes: [], pods: [] }), ["pi1"])).toEqual([{ what: "node pi1", why: "has not joined" }]);
  });
});

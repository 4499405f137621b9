import { beforeEach, describe, expect, it } from "vitest";
import { stableJson } from "../../../lib/json.ts";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import type { DaemonSet, Pod } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { podTemplate, workload } from "../testing/workloads.ts";
import { daemonSetController } from "./daemon-set.ts";

let cluster: TestCluster;

const pods = (): readonly Pod[] => cluster.client.list<Pod>("pods", { namespace: "default" });
const nodesUsed = (): string[] => pods().map(({ spec }) => spec.nodeName!).sort();
const status = (): DaemonSet["status"] => cluster.client.get<DaemonSet>("apps/daemonsets", "default", "agent")!.status;

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1", { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] });
  addNode(cluster.client, "pi2");
  addNode(cluster.client, "pi3", { labels: { disk: "ssd" } });
  cluster.start(daemonSetController());
  runPods(cluster);
});

describe("a DaemonSet", () => {
  it("runs on every node whose taints it tolerates, bound by its affinity", () => {
    cluster.client.create("apps/daemonsets", workload("DaemonSet", "agent"));
    cluster.run(10_000);
    expect(nodesUsed()).toEqual(["pi2", "pi3"]);
    const pod = pods().find(({ spec }) => spec.nodeName === "pi2")!;
    expect(pod.spec.affinity).toEqual({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["pi2"] }] }] } },
    });
    expect(pod.spec.tolerations?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      "node.kubernetes.io/not-ready:NoExecute",
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/disk-pressure:NoSchedule",
      "node.kubernetes.io/memory-pressure:NoSchedule",
      "node.kubernetes.io/pid-pressure:NoSchedule",
      "node.kubernetes.io/unschedulable:NoSchedule",
    ]);
    expect(status()).toEqual({ currentNumberScheduled: 2, numberMisscheduled: 0, desiredNumberScheduled: 2, numberReady: 2, observedGeneration: 1, updatedNumberScheduled: 2, numberAvailable: 2 });
  });

  it("follows nodes that come, go and change", () => {
    cluster.client.create("apps/daemonsets", workload("DaemonSet", "agent", { template: podTemplate("agent", "ghcr.io/example/agent:1", { nodeSelector: { disk: "ssd" } }) }));
    cluster.run(10_000);
    expect(nodesUsed()).toEqual(["pi3"]);
    addNode(cluster.client, "pi4", { labels: { disk: "ssd" } });
    cluster.client.patch("nodes", undefined, "pi3", { metadata: { labels: { disk: null } } });
    cluster.run(10_000);
    expect(nodesUsed()).toEqual(["pi4"]);
  });

  it("replaces one node's pod at a time", () => {
    cluster.client.create("apps/daemonsets", workload("DaemonSet", "agent"));
    cluster.run(10_000);
    let least = 2;
    cluster.client.watch<Pod>("pods", () => {
      least = Math.min(least, pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
    });
    cluster.client.patch("apps/daemonsets", "default", "agent", { spec: { template: podTemplate("agent", "ghcr.io/example/agent:2") } });
    cluster.run(30_000);
    expect(least).toBe(1);
    expect(pods().map(({ spec }) => spec.containers[0]!.image)).toEqual(Array(2).fill("ghcr.io/example/agent:2"));
    expect(cluster.client.list("apps/controllerrevisions").map(({ revision }) => revision)).toEqual([1, 2]);
    // Clients compare revisions with the template byte by byte, as Go writes it: keys in order.
    for (const { data } of cluster.client.list("apps/controllerrevisions")) expect(JSON.stringify(data)).toBe(stableJson(data));
    expect(status()).toMatchObject({ updatedNumberScheduled: 2, observedGeneration: 2 });
  });

  it("surges: the new pod is available before the old one goes", () => {
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    const template = { ...podTemplate("agent"), spec: { containers: [{ name: "agent", image: "ghcr.io/example/agent:1" }] } };
    cluster.client.create("apps/daemonsets", workload("DaemonSet", "agent", { updateStrategy, template }));
    cluster.run(10_000);
    let most = 0;
    cluster.client.watch<Pod>("pods", () => {
      most = Math.max(most, pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined).length);
    });
    cluster.client.patch("apps/daemonsets", "default", "agent", { spec: { template: { spec: { containers: [{ name: "agent", image: "ghcr.io/example/agent:2" }] } } } });
    cluster.run(30_000);
    expect(most).toBe(3);
    expect(pods().map(({ spec }) => spec.containers[0]!.image)).toEqual(Array(2).fill("ghcr.io/example/agent:2"));
  });

  it("replaces a failed pod, later and later", () => {
    cluster.client.create("apps/daemonsets", workload("DaemonSet", "agent"));
    cluster.run(10_000);
    const pod = pods()[0]!;
    cluster.client.updateStatus("pods", { ...pod, status: { ...pod.status, phase: "Failed" } });
    cluster.run(10_000);
    expect(pods().map(({ status: is }) => is?.phase)).toEqual(["Running", "Running"]);
  });
});

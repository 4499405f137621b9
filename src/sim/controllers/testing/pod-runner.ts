/** For tests: binds pods to fitting nodes and makes them run, get ready and stop, with fixed delays. No scheduler, no kubelet. */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { EventLoop } from "../../clock/event-loop.ts";
import type { SimClient } from "../../api/client.ts";
import type { TestCluster } from "../../testing/harness.ts";
import { isPodFinished } from "../pod-state.ts";
import { nodeAffinityMatches, untoleratedTaint } from "../node-match.ts";
import type { Condition, Node, Pod, PodStatus } from "../shapes.ts";

export interface PodRunnerOptions {
  /** From bound to ready. */
  startMs?: number;
  /** From the deletion mark to gone. */
  stopMs?: number;
  /** False: pods of this kind run but are never ready. */
  isReady?(pod: Pod): boolean;
  /** Not undefined: the pod ends with this phase after `startMs`. */
  endsAs?(pod: Pod): "Succeeded" | "Failed" | undefined;
}

export function addNode(client: SimClient, name: string, extra: { labels?: Record<string, string>; taints?: Node["spec"]["taints"] } = {}): Node {
  client.create("nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...extra.labels } },
    spec: extra.taints ? { taints: extra.taints } : {},
  });
  // Admission taints a new node until a controller has seen it ready; not every test runs that one.
  client.patch("nodes", undefined, name, { spec: { taints: extra.taints ?? null } });
  const node = client.get<Node>("nodes", undefined, name)!;
  return client.updateStatus<Node>("nodes", {
    ...node,
    status: {
      capacity: { cpu: "4", memory: "8Gi", pods: "110" },
      allocatable: { cpu: "4", memory: "8Gi", pods: "110" },
      addresses: [{ type: "InternalIP", address: `192.0.2.${10 + client.list("nodes").length}` }],
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status", lastTransitionTime: "2026-01-01T00:00:00Z" }],
    },
  });
}

export function runPods({ client, loop }: TestCluster, options: PodRunnerOptions = {}): () => void {
  const { startMs = 1_000, stopMs = 1_000 } = options;
  let nextNode = 0;
  let nextIp = 1;
  return client.watch<Pod>("pods", ({ type, object }) => {
    if (type === "DELETED") return;
    const { namespace = "", name, uid } = object.metadata;
    const later = (delayMs: number, act: (pod: Pod) => void): void => {
      loop.after(delayMs, () => {
        const pod = client.get<Pod>("pods", namespace, name);
        if (pod?.metadata.uid === uid) act(pod!);
      });
    };
    if (object.metadata.deletionTimestamp !== undefined) {
      later(stopMs, () => client.delete("pods", namespace, name, { gracePeriodSeconds: 0 }));
    } else if (!object.spec.nodeName) {
      const place = (pod: Pod): void => {
        if (pod.spec.nodeName || ((pod.spec["schedulingGates"] as unknown[] | undefined)?.length ?? 0) > 0) return;
        const fits = (node: Node): boolean => nodeAffinityMatches(pod.spec, node) && untoleratedTaint(node.spec.taints, pod.spec.tolerations, ["NoSchedule", "NoExecute"]) === undefined;
        const nodes = client.list<Node>("nodes").filter(fits);
        const node = nodes[nextNode++ % Math.max(1, nodes.length)];
        if (node !== undefined) client.bind(namespace, name, node.metadata.name);
        else later(5_000, place);
      };
      later(0, place);
    } else if (object.status?.podIP === undefined && !isPodFinished(object)) {
      later(startMs, (pod) => {
        if (pod.status?.podIP !== undefined || pod.metadata.deletionTimestamp !== undefined) return;
        client.updateStatus<Pod>("pods", { ...pod, status: startedStatus(loop, pod, `10.42.0.${nextIp++}`, options) });
      });
    }
  });
}

function startedStatus(loop: EventLoop, pod: Pod, ip: string, options: PodRunnerOptions): PodStatus {
  const now = rfc3339(loop.now());
  const end = options.endsAs?.(pod);
  const ready = end === undefined && (options.isReady?.(pod) ?? true);
  const condition = (type: string, isTrue: boolean): Condition => ({ type, status: isTrue ? "True" : "False", lastTransitionTime: now });
  return {
    ...pod.status,
    phase: end ?? "Running",
    podIP: ip,
    podIPs: [{ ip }],
    startTime: now,
    conditions: [
      ...(pod.status?.conditions ?? []).filter(({ type }) => type === "PodScheduled"),
      condition("Initialized", true),
      condition("Ready", ready),
      condition("ContainersReady", ready),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image = "" }) => ({
      name,
      image,
      imageID: "",
      ready,
      restartCount: 0,
      state: end === undefined ? { running: { startedAt: now } } : { terminated: { exitCode: end === "Failed" ? 1 : 0, reason: end === "Failed" ? "Error" : "Completed", startedAt: now, finishedAt: now } },
    })),
  };
}

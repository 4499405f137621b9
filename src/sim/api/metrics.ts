/** `metrics.k8s.io/v1beta1`, what metrics-server answers in a real cluster: use of nodes and pods, for `kubectl top` and autoscalers. */
import { rfc3339 } from "../../lib/rfc3339.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Clock } from "../../ports/clock.ts";
import type { PodMetrics, Usage } from "../kubelet/pod-metrics.ts";
import type { SimClient } from "./client.ts";
import type { ExtraGroup } from "./http/discovery.ts";
import type { ApiRequest } from "./http/exchange.ts";
import type { ResourcePath } from "./http/path.ts";
import { labelMatcher, labelsOf, parseLabelSelector } from "./registry/labels.ts";
import { notFound } from "./status.ts";

export const METRICS_GROUP: ExtraGroup = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  resources: [
    { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] },
    { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] },
  ],
};

/** metrics-server scrapes every 15 s in its default manifest and says so. */
const WINDOW = "15s";
const API_VERSION = "metrics.k8s.io/v1beta1";

const usageOf = ({ cpuMilli, memoryBytes }: Usage): object => ({ cpu: `${Math.round(cpuMilli * 1_000_000)}n`, memory: `${Math.round(memoryBytes / 1024)}Ki` });

export function metricsAnswer(client: SimClient, metrics: PodMetrics, clock: Clock, path: ResourcePath, request: ApiRequest): object {
  const matches = labelMatcher(parseLabelSelector(request.query.get("labelSelector") ?? ""));
  const timestamp = rfc3339(clock.now());
  const group = { plural: path.plural, group: "metrics.k8s.io" };
  const metadataOf = (object: KubeObject): object => ({
    name: object.metadata.name,
    ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
    creationTimestamp: timestamp,
    ...(object.metadata.labels ? { labels: object.metadata.labels } : {}),
  });
  const podMetrics = (pod: KubeObject): object | undefined => {
    const usage = metrics.pod(pod.metadata.namespace!, pod.metadata.name);
    if (usage === undefined) return undefined;
    const containers = usage.containers.map(({ name, ...amounts }) => ({ name, usage: usageOf(amounts) }));
    return { kind: "PodMetrics", apiVersion: API_VERSION, metadata: metadataOf(pod), timestamp, window: WINDOW, containers };
  };
  const nodeMetrics = (node: KubeObject): object | undefined => {
    const usage = metrics.node(node.metadata.name);
    return usage === undefined ? undefined : { kind: "NodeMetrics", apiVersion: API_VERSION, metadata: metadataOf(node), timestamp, window: WINDOW, usage: usageOf(usage) };
  };
  const isNodes = path.plural === "nodes";
  if (path.name !== "") {
    const object = client.get(path.plural, path.namespace, path.name);
    const found = object === undefined ? undefined : isNodes ? nodeMetrics(object) : podMetrics(object);
    if (found === undefined) throw notFound(group, path.name);
    return found;
  }
  const items = client
    .list(path.plural, path.namespace ? { namespace: path.namespace } : {})
    .filter((object) => matches(labelsOf(object)))
    .map((object) => (isNodes ? nodeMetrics(object) : podMetrics(object)))
    .filter((each) => each !== undefined);
  return { kind: isNodes ? "NodeMetricsList" : "PodMetricsList", apiVersion: API_VERSION, metadata: {}, items };
}

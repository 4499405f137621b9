/** The order objects are written and applied in: a namespace first, then what others refer to, then the rest; names last. */
import type { KubeObject } from "../objects/kube-object.ts";
import type { RenderedObject } from "./rendered.ts";

/** The install order of Helm (pkg/release/v1/util/kind_sorter.go), with custom resources after everything built in. */
const KINDS = [
  "Namespace", "PriorityClass", "RuntimeClass", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget", "ServiceAccount", "Secret", "ConfigMap",
  "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding",
  "Service", "DaemonSet", "Pod", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress",
  "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
];
const RANK = new Map(KINDS.map((kind, index) => [kind, index]));

/** Custom resources that others refer to go before those others: an issuer before its certificate, a middleware before its route. */
const CUSTOM_RANK: Record<string, number> = {
  HelmChartConfig: 0, HelmChart: 1, GatewayClass: 0, Gateway: 1, IPAddressPool: 0, ClusterIssuer: 0, Issuer: 0, Certificate: 2, Middleware: 1, TLSOption: 1, TLSStore: 1,
  ServersTransport: 1, Cluster: 1, MariaDB: 1, Database: 2, User: 2, Grant: 3,
};

function rank(object: KubeObject): number {
  const known = object.apiVersion.includes(".") && !object.apiVersion.split("/")[0]?.endsWith(".k8s.io") ? undefined : RANK.get(object.kind);
  return known ?? KINDS.length + (CUSTOM_RANK[object.kind] ?? 5);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorted copy: by kind in install order, then kind, namespace and name, each by code point, so that the order never depends on a locale. */
export function sortObjects(objects: readonly RenderedObject[]): RenderedObject[] {
  return objects
    .map((item) => ({ item, rank: rank(item.object) }))
    .sort((a, b) =>
      a.rank - b.rank
      || compareText(a.item.object.kind, b.item.object.kind)
      || compareText(a.item.object.metadata.namespace ?? "", b.item.object.metadata.namespace ?? "")
      || compareText(a.item.object.metadata.name, b.item.object.metadata.name))
    .map(({ item }) => item);
}

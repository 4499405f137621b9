/** Pods by the name that people have for them: their own, or that of the Deployment, StatefulSet, DaemonSet or Job that made them. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../../sim/api/client.ts";

/** `shop/web` for a pod of a Deployment, `db/main-0` for one of a StatefulSet, which keeps its name. */
export function podTitle(pod: KubeObject): string {
  return `${pod.metadata.namespace}/${ownerName(pod)}`;
}

function ownerName(pod: KubeObject): string {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const hash = pod.metadata.labels?.["pod-template-hash"];
  if (owner === undefined || owner.kind === "StatefulSet" || owner.kind === "Cluster") return pod.metadata.name;
  if (owner.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`)) return owner.name.slice(0, -hash.length - 1);
  // A CronJob's Job is named after its minute.
  return owner.kind === "Job" ? owner.name.replace(/-\d{6,}$/, "") : owner.name;
}

export function isOfDaemonSet(pod: KubeObject): boolean {
  return pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet" || kind === "Node") === true;
}

/** Sorted by name. `name`: `NAMESPACE/NAME`. */
export function podsOf(client: SimClient, name: string): KubeObject[] {
  const [namespace = ""] = name.split("/");
  return client.list("pods", { namespace }).filter((pod) => podTitle(pod) === name || `${namespace}/${pod.metadata.name}` === name);
}

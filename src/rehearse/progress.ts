/** How far a cluster is: counts for the screen, and for what is not ready the reason in Kubernetes' own words. Reads only. */
import type { KubeObject } from "../objects/kube-object.ts";

/** What `gatherProgress` reads the cluster through. */
export interface ObjectReader {
  list(type: string, options?: { namespace?: string }): readonly KubeObject[];
  serves(type: string): boolean;
}

export interface Count {
  ready: number;
  total: number;
}

export interface Progress {
  nodes: Count;
  /** Pods that have a node. */
  scheduled: Count;
  /** Containers whose image is on their node. */
  images: Count;
  /** Deployments, StatefulSets, DaemonSets and databases with everything they want. */
  workloads: Count;
  certificates: Count;
  /** Addresses that answer. */
  apps: Count;
  isReady: boolean;
}

export interface Waiting {
  /** `deployment web/shop` */
  what: string;
  why: string;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

const conditionOf = (object: KubeObject, type: string): Condition | undefined => (object["status"]?.conditions as Condition[] | undefined)?.find((condition) => condition.type === type);
const isTrue = (object: KubeObject, type: string): boolean => conditionOf(object, type)?.status === "True";
const count = (ready: number, total: number): Count => ({ ready, total });

/** `nodes`: machines that are to become nodes, and are; `apps`: addresses that answer; `objects`: those that are applied. */
export function gatherProgress(reader: ObjectReader, nodes: Count, apps: Count, objects: Count): Progress {
  const pods = reader.list("pods").filter((pod) => pod["status"]?.phase !== "Succeeded" && pod["status"]?.phase !== "Failed");
  const workloads = WORKLOADS.flatMap((type) => (reader.serves(type) ? reader.list(type) : []));
  const certificates = reader.serves("cert-manager.io/certificates") ? reader.list("cert-manager.io/certificates") : [];
  let imagesPresent = 0;
  let imagesTotal = 0;
  for (const pod of pods) {
    imagesTotal += (pod["spec"]?.containers?.length as number | undefined) ?? 0;
    for (const status of (pod["status"]?.containerStatuses ?? []) as { imageID?: string }[]) if (status.imageID) imagesPresent++;
  }
  const progress = {
    nodes,
    scheduled: count(pods.filter((pod) => pod["spec"]?.nodeName).length, pods.length),
    images: count(imagesPresent, imagesTotal),
    workloads: count(workloads.filter((workload) => unreadyReason(workload) === undefined).length, workloads.length),
    certificates: count(certificates.filter((certificate) => isTrue(certificate, "Ready")).length, certificates.length),
    apps,
  };
  const isDone = (each: Count): boolean => each.ready >= each.total;
  return { ...progress, isReady: isDone(objects) && isDone(progress.nodes) && isDone(progress.scheduled) && isDone(progress.workloads) && isDone(progress.certificates) && isDone(progress.apps) };
}

const WORKLOADS = ["apps/deployments", "apps/statefulsets", "apps/daemonsets", "postgresql.cnpg.io/clusters", "k8s.mariadb.com/mariadbs"];

/** Why a workload is not there yet; undefined when it is. */
function unreadyReason(workload: KubeObject): string | undefined {
  const status = (workload["status"] ?? {}) as Record<string, unknown>;
  const generation = workload.metadata.generation ?? 0;
  switch (workload.kind) {
    case "DaemonSet": {
      const wanted = status["desiredNumberScheduled"] as number | undefined;
      if (wanted === undefined || (status["observedGeneration"] as number) < generation) return "not looked at yet";
      return ((status["numberAvailable"] as number | undefined) ?? 0) >= wanted ? undefined : `${status["numberAvailable"] ?? 0} of ${wanted} pods are available`;
    }
    case "Deployment":
    case "StatefulSet": {
      const wanted = (workload["spec"]?.replicas as number | undefined) ?? 1;
      if (((status["observedGeneration"] as number | undefined) ?? 0) < generation) return "not looked at yet";
      const available = (status["availableReplicas"] as number | undefined) ?? 0;
      const updated = (status["updatedReplicas"] as number | undefined) ?? 0;
      if (available < wanted) return `${available} of ${wanted} pods are available`;
      if (updated < wanted) return `${updated} of ${wanted} pods are of the new revision`;
      // As `kubectl rollout status`: while old pods serve for new ones that are not ready, nothing is finished.
      return ((status["replicas"] as number | undefined) ?? 0) > updated ? "old pods are still there" : undefined;
    }
    default:
      // Databases of an operator: their own Ready condition, or the instances they count.
      if (isTrue(workload, "Ready")) return undefined;
      return conditionOf(workload, "Ready")?.message ?? (status["phase"] as string | undefined) ?? "not looked at yet";
  }
}

/** Everything that is not ready, each with the nearest cause: of a workload, that of its first waiting pod. */
export function whatIsWaiting(reader: ObjectReader, nodeNames: readonly string[]): Waiting[] {
  const waiting: Waiting[] = [];
  const nodes = new Map(reader.list("nodes").map((node) => [node.metadata.name, node]));
  for (const name of nodeNames) {
    const node = nodes.get(name);
    if (node === undefined) waiting.push({ what: `node ${name}`, why: "has not joined" });
    else if (!isTrue(node, "Ready")) waiting.push({ what: `node ${name}`, why: conditionOf(node, "Ready")?.message ?? "is not Ready" });
  }
  const pods = reader.list("pods");
  for (const type of WORKLOADS) {
    if (!reader.serves(type)) continue;
    for (const workload of reader.list(type)) {
      const reason = unreadyReason(workload);
      if (reason === undefined) continue;
      const { namespace, name } = workload.metadata;
      const cause = pods.filter((pod) => pod.metadata.namespace === namespace && pod.metadata.name.startsWith(`${name}-`)).map(podReason).find((each) => each !== undefined);
      waiting.push({ what: `${workload.kind.toLowerCase()} ${namespace}/${name}`, why: cause === undefined ? reason : `${reason}: ${cause}` });
    }
  }
  if (reader.serves("cert-manager.io/certificates")) {
    for (const certificate of reader.list("cert-manager.io/certificates")) {
      if (isTrue(certificate, "Ready")) continue;
      waiting.push({ what: `certificate ${certificate.metadata.namespace}/${certificate.metadata.name}`, why: conditionOf(certificate, "Ready")?.message ?? "not issued yet" });
    }
  }
  return waiting;
}

/** Why a pod does not run: not scheduled, an image that cannot be pulled, a container that ends. */
function podReason(pod: KubeObject): string | undefined {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") return scheduled.message;
  const statuses = [...((pod["status"]?.initContainerStatuses ?? []) as unknown[]), ...((pod["status"]?.containerStatuses ?? []) as unknown[])] as { name: string; ready?: boolean; state?: { waiting?: { reason?: string; message?: string }; running?: object } }[];
  for (const { name, state, ready } of statuses) {
    if (state?.waiting?.reason !== undefined && state.waiting.reason !== "PodInitializing") return `${name}: ${state.waiting.reason}${state.waiting.message ? ` (${state.waiting.message})` : ""}`;
    if (state?.running !== undefined && ready === false) return `${name} runs but is not ready`;
  }
  return undefined;
}

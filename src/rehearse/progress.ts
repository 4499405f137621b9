/** How far a cluster is: counts for the screen, and for what is not ready the reason in Kubernetes' own words. Reads only. */
import { conditionOf, isTrue, podReason, unreadyReason } from "../kube/readiness.ts";
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

/** What is not ready in a real cluster, each with the nearest cause (a pod's state, an event) and what is likely to help. Reads only. */
import type { KubeClient } from "../kube/kube-client.ts";
import { conditionOf, isTrue, podReason, unreadyReason } from "../kube/readiness.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { groupOf, type NamedObject } from "./object-name.ts";
import type { Missing } from "./wait-until.ts";

const WORKLOADS = new Set(["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "postgresql.cnpg.io/Cluster", "k8s.mariadb.com/MariaDB"]);

/** Those whose pods are known by their selector, and counted in their status. */
const AWAY_KINDS = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** Those that have pods to wait for. */
export function workloadsOf(objects: readonly NamedObject[]): NamedObject[] {
  return objects.filter(({ apiVersion, kind }) => WORKLOADS.has(`${groupOf(apiVersion)}/${kind}`));
}

/** One list a kind and namespace; pods and events only of what is not ready. */
export async function unreadyWorkloads(client: KubeClient, workloads: readonly NamedObject[], awayNodes: readonly string[] = []): Promise<Missing[]> {
  const lists = new Map<string, Promise<KubeObject[]>>();
  const listed = ({ apiVersion, kind, metadata: { namespace } }: NamedObject): Promise<KubeObject[]> => {
    const key = `${apiVersion} ${kind} ${namespace}`;
    if (!lists.has(key)) lists.set(key, client.list(apiVersion, kind, namespace));
    return lists.get(key)!;
  };
  const missing = await Promise.all(
    workloads.map(async (wanted): Promise<Missing | undefined> => {
      const live = (await listed(wanted)).find(({ metadata }) => metadata.name === wanted.metadata.name);
      const what = `${wanted.kind.toLowerCase()} ${wanted.metadata.namespace}/${wanted.metadata.name}`;
      if (live === undefined) return { what, why: "it is not there", hint: "kubernest up makes it", isAbsent: true };
      const reason = unreadyReason(live);
      if (reason === undefined) return undefined;
      const onAway = awayNodes.length === 0 || !reason.endsWith("pods are available") ? undefined : await onlyAwayPods(client, live, awayNodes);
      // A pod of a DaemonSet is its node's own: without the node, nobody misses it.
      if (onAway !== undefined && wanted.kind === "DaemonSet") return undefined;
      if (onAway !== undefined) return { what, why: `${reason}: the others are on ${onAway.join(", ")}, which does not answer`, hint: undefined, isAway: true };
      const cause = await causeOf(client, live);
      return { what, why: cause === undefined ? reason : `${reason}: ${shortened(cause)}`, hint: likelyFix(cause ?? reason, wanted.metadata.namespace), isStuck: isStuckBy(cause) || hasNoProgress(live) };
    }),
  );
  return missing.filter((each) => each !== undefined);
}

async function podsOf(client: KubeClient, workload: KubeObject): Promise<KubeObject[]> {
  const { namespace, name } = workload.metadata;
  const labels = workload["spec"]?.selector?.matchLabels as Record<string, string> | undefined;
  if (labels === undefined) return (await client.list("v1", "Pod", namespace)).filter((pod) => pod.metadata.name.startsWith(`${name}-`));
  return client.list("v1", "Pod", namespace, Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(","));
}

/** The nodes among `awayNodes` that have all its pods that are not ready; undefined where another pod is not, or too few were made. */
async function onlyAwayPods(client: KubeClient, workload: KubeObject, awayNodes: readonly string[]): Promise<string[] | undefined> {
  if (!AWAY_KINDS.has(workload.kind)) return undefined;
  const pods = await podsOf(client, workload);
  const wanted = (workload.kind === "DaemonSet" ? (workload["status"]?.desiredNumberScheduled as number | undefined) : (workload["spec"]?.replicas as number | undefined)) ?? 1;
  const unready = pods.filter((pod) => !isTrue(pod, "Ready"));
  const nodes = unready.map((pod) => pod["spec"]?.nodeName as string | undefined);
  if (unready.length === 0 || pods.length < wanted || !nodes.every((node) => node !== undefined && awayNodes.includes(node))) return undefined;
  return [...new Set(nodes as string[])].sort();
}

async function causeOf(client: KubeClient, workload: KubeObject): Promise<string | undefined> {
  const refused = conditionOf(workload, "ReplicaFailure");
  if (refused?.status === "True") return refused.message;
  const { namespace } = workload.metadata;
  const pods = await podsOf(client, workload);
  // The youngest first: of a new revision, where there is one.
  const waiting = pods.filter((pod) => !isTrue(pod, "Ready") && pod.metadata.deletionTimestamp === undefined).sort((a, b) => (String(a.metadata.creationTimestamp) < String(b.metadata.creationTimestamp) ? 1 : -1));
  for (const pod of waiting) {
    const reason = podReason(pod);
    // A container that is being made says nothing; what holds it up is in the events.
    if (reason !== undefined && !reason.endsWith("ContainerCreating")) return reason;
  }
  if (waiting.length === 0) return undefined;
  const names = new Set(waiting.map((pod) => pod.metadata.name));
  const events = (await client.list("v1", "Event", namespace)).filter((event) => event["type"] === "Warning" && names.has((event["involvedObject"] as { name?: string } | undefined)?.name ?? ""));
  const last = events.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1)).at(-1);
  return last === undefined ? podReason(waiting[0]!) : `${String(last["reason"])}: ${String(last["message"])}`;
}

const CAUSE_START_LENGTH = 120;
const CAUSE_END_LENGTH = 100;

/** What failed stands first, and why it did, last. */
function shortened(cause: string): string {
  return cause.length <= CAUSE_START_LENGTH + CAUSE_END_LENGTH ? cause : `${cause.slice(0, CAUSE_START_LENGTH)} … ${cause.slice(-CAUSE_END_LENGTH)}`;
}

const timeOf = (event: KubeObject): string => String(event["lastTimestamp"] ?? event["eventTime"] ?? event.metadata.creationTimestamp ?? "");

/** Nodes that have not joined, or are not Ready. */
export async function unreadyNodes(client: KubeClient, names: readonly string[]): Promise<Missing[]> {
  const nodes = new Map((await client.list("v1", "Node")).map((node) => [node.metadata.name, node]));
  const missing: Missing[] = [];
  let pods: KubeObject[] | undefined;
  for (const name of names) {
    const node = nodes.get(name);
    if (node === undefined) missing.push({ what: `node ${name}`, why: "has not joined", hint: `on ${name}: journalctl -u kubelet (k3s: journalctl -u k3s-agent)` });
    else if (!isTrue(node, "Ready")) {
      pods ??= await client.list("v1", "Pod");
      // Without a network the node says only that there is none: why, its network's pod knows.
      const cause = pods.filter((pod) => pod["spec"]?.nodeName === name && pod["spec"]?.hostNetwork === true).map((pod) => ({ pod, reason: podReason(pod) })).find(({ reason }) => reason !== undefined);
      const message = conditionOf(node, "Ready")?.message ?? "is not Ready";
      missing.push({ what: `node ${name}`, why: cause === undefined ? message : `${message}; pod ${cause.pod.metadata.name}: ${shortened(cause.reason!)}`, hint: cause === undefined ? undefined : likelyFix(cause.reason!, cause.pod.metadata.namespace), isStuck: isStuckBy(cause?.reason) });
    }
  }
  return missing;
}

/** What Kubernetes only tries again, or waits with, until somebody changes something. A container that is made, or runs and is not ready yet, is none of these. */
const STUCK = /ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CrashLoopBackOff|RunContainerError|StartError|CreateContainerConfigError|\d+\/\d+ nodes are available|no nodes available|is forbidden|ProvisioningFailed|FailedCreate\b/;

function isStuckBy(cause: string | undefined): boolean {
  return cause !== undefined && STUCK.test(cause);
}

/** A Deployment that has waited for its own deadline (10 minutes unless it says otherwise). */
function hasNoProgress(workload: KubeObject): boolean {
  return conditionOf(workload, "Progressing")?.reason === "ProgressDeadlineExceeded";
}

/** By what Kubernetes and its container runtimes write (their sources); the first that fits. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/(ErrImagePull|ImagePullBackOff|Failed to pull).*(no such host|dial tcp|i\/o timeout|TLS handshake)/, "the machines do not reach the registry: have they DNS and a way out? Without one, artifacts: { mirror: … } brings the images"],
  [/ErrImagePull|ImagePullBackOff|InvalidImageName|Failed to pull|pull image/, "is the image's name right, does the registry know it, and can the machines reach it? A private one needs registries: with a password"],
  [/CrashLoopBackOff|RunContainerError|StartError/, "the program ends: kubectl logs -n NAMESPACE POD --previous"],
  [/CreateContainerConfigError|secret "|configmap "/, "it names a Secret or ConfigMap that is not there, or lacks a key"],
  [/Insufficient (cpu|memory)/, "no machine has that much left: lower the requests, or add a machine (kubernest check says which)"],
  [/untolerated taint/, "all machines keep it off by a taint: are the workers Ready? A control plane takes apps with roles: [control-plane, worker]"],
  [/node affinity|node selector|didn't match/, "no machine has the labels that it asks for"],
  [/unbound|persistentvolumeclaim|ProvisioningFailed|FailedMount|FailedAttachVolume/i, "its volume is not there: kubectl get pvc,events -n NAMESPACE"],
  [/FailedCreatePodSandBox|network is not ready|cni/i, "the pods' network is not up on that machine: kubectl get pods -A -o wide, and the network's own pods first"],
  [/violates PodSecurity/, "the namespace forbids what the pod asks for: security in the app's part of the file"],
  [/is not ready$/, "it runs, and its readiness probe fails: kubectl describe pod -n NAMESPACE"],
];

export function likelyFix(cause: string, namespace: string | undefined): string | undefined {
  return FIXES.find(([pattern]) => pattern.test(cause))?.[1].replace("NAMESPACE", namespace ?? "default");
}

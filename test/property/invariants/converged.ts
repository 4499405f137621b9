/** What is still wrong in a cluster that everything was given back to. Empty: all is as the objects ask. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import { isRunning } from "../../../src/sim/kubelet/container-record.ts";
import { endpointProblems } from "./endpoints-follow.ts";
import { asksFor, isDataGone, isOver, isReady, isSelected, isTerminating, isTolerated, keyOf, matchesTerm, ownerOf, roomOn, type Taint, type Term, type Watched } from "./watched.ts";

const WORKLOADS = { Deployment: "apps/deployments", StatefulSet: "apps/statefulsets", DaemonSet: "apps/daemonsets" } as const;

export function notConverged(watched: Watched): string[] {
  const { cluster, trial } = watched;
  const { client } = cluster;
  if (cluster.controlPlane?.outage !== undefined) return [`the API does not answer: ${cluster.controlPlane.outage}`];
  return [
    ...trial.machines.flatMap(({ id }) => nodeProblems(client.get("nodes", undefined, id), id)),
    ...client.list("pods").flatMap((pod) => (client.get("nodes", undefined, pod["spec"].nodeName ?? trial.machines[0]!.id) === undefined ? [`${keyOf(pod)} is on ${pod["spec"].nodeName}, which is no node`] : [])),
    ...trial.apps.flatMap(({ id }) => appProblems(watched, id)),
    ...(trial.hasPlatform ? platformProblems(watched) : []),
    ...cluster.agents.machines.flatMap((machine) => machine.workers.filter(({ pod, apps }) => apps.some(isRunning) && client.get("pods", pod.metadata.namespace, pod.metadata.name)?.metadata.uid !== pod.metadata.uid).map(({ pod }) => `${keyOf(pod)} runs on ${machine.name} and nobody knows`)),
  ];
}

function nodeProblems(node: KubeObject | undefined, name: string): string[] {
  if (node === undefined) return [`${name} is no node`];
  const taints = ((node["spec"].taints ?? []) as Taint[]).filter(({ key }) => /^node\.(kubernetes|cilium)\.io\//.test(key));
  return [...(isReady(node) ? [] : [`${name} is not ready`]), ...taints.map(({ key, effect }) => `${name} has the taint ${key}:${effect}`)];
}

/** An app has one workload, in a namespace of its own name. */
function appProblems({ cluster, trial }: Watched, app: string): string[] {
  const { client } = cluster;
  const { kind, replicas: least, autoscaledTo } = trial.apps.find(({ id }) => id === app)!;
  const workload = client.get(kind === "deployment" ? WORKLOADS.Deployment : kind === "stateful-set" ? WORKLOADS.StatefulSet : WORKLOADS.DaemonSet, app, app);
  if (workload === undefined) return [`${app} has lost its workload`];
  const pods = client.list("pods", { namespace: app }).filter((pod) => !isOver(pod));
  const unplaced = pods.filter((pod) => pod["spec"].nodeName === undefined);
  const misplaced = unplaced.flatMap((pod) => {
    const node = client.list("nodes").find((one) => fitsOn(cluster, pod, one));
    return node === undefined ? [] : [`${keyOf(pod)} waits and would fit on ${node.metadata.name}`];
  });
  const nodes = client.list("nodes");
  const wanted = kind === "daemon-set" ? nodes.filter((node) => isForNode(workload["spec"].template.spec, node)).length : (workload["spec"].replicas as number);
  const ready = pods.filter((pod) => isReady(pod) && !isTerminating(pod));
  // Where there is no room for one, or no data, those that come after it in order are not made, and a rollout stands still.
  const isStuck = unplaced.length > 0 || pods.some((pod) => isDataGone(cluster, pod));
  const isComplete = isStuck || (pods.length === wanted && ready.length === wanted);
  const isRolledOut = isStuck || pods.every((pod) => kind === "deployment" || isOfTemplate(pod, workload));
  // Nobody asks it for anything any more. One that somebody has set to none stays so.
  const isAtRest = autoscaledTo === undefined || unplaced.length > 0 || wanted === 0 || wanted === least;
  return [
    ...misplaced,
    ...(isAtRest ? [] : [`${app} has ${wanted} copies at rest, of ${least} to ${autoscaledTo}`]),
    ...(isComplete ? [] : [`${app} has ${pods.length} pods of ${wanted}, ${ready.length} of them ready: ${pods.map((pod) => `${pod.metadata.name} ${stateOf(pod)}`).join(", ")}`]),
    ...(isRolledOut ? [] : [`${app} has pods of an old template`]),
    ...(unplaced.length > 0 ? [] : pods.filter((pod) => isTerminating(pod)).map((pod) => `${keyOf(pod)} does not end`)),
    ...endpointProblems(client, app),
  ];
}

/** What is the same for every app has to run again as well, where there is room for it. */
function platformProblems({ cluster: { client } }: Watched): string[] {
  const workloads = [WORKLOADS.Deployment, WORKLOADS.DaemonSet].flatMap((type) => client.list(type)).filter(({ metadata }) => PLATFORM.includes(metadata.namespace!));
  return workloads.flatMap((workload) => {
    const labels = Object.entries(workload["spec"].selector.matchLabels as Record<string, string>);
    const pods = client.list("pods", { namespace: workload.metadata.namespace! }).filter((pod) => !isOver(pod) && labels.every(([key, value]) => pod.metadata.labels?.[key] === value));
    const placed = pods.filter((pod) => pod["spec"].nodeName !== undefined);
    const isMissing = workload.kind === "Deployment" && pods.length !== workload["spec"].replicas;
    return isMissing || placed.some((pod) => !isReady(pod) || isTerminating(pod)) ? [`${keyOf(workload)} is not whole: ${pods.map((pod) => `${pod.metadata.name} ${stateOf(pod)}`).join(", ")}`] : [];
  });
}

const PLATFORM = ["kube-system", "traefik", "kube-flannel", "calico-system"];

const stateOf = (pod: KubeObject): string => {
  const waiting = ((pod["status"]?.containerStatuses ?? []) as { state?: { waiting?: { reason?: string } } }[])[0]?.state?.waiting?.reason;
  return [pod["status"]?.phase, waiting, isTerminating(pod) ? "terminating" : undefined, isReady(pod) ? "ready" : undefined].filter(Boolean).join(" ");
};

function isOfTemplate(pod: KubeObject, workload: KubeObject): boolean {
  const stamp = ({ metadata }: { metadata?: { annotations?: Record<string, string>; labels?: Record<string, string> } }): string => `${metadata?.annotations?.["version"]} ${metadata?.labels?.["kubernest.dev/release"]}`;
  return ownerOf(pod, workload.kind) === undefined || stamp(pod) === stamp(workload["spec"].template);
}

/** What the DaemonSet controller adds to its pods is for taints that a healed node does not have. */
function isForNode(spec: KubeObject["spec"], node: KubeObject): boolean {
  return isSelected(node, spec) && ((node["spec"].taints ?? []) as Taint[]).every((taint) => taint.effect === "PreferNoSchedule" || taint.key.startsWith("node.kubernetes.io/") || isTolerated(taint, spec.tolerations));
}

function fitsOn(cluster: Watched["cluster"], pod: KubeObject, node: KubeObject): boolean {
  const { client } = cluster;
  if (!isReady(node) || !isSelected(node, pod["spec"])) return false;
  if (((node["spec"].taints ?? []) as Taint[]).some((taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, pod["spec"].tolerations))) return false;
  const room = roomOn(cluster, node);
  const asked = asksFor(pod);
  if (room.pods < 1 || room.cpu < asked.cpu || room.memory < asked.memory) return false;
  return ((pod["spec"].volumes ?? []) as { persistentVolumeClaim?: { claimName: string } }[]).every(({ persistentVolumeClaim }) => {
    if (persistentVolumeClaim === undefined) return true;
    const volumeName = client.get("persistentvolumeclaims", pod.metadata.namespace, persistentVolumeClaim.claimName)?.["spec"].volumeName as string | undefined;
    const terms = volumeName === undefined ? undefined : (client.get("persistentvolumes", undefined, volumeName)?.["spec"].nodeAffinity?.required.nodeSelectorTerms as Term[] | undefined);
    return terms === undefined || terms.some((term) => matchesTerm(node, term));
  });
}

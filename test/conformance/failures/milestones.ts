/** What is seen of a case, told from two looks at its objects: text that is the same on any cluster (pods by their workload and node), each with its time. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import { isReady } from "./fake-kubelets.ts";

export interface Milestone {
  /** Since the case's beginning. */
  atMs: number;
  text: string;
}

export interface Seen {
  /** By their names in the API. */
  nodes: ReadonlyMap<string, KubeObject>;
  /** By uid. */
  pods: ReadonlyMap<string, KubeObject>;
  /** `NAME on ROLE` of every address that gets requests, the second of the same with a number. */
  endpoints: ReadonlySet<string>;
  /** What a node is called. */
  role(name: string): string;
}

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

const JUDGED = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** What is new in `after`, sorted. */
export function newIn(before: Seen, after: Seen): string[] {
  return [...nodeTexts(before, after), ...podTexts(before, after), ...endpointTexts(before, after)].sort();
}

function nodeTexts(before: Seen, after: Seen): string[] {
  const texts: string[] = [];
  for (const [name, node] of after.nodes) {
    const known = before.nodes.get(name);
    // One that joins is taken as it is once it has settled.
    if (known === undefined) continue;
    const [were, are] = [conditionsOf(known), conditionsOf(node)];
    for (const type of JUDGED) if (were.get(type) !== are.get(type)) texts.push(`node ${after.role(name)}: ${type} ${are.get(type)}`);
    const [had, has] = [taintsOf(known), taintsOf(node)];
    for (const taint of has) if (!had.includes(taint)) texts.push(`node ${after.role(name)}: taint ${taint}`);
    for (const taint of had) if (!has.includes(taint)) texts.push(`node ${after.role(name)}: no taint ${taint}`);
  }
  for (const name of before.nodes.keys()) if (!after.nodes.has(name)) texts.push(`node ${after.role(name)}: gone`);
  return texts;
}

/** `Unknown, NodeStatusUnknown, Kubelet stopped posting node status.` What the fake kubelets say of themselves has no message. */
const conditionsOf = (node: KubeObject): Map<string, string> => new Map(((node["status"]?.conditions ?? []) as Condition[]).map(({ type, status, reason, message }) => [type, [status, reason, message].filter(Boolean).join(", ")]));
const taintsOf = (node: KubeObject): string[] => ((node["spec"]?.taints ?? []) as { key: string; effect: string }[]).map(({ key, effect }) => `${key.replace("node.kubernetes.io/", "")}:${effect}`);

const appOf = (pod: KubeObject): string => (pod.metadata.labels ?? {})["app"] ?? pod.metadata.name;
const nodeOf = (pod: KubeObject): string | undefined => pod["spec"].nodeName as string | undefined;

export function podTitle(pod: KubeObject, role: Seen["role"]): string {
  const node = nodeOf(pod);
  return `${appOf(pod)} on ${node === undefined ? "no node" : role(node)}`;
}

function podTexts(before: Seen, after: Seen): string[] {
  const texts: string[] = [];
  for (const [uid, pod] of after.pods) {
    const known = before.pods.get(uid);
    const title = podTitle(pod, after.role);
    // Where it waits in between is a matter of a moment.
    if ((known === undefined || nodeOf(known) === undefined) && nodeOf(pod) !== undefined) texts.push(`pod ${title}: bound`);
    if ((known !== undefined && isReady(known)) !== isReady(pod)) texts.push(`pod ${title}: ${isReady(pod) ? "ready" : "not ready"}`);
    if (known === undefined) continue;
    if (known.metadata.deletionTimestamp === undefined && pod.metadata.deletionTimestamp !== undefined) {
      const why = ((pod["status"]?.conditions ?? []) as Condition[]).find(({ type }) => type === "DisruptionTarget")?.reason;
      texts.push(`pod ${title}: is to end${why === undefined ? "" : `, ${why}`}`);
    }
  }
  for (const [uid, pod] of before.pods) if (!after.pods.has(uid)) texts.push(`pod ${podTitle(pod, after.role)}: gone`);
  return texts;
}

function endpointTexts({ endpoints: were }: Seen, { endpoints: are }: Seen): string[] {
  return [...[...are].filter((one) => !were.has(one)).map((one) => `endpoint ${one}: there`), ...[...were].filter((one) => !are.has(one)).map((one) => `endpoint ${one}: dropped`)];
}

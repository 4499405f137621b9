/** What an invariant can look at, and how pods and nodes look to it. Read from the API's objects and the machines alone: nothing here is shared with the controllers it judges. */
import { parseQuantity } from "../../../src/lib/quantity.ts";
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import type { FaultId } from "../../../src/scenarios/fault.ts";
import type { Cluster } from "../../../src/sim/cluster.ts";
import type { Site } from "../../../src/sim/site/site.ts";
import type { Change } from "../../../src/sim/store/store.ts";
import type { Trial } from "../trial.ts";

export interface Watched {
  readonly trial: Trial;
  readonly cluster: Cluster;
  readonly site: Site;
  /** Servers that a fault keeps from taking part though their machine runs, each as often as a fault does. */
  readonly hindered: ReadonlyMap<string, number>;
  /** Nodes, and pods as `NAMESPACE/NAME`, that somebody gave up by force: a node deleted or said to be out of service, a pod deleted at once. */
  readonly forced: ReadonlySet<string>;
  /** Whether all machines have booted once: before that the API is up without them. */
  readonly hasBegun: boolean;
  /** Since when the control loops are led by who leads them now: milliseconds; undefined while nobody does. */
  readonly ledSinceMs: number | undefined;
  isUnderWay(fault: FaultId): boolean;
  /** For what is only known to be wrong a while after a change. */
  report(invariant: string, why: string): void;
}

/** Looks at one change as it is made; what it says is wrong, or undefined. */
export type Invariant = (change: Change) => string | undefined;

export interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

/** Machines with the same side reach each other; undefined: it runs not, or reaches nobody. */
export function sideOf({ cluster, site }: Watched, machine: string): string | undefined {
  const { isConnected, side } = site.state(machine);
  if (!cluster.agents.machine(machine)!.isRunning) return undefined;
  return side ?? (isConnected ? "" : undefined);
}

/** Where more than half of all servers are that can vote; undefined: nowhere. */
export function majoritySide(watched: Watched): string | undefined {
  const { trial, cluster, hindered } = watched;
  const counts = new Map<string, number>();
  let servers = 0;
  for (const { id, isServer } of trial.machines) {
    if (!isServer) continue;
    servers++;
    const side = cluster.agents.machine(id)!.hasTime && (hindered.get(id) ?? 0) === 0 ? sideOf(watched, id) : undefined;
    if (side !== undefined) counts.set(side, (counts.get(side) ?? 0) + 1);
  }
  for (const [side, count] of counts) if (count * 2 > servers) return side;
  return undefined;
}

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
export const isTerminating = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;
export const isOver = (pod: KubeObject): boolean => ["Succeeded", "Failed"].includes(pod["status"]?.phase as string);
export const isReady = (object: KubeObject): boolean => ((object["status"]?.conditions ?? []) as { type: string; status: string }[]).some(({ type, status }) => type === "Ready" && status === "True");
export const ownerOf = (object: KubeObject, kind: string): string | undefined => object.metadata.ownerReferences?.find((owner) => owner.controller === true && owner.kind === kind)?.name;

export const amount = (text: string | number | undefined): number => Number(parseQuantity(text ?? 0)?.nano ?? 0n) / 1e9;

/** Cores and bytes that a pod asks for: its containers together, or its largest first one. */
export function asksFor(pod: KubeObject): { cpu: number; memory: number } {
  const of = (container: { resources?: { requests?: Record<string, string> } }, what: string): number => amount(container.resources?.requests?.[what]);
  const sum = (what: string): number => {
    const together = (pod["spec"].containers as object[]).reduce((total: number, container) => total + of(container, what), 0);
    return Math.max(together, ...((pod["spec"].initContainers ?? []) as object[]).map((container) => of(container, what)));
  };
  return { cpu: sum("cpu"), memory: sum("memory") };
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] = []): boolean {
  return tolerations.some(({ key, operator = "Equal", value = "", effect }) => (!effect || effect === taint.effect) && (operator === "Exists" ? !key || key === taint.key : key === taint.key && value === (taint.value ?? "")));
}

/** Node selector and required node affinity, with the operators that homelabs and volumes use. */
export function isSelected(node: KubeObject, spec: KubeObject["spec"]): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = (spec.nodeSelector ?? {}) as Record<string, string>;
  if (Object.entries(selector).some(([key, value]) => labels[key] !== value)) return false;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms as Term[] | undefined;
  return terms === undefined || terms.some((term) => matchesTerm(node, term));
}

interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

export interface Term {
  matchExpressions?: Requirement[];
  matchFields?: Requirement[];
}

export function matchesTerm(node: KubeObject, { matchExpressions = [], matchFields = [] }: Term): boolean {
  const holds = ({ operator, values = [] }: Requirement, value: string | undefined): boolean => {
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        throw new Error(`no homelab uses the operator ${operator}`);
    }
  };
  return matchExpressions.every((one) => holds(one, node.metadata.labels?.[one.key])) && matchFields.every((one) => holds(one, node.metadata.name));
}

/** What a node still has for one more pod: cores, bytes, pods. `exceptUid`: of a pod that is not counted. */
export function roomOn(cluster: Cluster, node: KubeObject, exceptUid?: string): { cpu: number; memory: number; pods: number } {
  const allocatable = (node["status"]?.allocatable ?? {}) as Record<string, string>;
  const room = { cpu: amount(allocatable["cpu"]), memory: amount(allocatable["memory"]), pods: amount(allocatable["pods"]) };
  for (const pod of cluster.client.podsOnNode(node.metadata.name)) {
    if (isOver(pod) || pod.metadata.uid === exceptUid) continue;
    const { cpu, memory } = asksFor(pod);
    room.cpu -= cpu;
    room.memory -= memory;
    room.pods -= 1;
  }
  return room;
}

/** Whether a pod waits for a volume of which no disk has a copy any more: it is restored from a backup, which nobody does here. */
export function isDataGone({ client, volumes }: Watched["cluster"], pod: KubeObject): boolean {
  return ((pod["spec"].volumes ?? []) as { persistentVolumeClaim?: { claimName: string } }[]).some(({ persistentVolumeClaim: claim }) => {
    const name = claim === undefined ? undefined : (client.get("persistentvolumeclaims", pod.metadata.namespace, claim.claimName)?.["spec"].volumeName as string | undefined);
    const copies = name === undefined ? undefined : volumes.of(name)?.copies;
    return copies !== undefined && copies.length > 0 && copies.every(({ isLost }) => isLost === true);
  });
}

/** Why pods wait, for want of what, and how much of it: from the scheduler's own refusals, each looked at without the filter of resources. */
import { listed } from "../../checks/derived/text.ts";
import type { SimClient } from "../../sim/api/client.ts";
import type { Node } from "../../sim/kubelet/pod.ts";
import { fitError } from "../../sim/scheduler/fit-error.ts";
import { NodeInfo } from "../../sim/scheduler/node-info.ts";
import type { PodInfo } from "../../sim/scheduler/pod-info.ts";
import { checkNode, type PluginFilter, type Unschedulable } from "../../sim/scheduler/schedule-pod.ts";
import { nodeOf } from "../prove/lost-data.ts";
import type { Placement, UnplacedPod } from "./placement.ts";

/** What is missing of one machine: cpu in thousandths of a core, memory and storage in bytes. */
export interface Shortage {
  node: string;
  cpuMilli: number;
  memoryBytes: number;
  ephemeralBytes: number;
  pods: number;
}

/**
 * `room`: with so much more on one machine it would run there. `volume`: what it has written is on a disk that is not there. `placement`: every machine that
 * is left is ruled out for it, room or not. `onlyNodes`: those that its taints, selectors and name leave it, lost ones included.
 */
export type Cause = { kind: "room"; short: Shortage } | { kind: "volume"; node: string } | { kind: "placement"; onlyNodes: readonly string[]; refusals: readonly NodeRefusal[] };

/** Why a node that it may run on does not take it. Empty `node`: none would, whichever. */
export interface NodeRefusal {
  node: string;
  plugin: string;
  reasons: readonly string[];
}

export interface Want {
  info: PodInfo;
  cause: Cause;
  /** As `kubectl describe pod` would show it. */
  scheduler: string;
}

const NONE: Omit<Shortage, "node"> = { cpuMilli: 0, memoryBytes: 0, ephemeralBytes: 0, pods: 0 };
/** What says of a node that a pod may never be there, however empty it is. */
const PLACEMENT_PLUGINS = ["NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity"];

/** In the order of the waiting: each counts what those before it would take if they had it. Leaves the placement as it was. */
export function wantsOf(placement: Placement, client: SimClient): Want[] {
  const forced: PodInfo[] = [];
  const wants = placement.waiting.map(({ info, refusal }): Want => {
    const cause = causeOf(placement, client, { info, refusal });
    if (cause.kind === "room") {
      placement.cache.placePod(info, cause.short.node);
      forced.push(info);
    }
    return { info, cause, scheduler: schedulerText(placement, refusal) };
  });
  for (const { key } of forced) placement.cache.removePod(key);
  return wants;
}

function causeOf({ cache, lost }: Placement, client: SimClient, { info, refusal }: UnplacedPod): Cause {
  const left = cache.nodes.filter(({ name }) => !lost.has(name));
  const others = refusal.filters.filter(({ plugin }) => plugin.name !== "NodeResourcesFit");
  const only = (filters: readonly PluginFilter[], node: string): boolean => filters.every(({ filter }) => filter.onlyNodes?.has(node) !== false);
  const roomy = refusal.preFilterMessage === "" ? left.filter((node) => only(refusal.filters, node.name) && checkNode(node, others) === undefined) : [];
  let nearest: Shortage | undefined;
  for (const node of roomy) {
    const short = shortageOn(node, info);
    if (nearest === undefined || size(short, node) < size(nearest, cache.node(nearest.node)!)) nearest = short;
  }
  if (nearest !== undefined) return { kind: "room", short: nearest };
  const volumeNode = lostVolume(client, info, lost);
  if (volumeNode !== undefined) return { kind: "volume", node: volumeNode };
  const onlyNodes = nodesFor(client, refusal);
  return { kind: "placement", onlyNodes, refusals: refusalsOf(left.filter(({ name }) => onlyNodes.includes(name)), refusal) };
}

/** As NodeResourcesFit counts, but how much instead of whether; and only what comes to what was missing already. */
function shortageOn(node: NodeInfo, { requests }: PodInfo): Shortage {
  const missing = (name: string): number => {
    const amount = requests.get(name) ?? 0;
    const free = (node.allocatable.get(name) ?? 0) - (node.requested.get(name) ?? 0);
    return amount === 0 ? 0 : Math.max(0, amount - Math.max(0, free));
  };
  const lacking = Math.max(0, node.pods.size + 1 - node.podCountMax);
  return { ...NONE, node: node.name, cpuMilli: missing("cpu"), memoryBytes: missing("memory"), ephemeralBytes: missing("ephemeral-storage"), pods: Math.min(1, lacking) };
}

/** The largest share of a machine that is missing. */
function size({ cpuMilli, memoryBytes, ephemeralBytes, pods }: Shortage, { allocatable }: NodeInfo): number {
  const share = (amount: number, name: string): number => (amount === 0 ? 0 : amount / (allocatable.get(name) || 1));
  return Math.max(share(cpuMilli, "cpu"), share(memoryBytes, "memory"), share(ephemeralBytes, "ephemeral-storage"), share(pods, "pods"));
}

/** The lost node that a volume of the pod is on. */
function lostVolume(client: SimClient, { pod, claimNames }: PodInfo, lost: ReadonlySet<string>): string | undefined {
  for (const name of claimNames) {
    const claim = client.get("persistentvolumeclaims", pod.metadata.namespace, name);
    const node = claim === undefined ? undefined : nodeOf(client, claim);
    if (node !== undefined && lost.has(node)) return node;
  }
  return undefined;
}

function nodesFor(client: SimClient, { filters }: Unschedulable): string[] {
  const placing = filters.filter(({ plugin }) => PLACEMENT_PLUGINS.includes(plugin.name));
  const nodes = client.list<Node>("nodes").map((node) => new NodeInfo(node));
  return nodes.filter((node) => placing.every(({ filter }) => filter.onlyNodes?.has(node.name) !== false) && checkNode(node, placing) === undefined).map(({ name }) => name);
}

function refusalsOf(nodes: readonly NodeInfo[], { preFilterMessage, filters }: Unschedulable): NodeRefusal[] {
  if (preFilterMessage !== "") return [{ node: "", plugin: "", reasons: [preFilterMessage] }];
  return nodes.flatMap((node) => {
    let by = "";
    const rejection = checkNode(node, filters.filter(({ plugin }) => plugin.name !== "NodeResourcesFit"), (plugin) => (by = plugin));
    return rejection === undefined ? [] : [{ node: node.name, plugin: by, reasons: rejection.reasons }];
  });
}

function schedulerText({ cache }: Placement, { preFilterMessage, byNode, absent }: Unschedulable): string {
  return fitError({ nodeCount: cache.nodes.length, preFilterMessage, byNode, absent, postFilterMessage: "" });
}

/** `120Mi of memory`, `300m of cpu and 1300Mi of memory`: rounded up, so that so much more is enough. */
export function shortageText({ cpuMilli, memoryBytes, ephemeralBytes, pods }: Omit<Shortage, "node">): string {
  return listed([
    ...(memoryBytes > 0 ? [`${atLeast(memoryBytes)} of memory`] : []),
    ...(cpuMilli > 0 ? [`${Math.ceil(cpuMilli)}m of cpu`] : []),
    ...(ephemeralBytes > 0 ? [`${atLeast(ephemeralBytes)} of disk`] : []),
    ...(pods > 0 ? [`room for ${pods} more pod${pods === 1 ? "" : "s"}`] : []),
  ]);
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

const atLeast = (bytes: number): string => (bytes < 10 * GIB ? `${Math.ceil(bytes / MIB)}Mi` : `${Math.ceil(bytes / (GIB / 10)) / 10}Gi`);

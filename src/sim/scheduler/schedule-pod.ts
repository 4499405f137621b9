/** One attempt to place one pod: filter the nodes, score those that fit, take the best. Pure but for the random choice between equals. */
import type { Random } from "../../ports/random.ts";
import type { NodeInfo } from "./node-info.ts";
import type { NodeFilter, Plugin, Rejection, SchedulingView } from "./plugin.ts";
import { isRejection } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";
import type { Refusal, RefusedEverywhere } from "./refused-everywhere.ts";
import { breakTie, type TieBreak } from "./tie-break.ts";

/** Below this many feasible nodes all of them are looked at (`minFeasibleNodesToFind`). */
const FEASIBLE_NODES_MIN = 100;
/** `minFeasibleNodesPercentageToFind` */
const FEASIBLE_PERCENT_MIN = 5;

export interface PluginFilter {
  plugin: Plugin;
  filter: NodeFilter;
}

export interface Unschedulable {
  /** A whole-pod objection, before any node was looked at. */
  preFilterMessage: string;
  byNode: Map<string, Rejection>;
  /** What nodes count as that were not looked at. */
  absent: Rejection | undefined;
  /** Names of the plugins that objected: their events bring the pod back. */
  plugins: Set<string>;
  filters: readonly PluginFilter[];
  /** The same for all that are refused in the same way until a node changes. */
  refusal?: Refusal;
}

export type Attempt = { node: NodeInfo } | { unschedulable: Unschedulable };

export interface AttemptOptions {
  plugins: readonly Plugin[];
  random: Random;
  /** Without it ties are left to chance. */
  ties?: TieBreak;
  /** Where the search starts, so that in big clusters every node gets its turn. Written back. */
  cursor: { nextIndex: number };
  /** Pods that were promised a node by preemption but are not there yet, by node name. */
  nominated(nodeName: string): readonly PodInfo[];
  /** What is known of pods that no node took. */
  refused?: RefusedEverywhere;
}

export function schedulePod(pod: PodInfo, view: SchedulingView, options: AttemptOptions): Attempt {
  const objections = new Set<string>();
  const filters: PluginFilter[] = [];
  let onlyNodes: ReadonlySet<string> | undefined;
  const narrowing = new Set<string>();
  for (const plugin of options.plugins) {
    const result = plugin.filter?.(pod, view);
    if (result === undefined) continue;
    if (isRejection(result)) {
      objections.add(plugin.name);
      return { unschedulable: { preFilterMessage: result.reasons.join(", "), byNode: new Map(), absent: result, plugins: objections, filters } };
    }
    if (result.onlyNodes !== undefined) {
      const previous = onlyNodes;
      onlyNodes = previous === undefined ? result.onlyNodes : new Set([...result.onlyNodes].filter((name) => previous.has(name)));
      narrowing.add(plugin.name);
    }
    filters.push({ plugin, filter: result });
  }

  const promised = pod.pod.status?.nominatedNodeName;
  const alike = onlyNodes === undefined && !promised ? options.refused?.alike(pod, filters) : undefined;
  const known = alike === undefined ? undefined : options.refused!.get(alike);
  // All nodes would be looked at again, which leaves the cursor where it is.
  if (known !== undefined) return { unschedulable: { preFilterMessage: "", byNode: known.byNode, absent: undefined, plugins: new Set(known.plugins), filters, refusal: known } };

  const byNode = new Map<string, Rejection>();
  const check = (node: NodeInfo): boolean => {
    const rejection = checkWithNominated(pod, node, filters, options.nominated(node.name), (name) => objections.add(name));
    if (rejection !== undefined) byNode.set(node.name, rejection);
    return rejection === undefined;
  };

  // A node that preemption made room on is tried first, alone.
  const promisedNode = promised ? view.nodes.find((node) => node.name === promised) : undefined;
  if (promisedNode !== undefined && check(promisedNode)) return { node: taken(pod, [promisedNode], options) };

  const nodes = onlyNodes === undefined ? view.nodes : view.nodes.filter((node) => onlyNodes.has(node.name));
  const wantedCount = feasibleCountWanted(nodes.length);
  const feasible: NodeInfo[] = [];
  let lookedAt = 0;
  for (; lookedAt < nodes.length && feasible.length < wantedCount; lookedAt++) {
    const node = nodes[(options.cursor.nextIndex + lookedAt) % nodes.length]!;
    if (check(node)) feasible.push(node);
  }
  if (view.nodes.length > 0) options.cursor.nextIndex = (options.cursor.nextIndex + lookedAt) % view.nodes.length;

  if (feasible.length === 0) {
    const absent: Rejection | undefined =
      onlyNodes === undefined ? undefined : { reasons: [`node(s) didn't satisfy plugin(s) [${[...narrowing].sort().join(" ")}]`], isFinal: true };
    for (const name of narrowing) objections.add(name);
    const refusal = alike === undefined ? undefined : options.refused!.keep(alike, byNode, objections);
    return { unschedulable: { preFilterMessage: "", byNode, absent, plugins: objections, filters, ...(refusal === undefined ? {} : { refusal }) } };
  }
  return { node: taken(pod, feasible.length === 1 ? feasible : best(pod, feasible, view, options), options) };
}

/** The first objection of the filters to this node. */
export function checkNode(node: NodeInfo, filters: readonly PluginFilter[], onReject?: (plugin: string) => void): Rejection | undefined {
  for (const { plugin, filter } of filters) {
    const rejection = filter.check(node);
    if (rejection !== undefined) {
      onReject?.(plugin.name);
      return rejection;
    }
  }
  return undefined;
}

/** Pods of at least the same priority that were promised this node count as if they were there; and the node must fit without them too. */
export function checkWithNominated(
  pod: PodInfo,
  node: NodeInfo,
  filters: readonly PluginFilter[],
  nominated: readonly PodInfo[],
  onReject?: (plugin: string) => void,
): Rejection | undefined {
  const ahead = nominated.filter((other) => other.priority >= pod.priority && other.key !== pod.key);
  if (ahead.length > 0) {
    for (const other of ahead) addPod(other, node, filters);
    const rejection = checkNode(node, filters, onReject);
    for (const other of ahead) removePod(other, node, filters);
    if (rejection !== undefined) return rejection;
  }
  return checkNode(node, filters, onReject);
}

export function addPod(pod: PodInfo, node: NodeInfo, filters: readonly PluginFilter[]): void {
  node.addPod(pod);
  for (const { filter } of filters) filter.podAdded?.(pod, node);
}

export function removePod(pod: PodInfo, node: NodeInfo, filters: readonly PluginFilter[]): void {
  node.removePod(pod.key);
  for (const { filter } of filters) filter.podRemoved?.(pod, node);
}

/** `numFeasibleNodesToFind`: all up to 100 nodes, then 50 % − n/125 of them, at least 5 % and never fewer than 100. */
export function feasibleCountWanted(nodeCount: number): number {
  if (nodeCount < FEASIBLE_NODES_MIN) return nodeCount;
  const percent = Math.max(FEASIBLE_PERCENT_MIN, 50 - Math.trunc(nodeCount / 125));
  return Math.max(FEASIBLE_NODES_MIN, Math.trunc((nodeCount * percent) / 100));
}

/** The weighted sum of all scores for each node. */
export function totalScores(pod: PodInfo, feasible: readonly NodeInfo[], view: SchedulingView, plugins: readonly Plugin[]): number[] {
  const totals = feasible.map(() => 0);
  for (const plugin of plugins) {
    const scorer = plugin.scorer?.(pod, feasible, view);
    if (scorer === undefined) continue;
    const scores = feasible.map((node) => scorer.score(node));
    scorer.normalize?.(scores, feasible);
    scores.forEach((score, index) => (totals[index]! += score * (plugin.weight ?? 1)));
  }
  return totals;
}

/** The nodes with the highest score, in their order. */
function best(pod: PodInfo, feasible: readonly NodeInfo[], view: SchedulingView, { plugins }: AttemptOptions): NodeInfo[] {
  const totals = totalScores(pod, feasible, view, plugins);
  let highest = Number.NEGATIVE_INFINITY;
  for (const total of totals) highest = Math.max(highest, total);
  return feasible.filter((_node, index) => totals[index] === highest);
}

function taken(pod: PodInfo, equals: readonly NodeInfo[], { random, ties }: AttemptOptions): NodeInfo {
  if (ties === undefined) return equals.length === 1 ? equals[0]! : equals[random.below(equals.length)]!;
  const names = equals.map(({ name }) => name);
  const node = equals.length === 1 ? equals[0]! : equals[breakTie(pod, names, random, ties)]!;
  ties.onPlaced?.(pod, names, node.name);
  return node;
}

/** Making room by removing pods of lower priority (scheduler `framework/preemption` and `plugins/defaultpreemption`). */
import { selectorIsEmpty, selectorMatches } from "../../lib/label-selector.ts";
import { parseRfc3339 } from "../../lib/rfc3339.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Random } from "../../ports/random.ts";
import { fitError } from "./fit-error.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Rejection, SchedulingView } from "./plugin.ts";
import { unresolvable } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";
import type { PluginFilter, Unschedulable } from "./schedule-pod.ts";
import { addPod, checkWithNominated, removePod } from "./schedule-pod.ts";

/** `MinCandidateNodesPercentage`, `MinCandidateNodesAbsolute` */
const CANDIDATES_PERCENT_MIN = 10;
const CANDIDATES_MIN = 100;
const PRIORITY_OFFSET = 2 ** 31;

export interface Preemption {
  node: NodeInfo;
  /** Most important first. */
  victims: readonly PodInfo[];
}

export interface PreemptionOptions {
  random: Random;
  nominated(nodeName: string): readonly PodInfo[];
}

/** A node with its victims, or the text that says why not. */
export function preempt(pod: PodInfo, view: SchedulingView, failed: Unschedulable, options: PreemptionOptions): Preemption | string {
  if (pod.pod.spec.preemptionPolicy === "Never") return "preemption: not eligible due to preemptionPolicy=Never.";
  const promised = pod.pod.status?.nominatedNodeName;
  const rejectionOf = (node: NodeInfo): Rejection | undefined => failed.byNode.get(node.name) ?? failed.absent;
  if (promised) {
    const node = view.nodes.find((candidate) => candidate.name === promised);
    if (node !== undefined && rejectionOf(node)?.isFinal !== true && [...node.pods.values()].some((other) => other.priority < pod.priority && isBeingPreempted(other))) {
      return "preemption: not eligible due to a terminating pod on the nominated node.";
    }
  }
  const potential = view.nodes.filter((node) => rejectionOf(node)?.isFinal === false);
  const { candidates, byNode } = findCandidates(pod, potential, view, failed.filters, options);
  if (candidates.length === 0) {
    const text = fitError({
      nodeCount: view.nodes.length,
      preFilterMessage: "",
      byNode,
      absent: unresolvable("Preemption is not helpful for scheduling"),
      postFilterMessage: "",
    });
    return `preemption: ${text}`;
  }
  return pick(candidates);
}

function isBeingPreempted({ pod }: PodInfo): boolean {
  if (pod.metadata.deletionTimestamp === undefined) return false;
  const condition = pod.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  return condition?.status === "True" && condition.reason === "PreemptionByScheduler";
}

interface Candidate extends Preemption {
  budgetViolations: number;
}

function findCandidates(
  pod: PodInfo,
  potential: readonly NodeInfo[],
  view: SchedulingView,
  filters: readonly PluginFilter[],
  options: PreemptionOptions,
): { candidates: Candidate[]; byNode: Map<string, Rejection> } {
  const byNode = new Map<string, Rejection>();
  const safe: Candidate[] = [];
  const violating: Candidate[] = [];
  if (potential.length === 0) return { candidates: [], byNode };
  const budgets = view.client.list("policy/poddisruptionbudgets");
  const wantedCount = Math.min(potential.length, Math.max(CANDIDATES_MIN, Math.trunc((potential.length * CANDIDATES_PERCENT_MIN) / 100)));
  const offset = options.random.below(potential.length);
  for (let i = 0; i < potential.length; i++) {
    const node = potential[(offset + i) % potential.length]!;
    const result = selectVictims(pod, node, filters, budgets, options.nominated(node.name));
    if ("reasons" in result) byNode.set(node.name, result);
    else (result.budgetViolations === 0 ? safe : violating).push(result);
    if (safe.length > 0 && safe.length + violating.length >= wantedCount) break;
  }
  return { candidates: [...safe, ...violating], byNode };
}

/** The fewest and least important pods whose removal makes room; the node is left as it was. */
function selectVictims(
  pod: PodInfo,
  node: NodeInfo,
  filters: readonly PluginFilter[],
  budgets: readonly KubeObject[],
  nominated: readonly PodInfo[],
): Candidate | Rejection {
  const potential = [...node.pods.values()].filter((other) => other.priority < pod.priority);
  if (potential.length === 0) return unresolvable("No preemption victims found for incoming pod");
  const original = [...node.pods.values()];
  for (const other of potential) removePod(other, node, filters);
  const restore = (gone: readonly PodInfo[]): void => {
    for (const other of gone) addPod(other, node, filters);
    // Back into the first order, so that a trial leaves no trace.
    node.pods.clear();
    for (const other of original) node.pods.set(other.key, other);
  };
  const rejection = checkWithNominated(pod, node, filters, nominated);
  if (rejection !== undefined) {
    restore(potential);
    return rejection;
  }
  potential.sort(byImportance);
  const { violating, others } = splitByBudget(potential, budgets);
  const victims: PodInfo[] = [];
  let budgetViolations = 0;
  const reprieve = (other: PodInfo): boolean => {
    addPod(other, node, filters);
    if (checkWithNominated(pod, node, filters, nominated) === undefined) return true;
    removePod(other, node, filters);
    victims.push(other);
    return false;
  };
  for (const other of violating) if (!reprieve(other)) budgetViolations++;
  for (const other of others) reprieve(other);
  restore(victims);
  victims.sort(byImportance);
  return { node, victims, budgetViolations };
}

/** Higher priority first, then the one that runs longer. */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startMs(a) - startMs(b);
}

function startMs({ pod }: PodInfo): number {
  return parseRfc3339(pod.status?.startTime) ?? Number.MAX_SAFE_INTEGER;
}

function splitByBudget(pods: readonly PodInfo[], budgets: readonly KubeObject[]): { violating: PodInfo[]; others: PodInfo[] } {
  const allowed = budgets.map((budget) => (budget.status?.disruptionsAllowed as number | undefined) ?? 0);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const info of pods) {
    const { metadata } = info.pod;
    let violates = false;
    budgets.forEach((budget, index) => {
      if (Object.keys(metadata.labels ?? {}).length === 0 || budget.metadata.namespace !== metadata.namespace) return;
      if (selectorIsEmpty(budget.spec?.selector) || !selectorMatches(budget.spec.selector, metadata.labels)) return;
      if (budget.status?.disruptedPods?.[metadata.name] !== undefined) return;
      allowed[index]!--;
      if (allowed[index]! < 0) violates = true;
    });
    (violates ? violating : others).push(info);
  }
  return { violating, others };
}

/** Fewest budget violations, lowest top priority, lowest sum, fewest victims, youngest victims; then the first. */
function pick(candidates: readonly Candidate[]): Preemption {
  const measures: ((candidate: Candidate) => number)[] = [
    (candidate) => candidate.budgetViolations,
    ({ victims }) => victims[0]?.priority ?? 0,
    ({ victims }) => victims.reduce((sum, victim) => sum + victim.priority + PRIORITY_OFFSET, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -Math.min(...victims.filter((victim) => victim.priority === victims[0]?.priority).map(startMs)),
  ];
  let left = candidates;
  for (const measure of measures) {
    let lowest = Number.POSITIVE_INFINITY;
    for (const candidate of left) lowest = Math.min(lowest, measure(candidate));
    left = left.filter((candidate) => measure(candidate) === lowest);
    if (left.length === 1) break;
  }
  return left[0]!;
}

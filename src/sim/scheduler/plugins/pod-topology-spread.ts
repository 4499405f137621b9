/** Spreads like pods over topology domains: DoNotSchedule filters, ScheduleAnyway and the system's own defaults score. */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import type { LabelSelector } from "../../../lib/label-selector.ts";
import { labelsInclude, selectorIsEmpty, selectorMatches } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Node, Pod } from "../../kubelet/pod.ts";
import { requiredNodeAffinityMatches } from "../node-selector.ts";
import type { NodeInfo } from "../node-info.ts";
import type { NodeChange, NodeFilter, NodeScorer, Plugin, SchedulingView } from "../plugin.ts";
import { NODE_SCORE_MAX, unresolvable, unschedulable } from "../plugin.ts";
import type { PodQuestion } from "../pod-index.ts";
import type { PodInfo } from "../pod-info.ts";
import { untoleratedTaint } from "../taints.ts";

const HOSTNAME = "kubernetes.io/hostname";
const MISMATCH = "node(s) didn't match pod topology spread constraints";

interface Constraint {
  maxSkew: number;
  topologyKey: string;
  selector: LabelSelector | undefined;
  /** The pods that it counts; undefined for a selector that selects nothing. */
  question: PodQuestion | undefined;
  minDomains: number;
  honorsAffinity: boolean;
  honorsTaints: boolean;
}

/** What upstream spreads by when a pod says nothing (`systemDefaultConstraints`): a score, never a filter. */
const SYSTEM_DEFAULTS: readonly { topologyKey: string; maxSkew: number }[] = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5 },
];

export const podTopologySpread: Plugin = {
  name: "PodTopologySpread",
  weight: 2,
  requeueOn: ["pod-added", "pod-deleted", "node", "self"],
  nodeHint: { alike: (pod) => keysOf(pod).join(" "), mayFit },
  filter,
  scorer,
};

/** The topology keys that a pod must be spread by. */
const keysOf = ({ spec: { topologySpreadConstraints = [] } }: Pod): string[] => topologySpreadConstraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule").map(({ topologyKey }) => topologyKey);

/** A node that joins or leaves the domains, is in another one, or has other taints. */
function mayFit(pod: Pod, { before, after }: NodeChange): boolean {
  const keys = keysOf(pod);
  const counts = (node: Node | undefined): boolean => node !== undefined && keys.every((key) => node.metadata.labels?.[key] !== undefined);
  if (counts(before) !== counts(after)) return true;
  if (before === undefined || after === undefined || !counts(after)) return false;
  return keys.some((key) => before.metadata.labels?.[key] !== after.metadata.labels?.[key]) || !semanticEqual(before.spec?.taints, after.spec?.taints);
}

function constraintsOf(pod: Pod, action: "DoNotSchedule" | "ScheduleAnyway"): Constraint[] {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === action)
    .map((constraint) => {
      const selector = constraint.labelSelector as LabelSelector | undefined;
      const fromKeys = (constraint.matchLabelKeys ?? []).flatMap((key) => {
        const value = pod.metadata.labels?.[key];
        return value === undefined ? [] : [{ key, operator: "In", values: [value] }];
      });
      const narrowed = selector == null || fromKeys.length === 0 ? selector : { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...fromKeys] };
      return {
        maxSkew: constraint.maxSkew,
        topologyKey: constraint.topologyKey,
        selector: narrowed,
        question: questionOf(narrowed, pod.metadata.namespace),
        minDomains: constraint.minDomains ?? 1,
        honorsAffinity: constraint.nodeAffinityPolicy !== "Ignore",
        honorsTaints: constraint.nodeTaintsPolicy === "Honor",
      };
    });
}

function counts(constraint: Constraint, pod: Pod, node: Node): boolean {
  if (constraint.honorsAffinity && !requiredNodeAffinityMatches(pod, node)) return false;
  return !constraint.honorsTaints || untoleratedTaint(node.spec?.taints, pod.spec.tolerations) === undefined;
}

function hasAllKeys(node: Node, constraints: readonly Constraint[]): boolean {
  return constraints.every((constraint) => node.metadata.labels?.[constraint.topologyKey] !== undefined);
}

const NONE: ReadonlyMap<NodeInfo, number> = new Map();

/** On which nodes the pods are that a constraint counts, and how many on each. */
function matchingPods({ question }: Constraint, view: SchedulingView): ReadonlyMap<NodeInfo, number> {
  return question === undefined ? NONE : view.pods.counts(question);
}

/** Pods on their way out do not count. */
function questionOf(selector: LabelSelector | undefined, namespace = ""): PodQuestion | undefined {
  if (selectorIsEmpty(selector)) return undefined;
  return { namespace, text: `spread ${JSON.stringify(selector)}`, matches: ({ metadata }) => metadata.deletionTimestamp === undefined && selectorMatches(selector, metadata.labels) };
}

function filter(info: PodInfo, view: SchedulingView): NodeFilter | undefined {
  const { pod } = info;
  const constraints = constraintsOf(pod, "DoNotSchedule");
  if (constraints.length === 0) return undefined;
  const domains = constraints.map(() => new Map<string, number>());
  /** The pods in the emptiest domain of each, until one changes. */
  const least: (number | undefined)[] = [];
  const matching = constraints.map((constraint) => matchingPods(constraint, view));
  for (const node of view.nodes) {
    if (!hasAllKeys(node.node, constraints)) continue;
    constraints.forEach((constraint, index) => {
      if (!counts(constraint, pod, node.node)) return;
      const value = node.node.metadata.labels![constraint.topologyKey]!;
      domains[index]!.set(value, (domains[index]!.get(value) ?? 0) + (matching[index]!.get(node) ?? 0));
    });
  }
  const leastOf = (index: number): number => {
    const domain = domains[index]!;
    if (domain.size < constraints[index]!.minDomains) return 0;
    let count = Number.POSITIVE_INFINITY;
    for (const inDomain of domain.values()) count = Math.min(count, inDomain);
    return count;
  };
  const change = (other: PodInfo, node: NodeInfo, sign: 1 | -1): void => {
    if (other.pod.metadata.namespace !== pod.metadata.namespace || !hasAllKeys(node.node, constraints)) return;
    constraints.forEach((constraint, index) => {
      if (!selectorMatches(constraint.selector, other.pod.metadata.labels) || !counts(constraint, pod, node.node)) return;
      const value = node.node.metadata.labels![constraint.topologyKey]!;
      domains[index]!.set(value, (domains[index]!.get(value) ?? 0) + sign);
      least[index] = undefined;
    });
  };
  return {
    check(node) {
      for (const [index, constraint] of constraints.entries()) {
        const value = node.node.metadata.labels?.[constraint.topologyKey];
        if (value === undefined) return unresolvable(`${MISMATCH} (missing required label)`);
        const self = selectorMatches(constraint.selector, pod.metadata.labels) ? 1 : 0;
        if ((domains[index]!.get(value) ?? 0) + self - (least[index] ??= leastOf(index)) > constraint.maxSkew) return unschedulable(MISMATCH);
      }
      return undefined;
    },
    podRemoved: (other, node) => change(other, node, -1),
    podAdded: (other, node) => change(other, node, 1),
  };
}

function scorer(info: PodInfo, feasible: readonly NodeInfo[], view: SchedulingView): NodeScorer | undefined {
  const { pod } = info;
  const hasOwn = (pod.spec.topologySpreadConstraints ?? []).length > 0;
  const constraints = hasOwn ? constraintsOf(pod, "ScheduleAnyway") : defaultConstraints(pod, view);
  if (constraints.length === 0) return undefined;
  // Nodes without a zone label still spread by hostname under the system's defaults.
  const ignored = new Set(hasOwn ? feasible.filter((node) => !hasAllKeys(node.node, constraints)).map((node) => node.name) : []);
  const domains = constraints.map(() => new Map<string, number>());
  for (const node of feasible) {
    if (ignored.has(node.name)) continue;
    constraints.forEach((constraint, index) => {
      if (constraint.topologyKey !== HOSTNAME) domains[index]!.set(node.node.metadata.labels?.[constraint.topologyKey] ?? "", 0);
    });
  }
  const weights = constraints.map((constraint, index) =>
    Math.log((constraint.topologyKey === HOSTNAME ? feasible.length - ignored.size : domains[index]!.size) + 2),
  );
  const matching = constraints.map((constraint) => matchingPods(constraint, view));
  constraints.forEach((constraint, index) => {
    if (constraint.topologyKey === HOSTNAME) return;
    for (const [node, count] of matching[index]!) {
      if ((hasOwn && !hasAllKeys(node.node, constraints)) || !counts(constraint, pod, node.node)) continue;
      const value = node.node.metadata.labels?.[constraint.topologyKey] ?? "";
      const before = domains[index]!.get(value);
      if (before !== undefined) domains[index]!.set(value, before + count);
    }
  });
  return {
    score(node) {
      if (ignored.has(node.name)) return 0;
      let score = 0;
      constraints.forEach((constraint, index) => {
        const value = node.node.metadata.labels?.[constraint.topologyKey];
        if (value === undefined) return;
        const count =
          constraint.topologyKey === HOSTNAME ? (matching[index]!.get(node) ?? 0) : (domains[index]!.get(value) ?? 0);
        score += count * weights[index]! + (constraint.maxSkew - 1);
      });
      return Math.round(score);
    },
    normalize(scores, nodes) {
      let lowest = Number.POSITIVE_INFINITY;
      let highest = 0;
      nodes.forEach((node, index) => {
        if (ignored.has(node.name)) return;
        lowest = Math.min(lowest, scores[index]!);
        highest = Math.max(highest, scores[index]!);
      });
      nodes.forEach((node, index) => {
        if (ignored.has(node.name)) scores[index] = 0;
        else scores[index] = highest === 0 ? NODE_SCORE_MAX : Math.trunc((NODE_SCORE_MAX * (highest + lowest - scores[index]!)) / highest);
      });
    },
  };
}

/** By the selector of a stored owner, which has one namespace and never changes: the same for all of its pods that no Service selects. */
const constraintsOfOwner = new WeakMap<LabelSelector, readonly Constraint[]>();

/** The pods of the same Services and of the same owner are the "like" ones (scheduler helper `DefaultSelector`). */
function defaultConstraints(pod: Pod, view: SchedulingView): readonly Constraint[] {
  const matchLabels: Record<string, string> = {};
  let isServed = false;
  for (const service of view.client.list("services", { namespace: pod.metadata.namespace ?? "" })) {
    const selector = service.spec?.selector as Record<string, string> | undefined;
    if (selector && labelsInclude(pod.metadata.labels, selector)) {
      Object.assign(matchLabels, selector);
      isServed = true;
    }
  }
  const owner = ownerOf(pod, view);
  const ownerSelector: LabelSelector | undefined = owner?.kind === "ReplicationController" ? { matchLabels: owner.spec?.selector } : owner?.spec?.selector;
  const known = isServed || ownerSelector === undefined ? undefined : constraintsOfOwner.get(ownerSelector);
  if (known !== undefined) return known;
  const selector: LabelSelector = {
    matchLabels: { ...matchLabels, ...ownerSelector?.matchLabels },
    matchExpressions: ownerSelector?.matchExpressions ?? [],
  };
  if (selectorIsEmpty(selector)) return [];
  const question = questionOf(selector, pod.metadata.namespace);
  const constraints = SYSTEM_DEFAULTS.map((constraint) => ({ ...constraint, selector, question, minDomains: 1, honorsAffinity: true, honorsTaints: false }));
  if (!isServed && ownerSelector !== undefined) constraintsOfOwner.set(ownerSelector, constraints);
  return constraints;
}

const OWNER_TYPES: Readonly<Record<string, string>> = {
  "v1/ReplicationController": "replicationcontrollers",
  "apps/v1/ReplicaSet": "apps/replicasets",
  "apps/v1/StatefulSet": "apps/statefulsets",
};

function ownerOf(pod: Pod, view: SchedulingView): KubeObject | undefined {
  const reference = pod.metadata.ownerReferences?.find((owner) => owner.controller);
  const type = reference && OWNER_TYPES[`${reference.apiVersion}/${reference.kind}`];
  return type ? view.client.get(type, pod.metadata.namespace, reference.name) : undefined;
}

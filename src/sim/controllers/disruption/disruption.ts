/** Counts the pods that a PodDisruptionBudget protects, and how many may go now (`pkg/controller/disruption`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { scaledValue, type IntOrPercent } from "../../../lib/int-or-percent.ts";
import { selectorMatches, type LabelSelector } from "../../../lib/label-selector.ts";
import { parseRfc3339, rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import { withCondition } from "../conditions.ts";
import { controllerOf } from "../controller-ref.ts";
import { isPodReady } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { Condition, Pod } from "../shapes.ts";
import { typeOfKind } from "../type-kinds.ts";

const COMPONENT = "controllermanager";
const TYPE = "policy/poddisruptionbudgets";
/** How long an eviction that was allowed is counted as under way (`DeletionTimeout`). */
const DELETION_TIMEOUT_MS = 120_000;

export interface DisruptionBudget extends KubeObject {
  spec: { minAvailable?: IntOrPercent; maxUnavailable?: IntOrPercent; selector?: LabelSelector | null };
  status?: {
    observedGeneration?: number;
    disruptedPods?: Record<string, string>;
    disruptionsAllowed: number;
    currentHealthy: number;
    desiredHealthy: number;
    expectedPods: number;
    conditions?: Condition[];
  };
}

export const disruptionController: Reconciler = {
  name: "disruption-controller",
  watches: [
    { type: TYPE },
    {
      type: "pods",
      keys({ object, previous }, { client }) {
        const matches = (budget: DisruptionBudget): boolean =>
          selectorMatches(budget.spec.selector, object.metadata.labels) || (previous !== undefined && selectorMatches(budget.spec.selector, previous.metadata.labels));
        return client.list<DisruptionBudget>(TYPE, { namespace: object.metadata.namespace }).filter(matches).map(keyOf);
      },
    },
    // The wanted number comes from the owners' scale.
    ...["apps/deployments", "apps/replicasets", "apps/statefulsets", "replicationcontrollers"].map((type) => ({
      type,
      keys: ({ object, previous }: { object: KubeObject; previous?: KubeObject }, { client }: ControllerContext) =>
        previous !== undefined && previous["spec"]?.replicas === object["spec"]?.replicas ? [] : client.list(TYPE, { namespace: object.metadata.namespace }).map(keyOf),
    })),
  ],
  sync(key, context) {
    const { client, clock } = context;
    const { namespace, name } = splitKey(key);
    const budget = client.get<DisruptionBudget>(TYPE, namespace, name);
    if (budget === undefined) return;
    const pods = client.list<Pod>("pods", { namespace }).filter((pod) => selectorMatches(budget.spec.selector, pod.metadata.labels));
    const tell = (type: "Normal" | "Warning", reason: string, message: string): void => client.event(budget, { type, reason, message, component: COMPONENT });
    if (pods.length === 0) tell("Normal", "NoPods", "No matching pods found");
    const counted = countWanted(client, budget, pods, tell);
    if (typeof counted === "string") {
      tell("Warning", "CalculateExpectedPodCountFailed", `Failed to calculate the number of expected pods: ${counted}`);
      return fail(context, budget, counted);
    }
    const nowMs = clock.now();
    const { disrupted, nextMs } = disruptedPods(budget, pods, nowMs, tell);
    const currentHealthy = pods.filter((pod) => isHealthy(pod, disrupted)).length;
    const { expected, desired } = counted;
    const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desired);
    const isAllowed = disruptionsAllowed > 0;
    const condition: Condition = {
      type: "DisruptionAllowed",
      status: isAllowed ? "True" : "False",
      reason: isAllowed ? "SufficientPods" : "InsufficientPods",
      message: "",
      observedGeneration: budget.metadata.generation ?? 0,
    };
    const status: DisruptionBudget["status"] = {
      ...(budget.metadata.generation ? { observedGeneration: budget.metadata.generation } : {}),
      ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: withCondition(budget.status?.conditions, condition, rfc3339(nowMs)),
    };
    if (!semanticEqual(status, budget.status)) client.updateStatus(TYPE, { ...budget, status });
    return nextMs;
  },
};

const isHealthy = (pod: Pod, disrupted: Readonly<Record<string, string>>): boolean =>
  pod.metadata.deletionTimestamp === undefined && disrupted[pod.metadata.name] === undefined && isPodReady(pod);

function fail({ client, clock }: ControllerContext, budget: DisruptionBudget, message: string): void {
  const condition: Condition = { type: "DisruptionAllowed", status: "False", reason: "SyncFailed", message, observedGeneration: budget.metadata.generation ?? 0 };
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {};
  const status: DisruptionBudget["status"] = {
    ...budget.status,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    // Unknown is no permission.
    disruptionsAllowed: 0,
    ...(budget.metadata.generation ? { observedGeneration: budget.metadata.generation } : {}),
    conditions: withCondition(budget.status?.conditions, condition, rfc3339(clock.now())),
  };
  if (!semanticEqual(status, budget.status)) client.updateStatus(TYPE, { ...budget, status });
}

type Tell = (type: "Normal" | "Warning", reason: string, message: string) => void;

function countWanted(client: SimClient, { spec }: DisruptionBudget, pods: readonly Pod[], tell: Tell): { expected: number; desired: number } | string {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const expected = expectedScale(client, spec.selector, pods, tell);
    if (typeof expected === "string") return expected;
    return { expected, desired: Math.max(0, expected - (scaledValue(maxUnavailable, expected, "up") ?? 0)) };
  }
  if (typeof minAvailable === "number") return { expected: pods.length, desired: minAvailable };
  if (minAvailable === undefined) return { expected: 0, desired: 0 };
  const expected = expectedScale(client, spec.selector, pods, tell);
  return typeof expected === "string" ? expected : { expected, desired: scaledValue(minAvailable, expected, "up") ?? 0 };
}

/** How Go prints a selector in an event. */
function goText(selector: LabelSelector | null | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`);
  return `&LabelSelector{MatchLabels:map[string]string{${labels.map(([key, value]) => `${key}: ${value},`).join("")}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}

/** The sum of the scales of all controllers behind these pods, each once; or why it cannot be known. */
function expectedScale(client: SimClient, selector: LabelSelector | null | undefined, pods: readonly Pod[], tell: Tell): number | string {
  const scales = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    if (scales.has(owner.uid)) continue;
    const scale = scaleOf(client, pod.metadata.namespace, owner.apiVersion, owner.kind, owner.name, owner.uid);
    if (scale === undefined) return `found no controllers for pod "${pod.metadata.name}"`;
    if (typeof scale === "string") return scale;
    scales.set(scale.uid, scale.replicas);
    scales.set(owner.uid, scales.get(owner.uid) ?? 0);
  }
  if (unmanaged.length > 0) {
    tell(
      "Warning",
      "UnmanagedPods",
      `Pods selected by this PodDisruptionBudget (selector: ${goText(selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ` +
        'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
    );
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

function scaleOf(client: SimClient, namespace: string | undefined, apiVersion: string, kind: string, name: string, uid: string): { uid: string; replicas: number } | string | undefined {
  const found = typeOfKind(client, apiVersion, kind);
  const owner = found && client.get(found.type, namespace, name);
  if (owner === undefined || owner.metadata.uid !== uid) return undefined;
  const parent = kind === "ReplicaSet" ? controllerOf(owner) : undefined;
  if (parent?.kind === "Deployment") return scaleOf(client, namespace, parent.apiVersion, parent.kind, parent.name, parent.uid);
  const replicas: unknown = owner["spec"]?.replicas;
  if (typeof replicas === "number") return { uid, replicas };
  const plural = found!.type.slice(found!.type.indexOf("/") + 1);
  const group = found!.type.includes("/") ? `.${found!.type.slice(0, found!.type.indexOf("/"))}` : "";
  return `${plural}${group} does not implement the scale subresource`;
}

/** Evictions that were allowed and whose pods are still here; those that took too long are given up. */
function disruptedPods(budget: DisruptionBudget, pods: readonly Pod[], nowMs: number, tell: Tell): { disrupted: Record<string, string>; nextMs: number | undefined } {
  const disrupted: Record<string, string> = {};
  let nextMs: number | undefined;
  for (const pod of pods) {
    const since = budget.status?.disruptedPods?.[pod.metadata.name];
    if (since === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const leftMs = (parseRfc3339(since) ?? nowMs) + DELETION_TIMEOUT_MS - nowMs;
    if (leftMs <= 0) {
      tell("Warning", "NotDeleted", `Pod was expected by PDB ${budget.metadata.namespace}/${budget.metadata.name} to be deleted but it wasn't`);
      continue;
    }
    disrupted[pod.metadata.name] = since;
    nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, leftMs);
  }
  return { disrupted, nextMs };
}

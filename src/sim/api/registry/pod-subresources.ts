/** `binding` and `eviction` of pods (`pkg/registry/core/pod/storage/{storage,eviction}.go`). */
import { cloneJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { DeleteOptions } from "../client.ts";
import type { ResourceType } from "../resource-types.ts";
import { ApiError, bareError, conflict, internalError, tooManyRequests } from "../status.ts";
import { labelMatcher, type LabelRequirement, labelsOf } from "./labels.ts";
import type { Registry } from "./registry.ts";
import type { RequestContext } from "./request.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";

/** At most so many pods may be on their way out under one budget (`MaxDisruptedPodSize`). */
const DISRUPTED_PODS_COUNT_MAX = 2000;

export interface Binding {
  metadata?: { name?: string; uid?: string; resourceVersion?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  target?: { kind?: string; name?: string };
}

interface Condition {
  type: string;
  status: string;
  [field: string]: unknown;
}

/** Straight into the store, as upstream does: a binding passes admission, but it raises no generation and owns no field. */
export function bindPod(registry: Registry, namespace: string, name: string, binding: Binding, context: RequestContext): void {
  const type = registry.typeOf("pods");
  const { target } = binding;
  const problems: string[] = [];
  if (target?.kind && target.kind !== "Node") problems.push(`target.kind: Unsupported value: "${target.kind}": supported values: "Node", "<empty>"`);
  if (!target?.name) problems.push("target.name: Required value");
  if (problems.length > 0) throw bareError(problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`);
  const sent: KubeObject = { apiVersion: "v1", kind: "Binding", ...binding, metadata: { ...binding.metadata, name, namespace } };
  registry.admit("CREATE", type, "binding", sent, { group: "", version: "v1", kind: "Binding" }, context);
  registry.rewrite(type, namespace, name, (current) => bound(type, current, sent, rfc3339(registry.clock.now())), context);
}

function bound(type: ResourceType, pod: KubeObject, binding: KubeObject, now: string): KubeObject {
  const { name } = pod.metadata;
  const { uid, resourceVersion, annotations, labels } = binding.metadata;
  const bindings = { plural: "pods/binding", group: "" };
  if (uid && uid !== pod.metadata.uid) throw conflict(type, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`);
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion) {
    throw conflict(type, name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata.resourceVersion}`);
  }
  if (pod.metadata.deletionTimestamp !== undefined) throw conflict(bindings, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod["spec"].nodeName) throw conflict(bindings, name, `pod ${name} is already assigned to node "${pod["spec"].nodeName}"`);
  if (pod["spec"].schedulingGates?.length > 0) throw conflict(bindings, name, `pod ${name} has non-empty .spec.schedulingGates`);
  const status = withoutNomination((pod["status"] ?? {}) as PodStatus);
  const conditions = [...(status.conditions ?? [])];
  const index = conditions.findIndex((condition) => condition.type === "PodScheduled");
  const lastTransitionTime = conditions[index]?.status === "True" ? conditions[index].lastTransitionTime : now;
  conditions.splice(index < 0 ? conditions.length : index, 1, { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime });
  const metadata = { ...pod.metadata };
  if (annotations !== undefined) metadata.annotations = { ...metadata.annotations, ...annotations };
  if (labels !== undefined) metadata.labels = { ...metadata.labels, ...labels };
  return { ...pod, metadata, spec: { ...pod["spec"], nodeName: binding["target"].name }, status: { ...status, conditions } };
}

interface PodStatus {
  nominatedNodeName?: string;
  conditions?: Condition[];
}

/** Most pods were never promised a node. */
function withoutNomination(status: PodStatus): PodStatus {
  if (status.nominatedNodeName === undefined) return status;
  const { nominatedNodeName: _, ...rest } = status;
  return rest;
}

interface Budget extends KubeObject {
  spec: { selector?: { matchLabels?: Record<string, string>; matchExpressions?: { key: string; operator: string; values?: string[] }[] }; unhealthyPodEvictionPolicy?: string };
  status?: { observedGeneration?: number; disruptionsAllowed: number; currentHealthy: number; desiredHealthy: number; expectedPods: number; disruptedPods?: Record<string, string> };
}

/** Deletes the pod if no disruption budget forbids it; throws TooManyRequests when one does. */
export function evictPod(registry: Registry, namespace: string, name: string, options: DeleteOptions, context: RequestContext): void {
  const type = registry.typeOf("pods");
  const pod = registry.stored(type, namespace, name);
  const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
  const deleteOptions = { ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }), ...(propagationPolicy ? { propagationPolicy } : {}), ...(preconditions ? { preconditions } : {}) };
  const posted = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, ...(Object.keys(deleteOptions).length > 0 ? { deleteOptions } : {}) } as KubeObject;
  registry.admit("CREATE", type, "eviction", posted, { group: "policy", version: "v1", kind: "Eviction" }, context);
  if (!isProtected(pod)) {
    markDisruption(registry, pod, context);
    registry.delete(type, namespace, name, options, context, true);
    return;
  }
  const budgets = [...registry.store.values("policy/poddisruptionbudgets", namespace)].filter((budget) => matches(budget as Budget, pod)) as Budget[];
  if (budgets.length > 1) throw internalError("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  const budget = budgets[0];
  if (budget !== undefined) {
    const isReady = (pod["status"]?.conditions as { type: string; status: string }[] | undefined)?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
    const status = budget.status;
    const isHealthyEnough = (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0) && (status?.desiredHealthy ?? 0) > 0;
    const mayIgnore = !isReady && (budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow" || isHealthyEnough);
    if (!mayIgnore) spendBudget(registry, budget, pod, context);
  }
  markDisruption(registry, pod, context);
  registry.delete(type, namespace, name, options, context, true);
}

/** Pods that never ran, have ended, or are on their way out are evicted whatever the budget says. */
function isProtected(pod: KubeObject): boolean {
  const phase = pod["status"]?.phase as string | undefined;
  return phase !== "Succeeded" && phase !== "Failed" && phase !== "Pending" && pod.metadata.deletionTimestamp === undefined;
}

function spendBudget(registry: Registry, budget: Budget, pod: KubeObject, context: RequestContext): void {
  const budgets = registry.typeOf("policy/poddisruptionbudgets");
  const { name } = budget.metadata;
  const status = budget.status;
  if (status === undefined || (status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 10, [
      { reason: "DisruptionBudget", message: `The disruption budget ${name} is still being processed by the server.` },
    ]);
  }
  if (status.disruptionsAllowed < 0) throw new ApiError(403, "Forbidden", `poddisruptionbudgets.policy "${name}" is forbidden: pdb disruptions allowed is negative`);
  if (Object.keys(status.disruptedPods ?? {}).length > DISRUPTED_PODS_COUNT_MAX) {
    throw new ApiError(403, "Forbidden", `poddisruptionbudgets.policy "${name}" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller`);
  }
  if (status.disruptionsAllowed === 0) {
    throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0, [
      { reason: "DisruptionBudget", message: `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently` },
    ]);
  }
  if (context.dryRun) return;
  registry.update(
    budgets,
    budget.metadata.namespace,
    name,
    (current) => {
      const next = cloneJson(current!) as Budget;
      next.status!.disruptionsAllowed--;
      next.status!.disruptedPods = { ...next.status!.disruptedPods, [pod.metadata.name]: rfc3339(registry.clock.now()) };
      return next;
    },
    context,
    { subresource: "status" },
  );
}

/** The condition that tells why a pod went, for Jobs' failure policies and for people. */
function markDisruption(registry: Registry, pod: KubeObject, context: RequestContext): void {
  if (context.dryRun || pod.metadata.deletionTimestamp !== undefined) return;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    observedGeneration: pod.metadata.generation,
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastProbeTime: null,
    lastTransitionTime: rfc3339(registry.clock.now()),
  };
  registry.update(
    registry.typeOf("pods"),
    pod.metadata.namespace,
    pod.metadata.name,
    (current) => {
      const next = cloneJson(current!) as KubeObject;
      const status = (next["status"] ??= {}) as { conditions?: { type: string }[] };
      status.conditions = [...(status.conditions ?? []).filter((each) => each.type !== "DisruptionTarget"), condition];
      return next;
    },
    context,
    { subresource: "status", isAdmitted: true },
  );
}

function matches(budget: Budget, pod: KubeObject): boolean {
  const { selector } = budget.spec;
  if (selector === undefined) return false;
  return labelMatcher(requirementsOf(selector))(labelsOf(pod));
}

const OPERATORS = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" } as const;

/** A LabelSelector as requirements; the empty selector matches everything. */
export function requirementsOf(selector: { matchLabels?: Record<string, string>; matchExpressions?: { key: string; operator: string; values?: string[] }[] }): LabelRequirement[] {
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]): LabelRequirement => ({ key, operator: "in", values: [value] })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }): LabelRequirement => ({ key, operator: OPERATORS[operator as keyof typeof OPERATORS] ?? "exists", values: values ?? [] })),
  ];
}

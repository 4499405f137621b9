/** Sizes a workload by what its pods use, every 15 s (`pkg/controller/podautoscaler`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { selectorMatches, type LabelSelector } from "../../../lib/label-selector.ts";
import { quantityNumber } from "../../../lib/quantity.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { ApiError } from "../../api/status.ts";
import { withCondition } from "../conditions.ts";
import { omitZero } from "../omit-zero.ts";
import type { PodMetrics } from "../pod-metrics.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { Condition, Pod } from "../shapes.ts";
import type { Timings } from "../timings.ts";
import { typeOfKind } from "../type-kinds.ts";
import { absentMetric, type MetricFailure } from "./absent-metrics.ts";
import type { Autoscaler, MetricSpec, MetricTarget } from "./autoscaler-shape.ts";
import { proposeForResource, type Proposal } from "./replica-calculator.ts";
import { limit, noteScaling, stabilize, type History } from "./scaling-limits.ts";

const COMPONENT = "horizontal-pod-autoscaler";
const TYPE = "autoscaling/horizontalpodautoscalers";
/** `--horizontal-pod-autoscaler-tolerance`. */
const TOLERANCE = 0.1;

/** One look; the status is a draft. */
interface Round {
  context: ControllerContext;
  /** Undefined without a metrics server. */
  metrics: PodMetrics | undefined;
  autoscaler: Autoscaler;
  history: History;
  conditions: Condition[];
  currentMetrics: object[];
  lastScaleTime: string | undefined;
}

/** `metrics`: of the metrics server, where there is one. */
export function horizontalPodAutoscalerController(metrics: PodMetrics | undefined, timings: Timings): Reconciler {
  const histories = new Map<string, History>();
  return {
    name: "horizontal-pod-autoscaler-controller",
    watches: [{ type: TYPE, keys: ({ object, previous }) => (semanticEqual(object["spec"], previous?.["spec"]) ? [] : [`${object.metadata.namespace}/${object.metadata.name}`]) }],
    sync(key, context) {
      const { namespace, name } = splitKey(key);
      const autoscaler = context.client.get<Autoscaler>(TYPE, namespace, name);
      if (autoscaler === undefined) {
        histories.delete(key);
        return;
      }
      const history = histories.get(key) ?? { recommendations: [], ups: [], downs: [] };
      histories.set(key, history);
      const conditions = [...(autoscaler.status?.conditions ?? [])];
      reconcile({ context, metrics, autoscaler, history, conditions, currentMetrics: [], lastScaleTime: autoscaler.status?.lastScaleTime });
      // Recommendations go by their age, unless all say what is there.
      const { minReplicas = 1, maxReplicas } = autoscaler.spec;
      const sizes = new Set(history.recommendations.map(({ replicas }) => Math.min(Math.max(replicas, minReplicas), maxReplicas)));
      const isSettled = sizes.size <= 1;
      return isSettled ? { upkeepMs: timings.autoscalerPeriodMs } : timings.autoscalerPeriodMs;
    },
  };
}

function setCondition(round: Round, type: string, status: Condition["status"], reason: string, message: string): void {
  round.conditions = withCondition(round.conditions, { type, status, reason, message }, rfc3339(round.context.clock.now()));
}

function tell({ context, autoscaler }: Round, type: "Normal" | "Warning", reason: string, message: string): void {
  context.client.event(autoscaler, { type, reason, message, component: COMPONENT });
}

function targetOf({ context, autoscaler }: Round): { type: string; object: KubeObject } | string {
  const { apiVersion = "v1", kind, name } = autoscaler.spec.scaleTargetRef;
  const found = typeOfKind(context.client, apiVersion, kind);
  if (found === undefined) return `no matches for kind "${kind}" in group "${apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : ""}"`;
  const object = context.client.get(found.type, autoscaler.metadata.namespace, name);
  const [plural, group = ""] = found.type.split("/").reverse();
  return object === undefined ? `${plural}${group ? `.${group}` : ""} "${name}" not found` : { type: found.type, object };
}

function reconcile(round: Round): void {
  const { context, autoscaler, history } = round;
  const { minReplicas = 1, maxReplicas } = autoscaler.spec;
  const nowMs = context.clock.now();
  const target = targetOf(round);
  if (typeof target === "string") {
    tell(round, "Warning", "FailedGetScale", target);
    setCondition(round, "AbleToScale", "False", "FailedGetScale", `the HPA controller was unable to get the target's current scale: ${target}`);
    return writeStatus(round, autoscaler.status?.currentReplicas ?? 0, autoscaler.status?.desiredReplicas ?? 0);
  }
  setCondition(round, "AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale");
  const current: number = target.object["spec"]?.replicas ?? 1;
  if (history.recommendations.length === 0) history.recommendations.push({ replicas: current, atMs: nowMs });
  let desired = current;
  let why = "";
  if (current === 0 && minReplicas !== 0) {
    setCondition(round, "ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero");
  } else if (current > maxReplicas) {
    [desired, why] = [maxReplicas, "Current number of replicas above Spec.MaxReplicas"];
  } else if (current < minReplicas) {
    [desired, why] = [minReplicas, "Current number of replicas below Spec.MinReplicas"];
  } else {
    const proposed = proposeForAll(round, target.object, current);
    if (proposed === undefined) return writeStatus(round, current, autoscaler.status?.desiredReplicas ?? 0);
    if (proposed.replicas > current) why = `${proposed.metric} above target`;
    if (proposed.replicas < current) why = "All metrics below target";
    const stable = stabilize(autoscaler, history, current, proposed.replicas, nowMs);
    setCondition(round, "AbleToScale", "True", stable.reason, stable.message);
    const limited = limit(autoscaler, history, current, stable.replicas, nowMs);
    setCondition(round, "ScalingLimited", limited.replicas === stable.replicas ? "False" : "True", limited.reason, limited.message);
    desired = limited.replicas;
  }
  if (desired !== current) rescale(round, target.type, current, desired, why);
  writeStatus(round, current, desired);
}

function rescale(round: Round, type: string, current: number, desired: number, why: string): void {
  const { context, autoscaler } = round;
  try {
    context.client.patch(type, autoscaler.metadata.namespace, autoscaler.spec.scaleTargetRef.name, { spec: { replicas: desired } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(round, "Warning", "FailedRescale", `New size: ${desired}; reason: ${why}; error: ${error.message}`);
    setCondition(round, "AbleToScale", "False", "FailedUpdateScale", `the HPA controller was unable to update the target scale: ${error.message}`);
    return;
  }
  setCondition(round, "AbleToScale", "True", "SucceededRescale", `the HPA controller was able to update the target scale to ${desired}`);
  tell(round, "Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${why}`);
  noteScaling(round.history, current, desired, context.clock.now());
  round.lastScaleTime = rfc3339(context.clock.now());
}

/** The highest proposal of all metrics; undefined when none can be trusted. */
function proposeForAll(round: Round, target: KubeObject, current: number): { replicas: number; metric: string } | undefined {
  const { context, autoscaler } = round;
  const selector = target["spec"]?.selector as LabelSelector | undefined;
  const pods = context.client.list<Pod>("pods", { namespace: autoscaler.metadata.namespace }).filter((pod) => selectorMatches(selector, pod.metadata.labels));
  const specs = autoscaler.spec.metrics ?? [];
  let best: { replicas: number; metric: string } | undefined;
  const failures: MetricFailure[] = [];
  for (const spec of specs) {
    const proposal = proposeFor(round, spec, pods, current);
    if ("reason" in proposal) {
      failures.push(proposal);
      // Its place in the status stays empty.
      round.currentMetrics.push({ type: "" });
    }
    else if (best === undefined || proposal.replicas > best.replicas) best = proposal;
  }
  const [first] = failures;
  if (first !== undefined && (best === undefined || best.replicas < current)) {
    tell(round, "Warning", first.reason, first.message);
    setCondition(round, "ScalingActive", "False", first.reason, `the HPA was unable to compute the replica count: ${first.message}`);
    tell(round, "Warning", "FailedComputeMetricsReplicas", `invalid metrics (${failures.length} invalid out of ${specs.length}), first error is: ${first.wrapped}`);
    return undefined;
  }
  if (best !== undefined) setCondition(round, "ScalingActive", "True", "ValidMetricFound", `the HPA was able to successfully calculate a replica count from ${best.metric}`);
  return best;
}

function proposeFor(round: Round, spec: MetricSpec, pods: readonly Pod[], currentReplicas: number): { replicas: number; metric: string } | MetricFailure {
  const { autoscaler, metrics, context } = round;
  const source = spec.type === "Resource" ? spec.resource : spec.type === "ContainerResource" ? spec.containerResource : undefined;
  if (source === undefined) return absentMetric(spec, autoscaler.metadata.namespace!);
  const container = spec.containerResource?.container;
  const { name: resource, target } = source;
  const { scaleUp, scaleDown } = autoscaler.spec.behavior ?? {};
  const tolerances = { up: scaleUp?.tolerance === undefined ? TOLERANCE : quantityNumber(scaleUp.tolerance), down: scaleDown?.tolerance === undefined ? TOLERANCE : quantityNumber(scaleDown.tolerance) };
  const proposal =
    metrics === undefined
      ? `unable to get metrics for resource ${resource}: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)`
      : pods.length === 0
        ? "no pods returned by selector while calculating replica count"
        : proposeForResource(pods, metrics, { resource, container, target, currentReplicas, tolerances }, context.clock.now());
  const isUtilization = target.type === "Utilization";
  if (typeof proposal === "string") {
    const reason = spec.type === "Resource" ? "FailedGetResourceMetric" : "FailedGetContainerResourceMetric";
    const message = `failed to get ${resource} ${isUtilization ? "utilization" : "usage"}: ${proposal}`;
    return { reason, message, wrapped: `failed to get ${container === undefined ? `${resource} resource` : `${container} container`} metric value: ${message}` };
  }
  const current = { ...(isUtilization ? { averageUtilization: proposal.averageUtilization } : {}), averageValue: valueText(resource, proposal) };
  round.currentMetrics.push(spec.type === "Resource" ? { type: "Resource", resource: { name: resource, current } } : { type: "ContainerResource", containerResource: { name: resource, container, current } });
  return { replicas: proposal.replicas, metric: metricName(resource, container, target) };
}

const valueText = (resource: string, { averageValue }: Proposal): string => (resource === "cpu" ? `${averageValue}m` : String(Math.trunc(averageValue)));

function metricName(resource: string, container: string | undefined, target: MetricTarget): string {
  if (container !== undefined) return `${resource} container resource${target.type === "Utilization" ? " utilization (percentage of request)" : ""}`;
  return target.type === "Utilization" ? `${resource} resource utilization (percentage of request)` : `${resource} resource`;
}

function writeStatus(round: Round, currentReplicas: number, desiredReplicas: number): void {
  const { context, autoscaler, conditions, currentMetrics, lastScaleTime } = round;
  const status: Autoscaler["status"] = {
    ...omitZero({ observedGeneration: autoscaler.metadata.generation, lastScaleTime, currentReplicas }),
    desiredReplicas,
    currentMetrics,
    conditions,
  };
  if (!semanticEqual(status, autoscaler.status)) context.client.updateStatus<Autoscaler>(TYPE, { ...autoscaler, status });
}

/**
 * Metrics that come from an adapter (`custom.metrics.k8s.io`, `external.metrics.k8s.io`). No platform of ours installs one, and what one would measure is
 * outside the cluster, so the autoscaler says what it says where there is none.
 */
import type { LabelSelector } from "../../../lib/label-selector.ts";
import type { MetricSpec } from "./autoscaler-shape.ts";

export interface MetricFailure {
  reason: string;
  message: string;
  /** The same, as the sum of all metrics tells it. */
  wrapped: string;
}

const NO_CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";

export function absentMetric({ type, pods, object, external }: MetricSpec, namespace: string): MetricFailure {
  const reason = `FailedGet${type}Metric`;
  if (pods !== undefined) {
    const message = `unable to get metric ${pods.metric.name}: ${NO_CUSTOM}`;
    return { reason, message, wrapped: `failed to get pods metric value: ${message}` };
  }
  if (object !== undefined) {
    const { metric, describedObject, target } = object;
    const message = `unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/${NO_CUSTOM}`;
    return { reason, message, wrapped: `failed to get object metric value: ${target.type === "AverageValue" ? `failed to get ${metric.name} object metric: ` : ""}${message}` };
  }
  const { metric, target } = external!;
  const message = `unable to get external metric ${namespace}/${metric.name}/${selectorText(metric.selector)}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${metric.name}.external.metrics.k8s.io)`;
  const step = target.type === "AverageValue" ? `failed to get ${metric.name} external metric` : `failed to get external metric ${metric.name}`;
  return { reason, message, wrapped: `failed to get ${metric.name} external metric value: ${step}: ${message}` };
}

/** As Go prints a `*metav1.LabelSelector`. */
function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "nil";
  const { matchLabels, matchExpressions = [] } = selector;
  const labels = Object.entries(matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value},`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`);
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}

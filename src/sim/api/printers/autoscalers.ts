import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, quantityText, type Cell } from "./cells.ts";

interface MetricValue {
  type?: string;
  averageUtilization?: number;
  averageValue?: string;
  value?: string;
}

interface MetricSource {
  name?: string;
  target?: MetricValue;
  current?: MetricValue;
}

type Metric = { type: string } & Record<string, MetricSource | string | undefined>;

/** The field of a metric that holds what its type names. */
const FIELDS: Readonly<Record<string, string>> = { External: "external", Pods: "pods", Object: "object", Resource: "resource", ContainerResource: "containerResource" };

/** At most this many metrics are shown. */
const METRICS_SHOWN = 2;

const quantity = (value: string | undefined): string => (value === undefined ? "<unknown>" : quantityText(value));

function metricText(metric: Metric, status: Metric | undefined): string {
  const field = FIELDS[metric.type];
  if (field === undefined) return "<unknown type>";
  const source = metric[field] as MetricSource | undefined;
  const current = (status?.[field] as MetricSource | undefined)?.current;
  const target = source?.target ?? {};
  if (metric.type === "Resource" || metric.type === "ContainerResource") {
    if (target.averageValue != null) return `${source?.name}: ${quantity(current?.averageValue)}/${quantityText(target.averageValue)}`;
    const percent = (value: number | undefined, none: string): string => (value == null ? none : `${value}%`);
    return `${source?.name}: ${percent(current?.averageUtilization, "<unknown>")}/${percent(target.averageUtilization, "<auto>")}`;
  }
  if (metric.type === "Pods") return `${quantity(current?.averageValue)}/${quantityText(target.averageValue)}`;
  if (target.averageValue != null) return `${quantity(current?.averageValue)}/${quantityText(target.averageValue)} (avg)`;
  return `${quantity(current?.value)}/${quantityText(target.value)}`;
}

/** An autoscaling/v1 object in the shape of v2, as far as the row shows it. */
function metricsOf(object: KubeObject): { specs: Metric[]; statuses: Metric[] } {
  const { spec = {}, status = {} } = object;
  if (object.apiVersion !== "autoscaling/v1") return { specs: spec.metrics ?? [], statuses: status.currentMetrics ?? [] };
  const cpu = (values: { target?: MetricValue; current?: MetricValue }): Metric => ({ type: "Resource", resource: { name: "cpu", ...values } });
  return {
    specs: spec.targetCPUUtilizationPercentage == null ? [] : [cpu({ target: { averageUtilization: spec.targetCPUUtilizationPercentage } })],
    statuses: status.currentCPUUtilizationPercentage == null ? [] : [cpu({ current: { averageUtilization: status.currentCPUUtilizationPercentage } })],
  };
}

export function printHorizontalPodAutoscaler(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  const { specs, statuses } = metricsOf(object);
  const texts = specs.map((metric, index) => metricText(metric, statuses[index]));
  const shown = texts.slice(0, METRICS_SHOWN).join(", ");
  return [
    object.metadata.name,
    `${spec.scaleTargetRef?.kind ?? ""}/${spec.scaleTargetRef?.name ?? ""}`,
    texts.length === 0 ? "<none>" : texts.length > METRICS_SHOWN ? `${shown} + ${texts.length - METRICS_SHOWN} more...` : shown,
    spec.minReplicas == null ? "<unset>" : String(spec.minReplicas),
    spec.maxReplicas ?? 0,
    status.currentReplicas ?? 0,
    age(object, nowMs),
  ];
}

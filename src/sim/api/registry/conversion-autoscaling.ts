/**
 * HorizontalPodAutoscaler v1 and v2. v1 has one cpu target; whatever else v2 says travels in annotations, so that
 * reading and writing as v1 loses nothing (`pkg/apis/autoscaling/v1/conversion.go`).
 */
import type { KubeObject } from "../../../objects/kube-object.ts";

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";

interface Metric {
  type: string;
  resource?: { name: string; target?: { type?: string; averageUtilization?: number }; current?: { averageUtilization?: number } };
}

const isCpuUtilisation = (metric: Metric): boolean =>
  metric.type === "Resource" && metric.resource?.name === "cpu" && (metric.resource.target?.averageUtilization ?? metric.resource.current?.averageUtilization) !== undefined;

export function autoscalerToV1(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = (object["spec"] ?? {}) as { metrics?: Metric[]; behavior?: object };
  const { currentMetrics, conditions, ...status } = (object["status"] ?? {}) as { currentMetrics?: Metric[]; conditions?: object[] };
  const cpu = metrics?.find(isCpuUtilisation);
  const currentCpu = currentMetrics?.find(isCpuUtilisation);
  const others = metrics?.filter((metric) => metric !== cpu) ?? [];
  const otherCurrents = currentMetrics?.filter((metric) => metric !== currentCpu) ?? [];
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others);
  if (otherCurrents.length > 0) annotations[CURRENT_METRICS] = JSON.stringify(otherCurrents);
  if (conditions && conditions.length > 0) annotations[CONDITIONS] = JSON.stringify(conditions);
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behavior);
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas } = status as Record<string, unknown>;
  return {
    ...object,
    metadata: Object.keys(annotations).length > 0 ? { ...object.metadata, annotations } : object.metadata,
    spec: { ...spec, ...(cpu ? { targetCPUUtilizationPercentage: cpu.resource!.target!.averageUtilization } : {}) },
    status: {
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      currentReplicas: currentReplicas ?? 0,
      desiredReplicas: desiredReplicas ?? 0,
      ...(currentCpu ? { currentCPUUtilizationPercentage: currentCpu.resource!.current!.averageUtilization } : {}),
    },
  };
}

export function autoscalerToV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage, ...spec } = (object["spec"] ?? {}) as { targetCPUUtilizationPercentage?: number };
  const { currentCPUUtilizationPercentage, ...status } = (object["status"] ?? {}) as { currentCPUUtilizationPercentage?: number };
  const annotations = { ...object.metadata.annotations };
  const take = (key: string): unknown => {
    const text = annotations[key];
    delete annotations[key];
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // An annotation that is not ours to understand is dropped, as upstream does.
      return undefined;
    }
  };
  const others = (take(METRICS) ?? []) as Metric[];
  const otherCurrents = (take(CURRENT_METRICS) ?? []) as Metric[];
  const conditions = take(CONDITIONS);
  const behavior = take(BEHAVIOR);
  const metrics = [
    ...others,
    ...(targetCPUUtilizationPercentage === undefined
      ? []
      : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: targetCPUUtilizationPercentage } } }]),
  ];
  const currentMetrics = [
    ...otherCurrents,
    ...(currentCPUUtilizationPercentage === undefined
      ? []
      : [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: currentCPUUtilizationPercentage } } }]),
  ];
  const { annotations: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata,
    spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior === undefined ? {} : { behavior }) },
    ...(object["status"] === undefined
      ? {}
      : { status: { ...status, ...(currentMetrics.length > 0 ? { currentMetrics } : {}), ...(conditions === undefined ? {} : { conditions }) } }),
  };
}

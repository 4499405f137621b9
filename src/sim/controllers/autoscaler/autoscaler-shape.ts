/** The fields of a HorizontalPodAutoscaler (autoscaling/v2). */
import type { LabelSelector } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Condition } from "../shapes.ts";

export interface MetricTarget {
  type: "Utilization" | "Value" | "AverageValue";
  averageUtilization?: number;
  averageValue?: string;
  value?: string;
}

export interface MetricSpec {
  type: "Resource" | "ContainerResource" | "Pods" | "Object" | "External";
  resource?: { name: string; target: MetricTarget };
  containerResource?: { name: string; container: string; target: MetricTarget };
  pods?: { metric: MetricIdentifier; target: MetricTarget };
  object?: { metric: MetricIdentifier; describedObject: { kind: string; name: string }; target: MetricTarget };
  external?: { metric: MetricIdentifier; target: MetricTarget };
}

export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector;
}

export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: "Max" | "Min" | "Disabled";
  policies?: { type: "Pods" | "Percent"; value: number; periodSeconds: number }[];
  tolerance?: string;
}

export interface Autoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
    metrics?: MetricSpec[];
    behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules };
  };
  status?: {
    observedGeneration?: number;
    lastScaleTime?: string;
    currentReplicas?: number;
    desiredReplicas: number;
    currentMetrics?: object[];
    conditions?: Condition[];
  };
}

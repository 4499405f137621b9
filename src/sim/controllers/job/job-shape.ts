/** The fields of a Job that its controller reads and writes. */
import type { LabelSelector } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Condition, PodTemplate } from "../shapes.ts";

export interface PodFailurePolicyRule {
  action: "FailJob" | "FailIndex" | "Ignore" | "Count";
  onExitCodes?: { containerName?: string; operator: "In" | "NotIn"; values: number[] };
  onPodConditions?: { type: string; status?: string }[];
}

export interface JobStatus {
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
  active?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  ready?: number;
  completedIndexes?: string;
  failedIndexes?: string;
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
}

export interface Job extends KubeObject {
  spec: {
    parallelism?: number;
    completions?: number;
    activeDeadlineSeconds?: number;
    backoffLimit?: number;
    backoffLimitPerIndex?: number;
    maxFailedIndexes?: number;
    selector?: LabelSelector;
    template: PodTemplate;
    ttlSecondsAfterFinished?: number;
    completionMode?: string;
    suspend?: boolean;
    podReplacementPolicy?: string;
    podFailurePolicy?: { rules: PodFailurePolicyRule[] };
    successPolicy?: { rules: { succeededIndexes?: string; succeededCount?: number }[] };
    managedBy?: string;
  };
  status?: JobStatus;
}

export const isIndexed = (job: Job): boolean => job.spec.completionMode === "Indexed";
export const isSuspended = (job: Job): boolean => job.spec.suspend === true;

export function finishedCondition(job: Job): Condition | undefined {
  return job.status?.conditions?.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
}

/** Pods that are only stopping are not replaced, nor counted as failed, until they have stopped. */
export const replacesOnlyFailed = (job: Job): boolean => job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;

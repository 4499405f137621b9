/** Defaults of the kinds that make pods (upstream `pkg/apis/{apps,batch}/v1/defaults.go`). */
import { ifAbsent, items } from "./absent.ts";
import type { Loose } from "./loose.ts";
import { defaultPodSpec } from "./pod-spec.ts";

const INT32_MAX = 2_147_483_647;

export function defaultDeployment(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "replicas", 1);
  const strategy: Loose = (spec.strategy ??= {});
  ifAbsent(strategy, "type", "RollingUpdate");
  if (strategy.type === "RollingUpdate") {
    const rolling: Loose = (strategy.rollingUpdate ??= {});
    ifAbsent(rolling, "maxUnavailable", "25%");
    ifAbsent(rolling, "maxSurge", "25%");
  }
  ifAbsent(spec, "revisionHistoryLimit", 10);
  ifAbsent(spec, "progressDeadlineSeconds", 600);
  defaultPodSpec(spec.template?.spec);
}

export function defaultReplicaSet(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "replicas", 1);
  defaultPodSpec(spec.template?.spec);
}

export function defaultReplicationController(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  const labels: Loose | undefined = spec.template?.metadata?.labels;
  if (labels) {
    if (!spec.selector || Object.keys(spec.selector).length === 0) spec.selector = { ...labels };
    if (Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
  }
  ifAbsent(spec, "replicas", 1);
  defaultPodSpec(spec.template?.spec);
}

export function defaultDaemonSet(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  const strategy: Loose = (spec.updateStrategy ??= {});
  ifAbsent(strategy, "type", "RollingUpdate");
  if (strategy.type === "RollingUpdate") {
    const rolling: Loose = (strategy.rollingUpdate ??= {});
    ifAbsent(rolling, "maxUnavailable", 1);
    ifAbsent(rolling, "maxSurge", 0);
  }
  ifAbsent(spec, "revisionHistoryLimit", 10);
  defaultPodSpec(spec.template?.spec);
}

export function defaultStatefulSet(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "podManagementPolicy", "OrderedReady");
  const strategy: Loose = (spec.updateStrategy ??= {});
  if (!strategy.type) {
    strategy.type = "RollingUpdate";
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === "RollingUpdate" && strategy.rollingUpdate) ifAbsent(strategy.rollingUpdate, "partition", 0);
  const retention: Loose = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  ifAbsent(retention, "whenDeleted", "Retain");
  ifAbsent(retention, "whenScaled", "Retain");
  ifAbsent(spec, "replicas", 1);
  ifAbsent(spec, "revisionHistoryLimit", 10);
  defaultPodSpec(spec.template?.spec);
  for (const claim of items(spec.volumeClaimTemplates)) {
    if (claim.apiVersion !== "v1") claim.apiVersion = "v1";
    if (claim.kind !== "PersistentVolumeClaim") claim.kind = "PersistentVolumeClaim";
    defaultClaim(claim);
  }
}

export function defaultClaim(object: Loose): void {
  ifAbsent((object.spec ??= {}), "volumeMode", "Filesystem");
  ifAbsent((object.status ??= {}), "phase", "Pending");
}

export function defaultJob(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  ifAbsent(spec, "parallelism", 1);
  ifAbsent(spec, "backoffLimit", spec.backoffLimitPerIndex === undefined ? 6 : INT32_MAX);
  const labels: Loose | undefined = spec.template?.metadata?.labels;
  // One and the same map, as upstream: the labels that the strategy adds to the template later show on the job too.
  if (labels && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = labels;
  ifAbsent(spec, "completionMode", "NonIndexed");
  ifAbsent(spec, "suspend", false);
  ifAbsent(spec, "podReplacementPolicy", spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed");
  ifAbsent(spec, "manualSelector", false);
  defaultJobSpec(spec);
}

export function defaultCronJob(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "concurrencyPolicy", "Allow");
  ifAbsent(spec, "suspend", false);
  ifAbsent(spec, "successfulJobsHistoryLimit", 3);
  ifAbsent(spec, "failedJobsHistoryLimit", 1);
  if (spec.jobTemplate?.spec) defaultJobSpec(spec.jobTemplate.spec);
}

/** What a job and a cron job's template share. */
function defaultJobSpec(spec: Loose): void {
  defaultPodSpec(spec.template?.spec);
  for (const rule of items(spec.podFailurePolicy?.rules)) {
    for (const pattern of items(rule.onPodConditions)) ifAbsent(pattern, "status", "True");
  }
}

/** What the API sets on a pod itself: its phase, quality of service and scheduling gates, and what its subresources may change. */
import { quantityNano } from "../../../lib/quantity.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";

export function preparePodForCreate(pod: Loose): void {
  const spec: Loose = pod.spec ?? {};
  pod.status = { phase: "Pending", qosClass: qualityOfService(spec) };
  if (spec.schedulingGates?.length > 0) {
    pod.status.conditions = [
      {
        type: "PodScheduled",
        status: "False",
        lastProbeTime: null,
        lastTransitionTime: pod.metadata.creationTimestamp ?? null,
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      },
    ];
  }
  const labels: Record<string, string> = pod.metadata.labels ?? {};
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of items(affinity?.requiredDuringSchedulingIgnoredDuringExecution)) selectByKeys(term, labels);
    for (const weighted of items(affinity?.preferredDuringSchedulingIgnoredDuringExecution)) selectByKeys(weighted.podAffinityTerm ?? {}, labels);
  }
  for (const constraint of items(spec.topologySpreadConstraints)) selectByKeys(constraint, labels);
}

/** `matchLabelKeys` become ordinary requirements with this pod's own values. */
function selectByKeys(term: Loose, labels: Record<string, string>): void {
  if (!term.labelSelector) return;
  const add = (keys: unknown, operator: "In" | "NotIn"): void => {
    if (!Array.isArray(keys)) return;
    for (const key of keys as string[]) {
      const value = labels[key];
      if (value !== undefined) (term.labelSelector.matchExpressions ??= []).push({ key, operator, values: [value] });
    }
  };
  add(term.matchLabelKeys, "In");
  add(term.mismatchLabelKeys, "NotIn");
}

/** Guaranteed, Burstable or BestEffort (upstream `pkg/apis/core/helper/qos`): only cpu and memory count. */
export function qualityOfService(spec: Loose): "Guaranteed" | "Burstable" | "BestEffort" {
  const requests: Record<string, bigint> = {};
  const limits: Record<string, bigint> = {};
  let isGuaranteed = true;
  const units: Loose[] = spec.resources ? [{ resources: spec.resources }] : [...items(spec.containers), ...items(spec.initContainers)];
  for (const unit of units) {
    addPositive(requests, unit.resources?.requests);
    const limitsFound = addPositive(limits, unit.resources?.limits);
    if (limitsFound < 2 && !(spec.resources && !spec.resources.limits)) isGuaranteed = false;
  }
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return "BestEffort";
  if (!isGuaranteed || Object.keys(requests).length !== Object.keys(limits).length) return "Burstable";
  for (const name in requests) if (requests[name] !== limits[name]) return "Burstable";
  return "Guaranteed";
}

function addPositive(into: Record<string, bigint>, list: Record<string, string> | undefined): number {
  let count = 0;
  for (const name of ["cpu", "memory"]) {
    const nano = quantityNano(list?.[name]);
    if (nano <= 0n) continue;
    into[name] = (into[name] ?? 0n) + nano;
    count++;
  }
  return count;
}

/** `/resize` changes resources and resize policies only; where containers were added or renamed, validation says so. */
export function keepAllButResources(next: Loose, old: Loose): void {
  const lists = ["containers", "initContainers"] as const;
  for (const list of lists) if (items(next.spec?.[list]).length !== items(old.spec?.[list]).length) return;
  const merged: Loose = { ...old.spec };
  if (next.spec?.resources) merged.resources = next.spec.resources;
  else delete merged.resources;
  for (const list of lists) {
    const wanted = items(next.spec?.[list]);
    const stored = items(old.spec?.[list]);
    if (stored.length === 0) continue;
    const isReordered = wanted.some((container, index) => container.name !== stored[index]?.name);
    merged[list] = isReordered
      ? wanted
      : stored.map((container, index) => {
          const copy: Loose = { ...container, resources: wanted[index]!.resources };
          if (wanted[index]!.resizePolicy) copy.resizePolicy = wanted[index]!.resizePolicy;
          else delete copy.resizePolicy;
          return copy;
        });
  }
  next.spec = merged;
  next.status = old.status;
}

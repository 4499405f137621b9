/** Whether what an object asks for is there, and if not, the reason in Kubernetes' own words. Reads objects; asks nobody. */
import type { KubeObject } from "../objects/kube-object.ts";

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export const conditionOf = (object: KubeObject, type: string): Condition | undefined => (object["status"]?.conditions as Condition[] | undefined)?.find((condition) => condition.type === type);
export const isTrue = (object: KubeObject, type: string): boolean => conditionOf(object, type)?.status === "True";

/** Why a workload is not there yet; undefined when it is. */
export function unreadyReason(workload: KubeObject): string | undefined {
  const status = (workload["status"] ?? {}) as Record<string, unknown>;
  const generation = workload.metadata.generation ?? 0;
  switch (workload.kind) {
    case "DaemonSet": {
      const wanted = status["desiredNumberScheduled"] as number | undefined;
      if (wanted === undefined || (status["observedGeneration"] as number) < generation) return "not looked at yet";
      return ((status["numberAvailable"] as number | undefined) ?? 0) >= wanted ? undefined : `${status["numberAvailable"] ?? 0} of ${wanted} pods are available`;
    }
    case "Deployment":
    case "StatefulSet": {
      const wanted = (workload["spec"]?.replicas as number | undefined) ?? 1;
      if (((status["observedGeneration"] as number | undefined) ?? 0) < generation) return "not looked at yet";
      const available = (status["availableReplicas"] as number | undefined) ?? 0;
      const updated = (status["updatedReplicas"] as number | undefined) ?? 0;
      if (available < wanted) return `${available} of ${wanted} pods are available`;
      if (updated < wanted) return `${updated} of ${wanted} pods are of the new revision`;
      // As `kubectl rollout status`: while old pods serve for new ones that are not ready, nothing is finished.
      return ((status["replicas"] as number | undefined) ?? 0) > updated ? "old pods are still there" : undefined;
    }
    default:
      // Databases of an operator: their own Ready condition, or the instances they count.
      if (isTrue(workload, "Ready")) return undefined;
      return conditionOf(workload, "Ready")?.message ?? (status["phase"] as string | undefined) ?? "not looked at yet";
  }
}

/** Why a pod does not run: not scheduled, an image that cannot be pulled, a container that ends. */
export function podReason(pod: KubeObject): string | undefined {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") return scheduled.message;
  const statuses = [...((pod["status"]?.initContainerStatuses ?? []) as unknown[]), ...((pod["status"]?.containerStatuses ?? []) as unknown[])] as { name: string; ready?: boolean; state?: { waiting?: { reason?: string; message?: string }; running?: object } }[];
  for (const { name, state, ready } of statuses) {
    if (state?.waiting?.reason !== undefined && state.waiting.reason !== "PodInitializing") return `${name}: ${state.waiting.reason}${state.waiting.message ? ` (${state.waiting.message})` : ""}`;
    if (state?.running !== undefined && ready === false) return `${name} runs but is not ready`;
  }
  return undefined;
}

/** Taints and tolerations (component-helpers `scheduling/corev1`). */
import type { Taint, Toleration } from "../kubelet/pod.ts";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? "Equal") {
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    default:
      return false;
  }
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return (tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}

/** The first taint that keeps a pod from being placed: NoSchedule or NoExecute and not tolerated. */
export function untoleratedTaint(taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined): Taint | undefined {
  return taints?.find((taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerations));
}

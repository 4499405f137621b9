/** A node starts with the taint that its lifecycle controller removes once it is ready. */
import type { Loose } from "../defaults/loose.ts";
import { items } from "../defaults/absent.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { isCore } from "./refuse.ts";

const NOT_READY = "node.kubernetes.io/not-ready";

export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  resources: ["nodes"],
  mutate(request) {
    if (request.operation !== "CREATE" || !isCore(request, "nodes") || !request.object) return;
    const spec: Loose = (request.object.spec ??= {});
    const taints = items(spec.taints);
    if (taints.some((taint) => taint.key === NOT_READY && taint.effect === "NoSchedule")) return;
    spec.taints = [...taints, { key: NOT_READY, effect: "NoSchedule" }];
  },
};

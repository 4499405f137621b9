/** Pods stay five minutes on a node that is not ready or not reachable, unless they say how long. */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { isCore } from "./refuse.ts";

const KEYS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
const TOLERATION_SECONDS = 300;

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  resources: ["pods"],
  mutate(request) {
    if (!isCore(request, "pods") || !request.object || (request.operation !== "CREATE" && request.operation !== "UPDATE")) return;
    const spec: Loose = (request.object.spec ??= {});
    const tolerations = items(spec.tolerations);
    const added: Loose[] = [];
    for (const key of KEYS) {
      const isTolerated = tolerations.some((toleration) => (toleration.key === key || !toleration.key) && (toleration.effect === "NoExecute" || !toleration.effect));
      if (!isTolerated) added.push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS });
    }
    if (added.length > 0) spec.tolerations = [...tolerations, ...added];
  },
};

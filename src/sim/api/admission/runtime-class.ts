/** A pod's runtime class brings its overhead and its own scheduling rules. */
import { equalJson } from "../../../lib/json.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { isCore, refuse } from "./refuse.ts";

const CLASSES = "node.k8s.io/runtimeclasses";

export const runtimeClass: AdmissionPlugin = {
  name: "RuntimeClass",
  resources: ["pods"],
  mutate(request) {
    if (request.operation !== "CREATE" || !isCore(request, "pods") || !request.object) return;
    const spec: Loose = (request.object.spec ??= {});
    if (!spec.runtimeClassName) return;
    const found = request.client.get(CLASSES, undefined, spec.runtimeClassName);
    if (!found) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`);
    const overhead: Loose | undefined = found.overhead?.podFixed;
    if (overhead) {
      if (spec.overhead && !equalJson(spec.overhead, overhead)) throw refuse(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      spec.overhead = { ...overhead };
    }
    const selector: Record<string, string> = found.scheduling?.nodeSelector ?? {};
    for (const [key, value] of Object.entries(selector)) {
      const own = spec.nodeSelector?.[key];
      if (own !== undefined && own !== value) throw refuse(request, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
      spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
    }
    const wanted = items(found.scheduling?.tolerations).filter((toleration) => !items(spec.tolerations).some((other) => equalJson(other, toleration)));
    if (wanted.length > 0) spec.tolerations = [...items(spec.tolerations), ...wanted];
  },
  validate(request) {
    if (request.operation !== "CREATE" || !isCore(request, "pods") || !request.object?.spec?.overhead) return;
    const name: string | undefined = request.object.spec.runtimeClassName;
    const found = name ? request.client.get(CLASSES, undefined, name) : undefined;
    if (!found?.overhead) throw refuse(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
  },
};

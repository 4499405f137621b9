/** A pod's priority is computed from its class; there is one default class at most. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";
import { isCore, refuse } from "./refuse.ts";

const CLASSES = "scheduling.k8s.io/priorityclasses";
const COMPUTED = "must not be provided in pod spec; priority admission controller computed";

export const priority: AdmissionPlugin = {
  name: "Priority",
  resources: ["pods", CLASSES],
  mutate(request) {
    if (!isCore(request, "pods") || !request.object) return;
    const spec: Loose = (request.object.spec ??= {});
    if (request.operation === "UPDATE") {
      const before: Loose = request.oldObject?.spec ?? {};
      spec.priority ??= before.priority;
      spec.preemptionPolicy ??= before.preemptionPolicy;
      for (const field of ["priority", "preemptionPolicy"]) if (spec[field] === undefined) delete spec[field];
    } else if (request.operation === "CREATE") setPriority(request, spec);
  },
  validate(request) {
    if (request.type.group !== "scheduling.k8s.io" || request.type.plural !== "priorityclasses") return;
    if ((request.operation !== "CREATE" && request.operation !== "UPDATE") || request.object?.globalDefault !== true) return;
    const other = defaultClass(request);
    if (other && (request.operation === "CREATE" || other.metadata.name !== request.object.metadata.name)) {
      throw refuse(request, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
    }
  },
};

function setPriority(request: AdmissionRequest, spec: Loose): void {
  let found: KubeObject | undefined;
  if (spec.priorityClassName) {
    found = request.client.get(CLASSES, undefined, spec.priorityClassName);
    if (!found) throw refuse(request, `no PriorityClass with name ${spec.priorityClassName} was found`);
  } else {
    found = defaultClass(request);
    if (found) spec.priorityClassName = found.metadata.name;
  }
  const value: number = found?.value ?? 0;
  const policy: string = found?.preemptionPolicy ?? "PreemptLowerPriority";
  if (spec.priority !== undefined && spec.priority !== value) throw refuse(request, `the integer value of priority (${spec.priority}) ${COMPUTED} ${value} from the given PriorityClass name`);
  spec.priority = value;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refuse(request, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) ${COMPUTED} ${policy} from the given PriorityClass name`);
  }
  spec.preemptionPolicy = policy;
}

/** Of several defaults (two may be made at once) the lowest counts. */
function defaultClass(request: AdmissionRequest): KubeObject | undefined {
  let lowest: KubeObject | undefined;
  for (const candidate of request.client.list(CLASSES)) {
    if (candidate.globalDefault === true && (!lowest || candidate.value < lowest.value)) lowest = candidate;
  }
  return lowest;
}

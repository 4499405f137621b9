/** Fills in what a client left out, for every built-in kind that upstream defaults, as a decoded upstream object would carry it. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import * as core from "./core.ts";
import type { Loose } from "./loose.ts";
import { defaultPod, defaultPodSpec } from "./pod-spec.ts";
import * as policies from "./policies.ts";
import { normalizeGoShape } from "./shapes/normalize.ts";
import * as workloads from "./workloads.ts";

/** By group and kind; autoscaling by version too, as its two versions default differently. */
const DEFAULTS: Readonly<Record<string, (object: Loose) => void>> = {
  "/Pod": defaultPod,
  "/PodTemplate": (object) => defaultPodSpec(object.template?.spec),
  "/ReplicationController": workloads.defaultReplicationController,
  "/Service": core.defaultService,
  "/Secret": core.defaultSecret,
  "/PersistentVolume": core.defaultPersistentVolume,
  "/PersistentVolumeClaim": workloads.defaultClaim,
  "/Endpoints": core.defaultEndpoints,
  "/Namespace": core.defaultNamespace,
  "/Node": core.defaultNode,
  "/LimitRange": core.defaultLimitRange,
  "apps/Deployment": workloads.defaultDeployment,
  "apps/ReplicaSet": workloads.defaultReplicaSet,
  "apps/DaemonSet": workloads.defaultDaemonSet,
  "apps/StatefulSet": workloads.defaultStatefulSet,
  "batch/Job": workloads.defaultJob,
  "batch/CronJob": workloads.defaultCronJob,
  "autoscaling/v1/HorizontalPodAutoscaler": policies.defaultAutoscalerV1,
  "autoscaling/v2/HorizontalPodAutoscaler": policies.defaultAutoscalerV2,
  "networking.k8s.io/NetworkPolicy": policies.defaultNetworkPolicy,
  "networking.k8s.io/IngressClass": policies.defaultIngressClass,
  "rbac.authorization.k8s.io/RoleBinding": policies.defaultRoleBinding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": policies.defaultRoleBinding,
  "storage.k8s.io/StorageClass": policies.defaultStorageClass,
  "storage.k8s.io/CSIDriver": policies.defaultCsiDriver,
  "scheduling.k8s.io/PriorityClass": policies.defaultPriorityClass,
  "discovery.k8s.io/EndpointSlice": policies.defaultEndpointSlice,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": policies.defaultValidatingWebhooks,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": policies.defaultMutatingWebhooks,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": policies.defaultAdmissionPolicy,
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": policies.defaultAdmissionPolicy,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": policies.defaultAdmissionPolicyBinding,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": policies.defaultAdmissionPolicyBinding,
  "apiextensions.k8s.io/CustomResourceDefinition": policies.defaultCustomResourceDefinition,
  "apiregistration.k8s.io/APIService": policies.defaultApiService,
  "flowcontrol.apiserver.k8s.io/FlowSchema": policies.defaultFlowSchema,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": policies.defaultPriorityLevel,
  "resource.k8s.io/ResourceClaim": (object) => policies.defaultResourceClaimSpec(object.spec),
  "resource.k8s.io/ResourceClaimTemplate": (object) => policies.defaultResourceClaimSpec(object.spec?.spec),
};

/** Those that fill in nothing but the spec. */
const SPEC_ALONE: ReadonlySet<(object: Loose) => void> = new Set([workloads.defaultDeployment, workloads.defaultReplicaSet, workloads.defaultDaemonSet, workloads.defaultStatefulSet, policies.defaultAutoscalerV1, policies.defaultAutoscalerV2]);

const GROUP_AND_KIND = new Map<string, (object: Loose) => void>();

/**
 * Mutates a fresh object (the caller's private copy) into the form that upstream's decoding gives: empty values gone, zero structs present,
 * quantities canonical, defaults set. Applying it twice changes nothing; so what the object shares with `known`, which is in that form, is not looked at again.
 */
export function applyDefaults(object: KubeObject, known?: KubeObject): void {
  normalizeGoShape(object, known);
  const key = `${object.apiVersion}/${object.kind}`;
  let fill = GROUP_AND_KIND.get(key);
  if (fill === undefined) {
    const slash = object.apiVersion.indexOf("/");
    const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
    fill = DEFAULTS[key] ?? (Object.hasOwn(DEFAULTS, `${group}/${object.kind}`) ? DEFAULTS[`${group}/${object.kind}`] : undefined) ?? (() => {});
    if (GROUP_AND_KIND.size < 2000) GROUP_AND_KIND.set(key, fill);
  }
  if (known !== undefined && fill === defaultPod && hasSameSpec(object, known)) return;
  if (known !== undefined && object["spec"] !== undefined && object["spec"] === known["spec"] && SPEC_ALONE.has(fill)) return;
  fill(object);
}

/** Nothing in the pod's spec is new but, perhaps, its node: then no default can be missing, and what is shared must not be written to. */
function hasSameSpec(pod: Loose, known: Loose): boolean {
  const [spec, before] = [pod.spec as Loose | undefined, known.spec as Loose | undefined];
  if (spec === before || spec === undefined || before === undefined) return spec === before;
  for (const field in spec) if (spec[field] !== before[field] && field !== "nodeName") return false;
  return true;
}

/** Which built-in kinds have a status subresource, and when their generation grows (upstream `strategy.go of each kind under pkg/registry`). */

export interface KindStrategy {
  /** The kind has a `/status` subresource: the main resource never writes status, and the other way round. */
  hasStatus?: boolean;
  /**
   * `spec`: 1 at first, and one more whenever the spec changes. A list: the same for those top-level fields.
   * `once`: 1 for ever. Absent: the kind has no generation.
   */
  generation?: "spec" | "once" | readonly string[];
}

/** Kinds that are not here have neither. */
export const KIND_STRATEGIES: Readonly<Record<string, KindStrategy>> = {
  "/Pod": { hasStatus: true, generation: "spec" },
  "/Node": { hasStatus: true },
  "/Namespace": { hasStatus: true },
  "/Service": { hasStatus: true },
  "/PersistentVolume": { hasStatus: true },
  "/PersistentVolumeClaim": { hasStatus: true },
  "/ResourceQuota": { hasStatus: true },
  "/ReplicationController": { hasStatus: true, generation: "spec" },
  "/PodTemplate": { generation: ["template"] },
  "apps/Deployment": { hasStatus: true, generation: "spec" },
  "apps/ReplicaSet": { hasStatus: true, generation: "spec" },
  "apps/StatefulSet": { hasStatus: true, generation: "spec" },
  "apps/DaemonSet": { hasStatus: true, generation: "spec" },
  "batch/Job": { hasStatus: true, generation: "spec" },
  "batch/CronJob": { hasStatus: true, generation: "spec" },
  "autoscaling/HorizontalPodAutoscaler": { hasStatus: true },
  "policy/PodDisruptionBudget": { hasStatus: true, generation: "spec" },
  "networking.k8s.io/Ingress": { hasStatus: true, generation: "spec" },
  "networking.k8s.io/IngressClass": { generation: "spec" },
  "networking.k8s.io/NetworkPolicy": { generation: "spec" },
  "networking.k8s.io/ServiceCIDR": { hasStatus: true },
  "discovery.k8s.io/EndpointSlice": { generation: ["addressType", "endpoints", "ports"] },
  "scheduling.k8s.io/PriorityClass": { generation: "once" },
  "storage.k8s.io/VolumeAttachment": { hasStatus: true },
  "certificates.k8s.io/CertificateSigningRequest": { hasStatus: true },
  "flowcontrol.apiserver.k8s.io/FlowSchema": { hasStatus: true, generation: "spec" },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": { hasStatus: true, generation: "spec" },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { generation: ["webhooks"] },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { generation: ["webhooks"] },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": { hasStatus: true, generation: "spec" },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": { generation: "spec" },
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": { generation: "spec" },
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": { generation: "spec" },
  "apiextensions.k8s.io/CustomResourceDefinition": { hasStatus: true, generation: "spec" },
  "apiregistration.k8s.io/APIService": { hasStatus: true },
  "resource.k8s.io/ResourceClaim": { hasStatus: true },
  "resource.k8s.io/ResourceSlice": { generation: "spec" },
};

const STATUS_PLURALS: ReadonlySet<string> = new Set([
  "/pods", "/nodes", "/namespaces", "/services", "/persistentvolumes", "/persistentvolumeclaims", "/resourcequotas", "/replicationcontrollers",
  "apps/deployments", "apps/replicasets", "apps/statefulsets", "apps/daemonsets", "batch/jobs", "batch/cronjobs", "autoscaling/horizontalpodautoscalers",
  "policy/poddisruptionbudgets", "networking.k8s.io/ingresses", "networking.k8s.io/servicecidrs", "storage.k8s.io/volumeattachments",
  "certificates.k8s.io/certificatesigningrequests", "flowcontrol.apiserver.k8s.io/flowschemas", "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
  "admissionregistration.k8s.io/validatingadmissionpolicies", "apiextensions.k8s.io/customresourcedefinitions", "apiregistration.k8s.io/apiservices", "resource.k8s.io/resourceclaims",
]);

/** Whether a built-in resource has a `/status` subresource. Custom resources say so in their definition. */
export function hasStatusSubresource(group: string, plural: string): boolean {
  return STATUS_PLURALS.has(`${group}/${plural}`);
}

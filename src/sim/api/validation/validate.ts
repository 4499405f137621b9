/** The one door to validation: by group and kind, for what is made and for what changes. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { FieldError } from "../status.ts";
import * as autoscaling from "./autoscaling.ts";
import * as batch from "./batch.ts";
import * as core from "./core.ts";
import { validateDefinition } from "./custom-resource-definition.ts";
import { validateEndpoints, validateEndpointSlice } from "./endpoints.ts";
import type { Errors } from "./field.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { pathSegment } from "./names.ts";
import * as networking from "./networking.ts";
import { validateEphemeralUpdate, validatePodCreate, validatePodStatusUpdate, validatePodUpdate, validateResizeUpdate } from "./pod.ts";
import { validateRole, validateRoleBinding } from "./rbac.ts";
import * as registrations from "./registrations.ts";
import { validateLoadBalancerStatus, validateService, validateServiceStatus } from "./service.ts";
import * as small from "./small-kinds.ts";
import * as storage from "./storage.ts";
import * as workloads from "./workloads.ts";

/** Checks what is made (without `old`) and what changes. */
type Check = (errors: Errors, next: KubeObject, old?: KubeObject) => void;
type UpdateCheck = (errors: Errors, next: KubeObject, old: KubeObject) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  "/Pod": (errors, next, old) => (old ? validatePodUpdate(errors, next, old) : validatePodCreate(errors, next)),
  "/PodTemplate": small.validatePodTemplateObject,
  "/Service": validateService,
  "/ConfigMap": core.validateConfigMap,
  "/Secret": core.validateSecret,
  "/ServiceAccount": core.validateServiceAccount,
  "/Namespace": core.validateNamespace,
  "/Node": core.validateNode,
  "/LimitRange": core.validateLimitRange,
  "/ResourceQuota": core.validateResourceQuota,
  "/Endpoints": validateEndpoints,
  "/Event": small.validateEvent,
  "/ReplicationController": workloads.validateReplicationController,
  "/PersistentVolume": storage.validatePersistentVolume,
  "/PersistentVolumeClaim": storage.validateClaim,
  "apps/Deployment": workloads.validateDeployment,
  "apps/ReplicaSet": workloads.validateReplicaSet,
  "apps/StatefulSet": workloads.validateStatefulSet,
  "apps/DaemonSet": workloads.validateDaemonSet,
  "apps/ControllerRevision": workloads.validateControllerRevision,
  "batch/Job": batch.validateJob,
  "batch/CronJob": batch.validateCronJob,
  "autoscaling/HorizontalPodAutoscaler": autoscaling.validateAutoscaler,
  "policy/PodDisruptionBudget": autoscaling.validateDisruptionBudget,
  "networking.k8s.io/Ingress": networking.validateIngress,
  "networking.k8s.io/IngressClass": networking.validateIngressClass,
  "networking.k8s.io/NetworkPolicy": networking.validateNetworkPolicy,
  "networking.k8s.io/ServiceCIDR": networking.validateServiceCidr,
  "rbac.authorization.k8s.io/Role": validateRole,
  "rbac.authorization.k8s.io/ClusterRole": validateRole,
  "rbac.authorization.k8s.io/RoleBinding": validateRoleBinding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": validateRoleBinding,
  "storage.k8s.io/StorageClass": storage.validateStorageClass,
  "storage.k8s.io/CSIDriver": storage.validateCsiDriver,
  "storage.k8s.io/CSINode": small.validateOnlyMetadata(false),
  "storage.k8s.io/VolumeAttachment": small.validateOnlyMetadata(false),
  "storage.k8s.io/CSIStorageCapacity": small.validateOnlyMetadata(true),
  "storage.k8s.io/VolumeAttributesClass": small.validateOnlyMetadata(false),
  "scheduling.k8s.io/PriorityClass": small.validatePriorityClass,
  "node.k8s.io/RuntimeClass": small.validateRuntimeClass,
  "coordination.k8s.io/Lease": small.validateLease,
  "discovery.k8s.io/EndpointSlice": validateEndpointSlice,
  "events.k8s.io/Event": small.validateOnlyMetadata(true, pathSegment, false),
  "certificates.k8s.io/CertificateSigningRequest": small.validateSigningRequest,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": registrations.validateWebhooks,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": registrations.validateWebhooks,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": registrations.validateAdmissionPolicy,
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": registrations.validateAdmissionPolicy,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": registrations.validatePolicyBinding,
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": registrations.validatePolicyBinding,
  "apiextensions.k8s.io/CustomResourceDefinition": validateDefinition,
  "apiregistration.k8s.io/APIService": small.validateApiService,
  "flowcontrol.apiserver.k8s.io/FlowSchema": small.validateFlow,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": small.validateFlow,
};

const SUBRESOURCE_CHECKS: Readonly<Record<string, UpdateCheck>> = {
  "/Pod/status": validatePodStatusUpdate,
  "/Pod/ephemeralcontainers": validateEphemeralUpdate,
  "/Pod/resize": validateResizeUpdate,
  "/Service/status": validateServiceStatus,
  "/Namespace/status": core.validateNamespaceStatus,
  "/Namespace/finalize": core.validateNamespaceFinalize,
  "/Node/status": core.validateNode,
  "/ResourceQuota/status": core.validateResourceQuotaStatus,
  "/PersistentVolumeClaim/status": storage.validateClaimStatus,
  "/ReplicationController/status": workloads.validateReplicasStatus,
  "apps/Deployment/status": workloads.validateReplicasStatus,
  "apps/ReplicaSet/status": workloads.validateReplicasStatus,
  "apps/StatefulSet/status": workloads.validateReplicasStatus,
  "apps/DaemonSet/status": workloads.validateReplicasStatus,
  "batch/Job/status": batch.validateJobStatus,
  "autoscaling/HorizontalPodAutoscaler/status": autoscaling.validateAutoscalerStatus,
  "policy/PodDisruptionBudget/status": autoscaling.validateDisruptionBudgetStatus,
  "networking.k8s.io/Ingress/status": (errors, next, old) => {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    validateLoadBalancerStatus(errors, "status.loadBalancer", next.status?.loadBalancer);
  },
};

function keyOf(object: KubeObject): string {
  const slash = object.apiVersion.indexOf("/");
  return `${slash < 0 ? "" : object.apiVersion.slice(0, slash)}/${object.kind}`;
}

const KEYS = new Map<string, string>();

/** `group/Kind`, remembered per version and kind. */
function cachedKey(object: KubeObject): string {
  const long = `${object.apiVersion}\n${object.kind}`;
  let key = KEYS.get(long);
  if (key === undefined) {
    key = keyOf(object);
    if (KEYS.size < 2000) KEYS.set(long, key);
  }
  return key;
}

/** Everything wrong with a new object of a built-in kind, in upstream's words and order. The object is defaulted and prepared already. */
export function validateCreate(object: KubeObject): FieldError[] {
  const errors: Errors = [];
  const check = CHECKS[cachedKey(object)];
  if (check) check(errors, object);
  else validateMetadata(errors, object.metadata, object.metadata.namespace !== undefined, pathSegment, false);
  return errors;
}

/** Everything wrong with a change. Kinds of apiextensions and apiregistration are not among `pkg/apis`. `subresource` is "" for the main resource; `scale` changes it too. */
export function validateUpdate(next: KubeObject, old: KubeObject, subresource: string): FieldError[] {
  const errors: Errors = [];
  const key = cachedKey(next);
  const isMain = subresource === "" || subresource === "scale";
  const check: UpdateCheck | undefined = isMain ? CHECKS[key] : SUBRESOURCE_CHECKS[`${key}/${subresource}`];
  if (check) check(errors, next, old);
  else validateMetadataUpdate(errors, next.metadata, old.metadata, !isMain && !key.startsWith("api"));
  if (errors.length === 0) return errors;
  // Upstream checks the metadata once more for every kind, before the kind's own checks, and tells both.
  const common: Errors = [];
  validateMetadata(common, next.metadata, next.metadata.namespace !== undefined, pathSegment, false);
  validateMetadataUpdate(common, next.metadata, old.metadata, false);
  return [...common, ...errors];
}

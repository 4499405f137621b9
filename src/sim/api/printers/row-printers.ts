/** Which printer makes the rows of a resource: by `plural` in the core group, `group/plural` elsewhere. What is not here shows its name and creation time. */
import { printMutatingAdmissionPolicy, printPolicyBinding, printValidatingAdmissionPolicy, printWebhookConfiguration } from "./admission.ts";
import { printCertificateSigningRequest, printRoleBinding } from "./access.ts";
import { printHorizontalPodAutoscaler } from "./autoscalers.ts";
import type { RowPrinter } from "./cells.ts";
import {
  printApiService, printComponentStatus, printConfigMap, printEvent, printFlowSchema, printLease, printNameAndAge, printNamespace, printPriorityClass,
  printPriorityLevelConfiguration, printResourceClaim, printResourceQuota, printResourceSlice, printRuntimeClass, printSecret,
} from "./cluster.ts";
import { printEndpoints, printEndpointSlice, printIngress, printIngressClass, printIpAddress, printNetworkPolicy, printService, printServiceCidr } from "./networking.ts";
import { printNode } from "./nodes.ts";
import { printPod, printPodTemplate } from "./pods.ts";
import {
  printCsiDriver, printCsiNode, printPersistentVolume, printPersistentVolumeClaim, printStorageClass, printVolumeAttachment,
  printVolumeAttributesClass,
} from "./storage.ts";
import {
  printControllerRevision, printCronJob, printDaemonSet, printDeployment, printJob, printPodDisruptionBudget, printReplicaSet, printReplicationController, printStatefulSet,
} from "./workloads.ts";

export const ROW_PRINTERS: Readonly<Record<string, RowPrinter>> = {
  componentstatuses: printComponentStatus,
  configmaps: printConfigMap,
  endpoints: printEndpoints,
  events: printEvent,
  namespaces: printNamespace,
  nodes: printNode,
  persistentvolumeclaims: printPersistentVolumeClaim,
  persistentvolumes: printPersistentVolume,
  pods: printPod,
  podtemplates: printPodTemplate,
  replicationcontrollers: printReplicationController,
  resourcequotas: printResourceQuota,
  secrets: printSecret,
  serviceaccounts: printNameAndAge,
  services: printService,
  "admissionregistration.k8s.io/mutatingadmissionpolicies": printMutatingAdmissionPolicy,
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": printPolicyBinding,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": printWebhookConfiguration,
  "admissionregistration.k8s.io/validatingadmissionpolicies": printValidatingAdmissionPolicy,
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": printPolicyBinding,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": printWebhookConfiguration,
  "apiregistration.k8s.io/apiservices": printApiService,
  "apps/controllerrevisions": printControllerRevision,
  "apps/daemonsets": printDaemonSet,
  "apps/deployments": printDeployment,
  "apps/replicasets": printReplicaSet,
  "apps/statefulsets": printStatefulSet,
  "autoscaling/horizontalpodautoscalers": printHorizontalPodAutoscaler,
  "batch/cronjobs": printCronJob,
  "batch/jobs": printJob,
  "certificates.k8s.io/certificatesigningrequests": printCertificateSigningRequest,
  "coordination.k8s.io/leases": printLease,
  "discovery.k8s.io/endpointslices": printEndpointSlice,
  "events.k8s.io/events": printEvent,
  "flowcontrol.apiserver.k8s.io/flowschemas": printFlowSchema,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": printPriorityLevelConfiguration,
  "networking.k8s.io/ingressclasses": printIngressClass,
  "networking.k8s.io/ingresses": printIngress,
  "networking.k8s.io/ipaddresses": printIpAddress,
  "networking.k8s.io/networkpolicies": printNetworkPolicy,
  "networking.k8s.io/servicecidrs": printServiceCidr,
  "node.k8s.io/runtimeclasses": printRuntimeClass,
  "policy/poddisruptionbudgets": printPodDisruptionBudget,
  "rbac.authorization.k8s.io/clusterrolebindings": printRoleBinding,
  "rbac.authorization.k8s.io/rolebindings": printRoleBinding,
  "resource.k8s.io/deviceclasses": printNameAndAge,
  "resource.k8s.io/resourceclaims": printResourceClaim,
  "resource.k8s.io/resourceclaimtemplates": printNameAndAge,
  "resource.k8s.io/resourceslices": printResourceSlice,
  "scheduling.k8s.io/priorityclasses": printPriorityClass,
  "storage.k8s.io/csidrivers": printCsiDriver,
  "storage.k8s.io/csinodes": printCsiNode,
  "storage.k8s.io/storageclasses": printStorageClass,
  "storage.k8s.io/volumeattachments": printVolumeAttachment,
  "storage.k8s.io/volumeattributesclasses": printVolumeAttributesClass,
};

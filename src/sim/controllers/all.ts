/** The list of what the controller manager runs. Made anew at every start: a controller manager that fails over remembers nothing. */
import { certificateSigningRequestController, type CertificateOptions } from "./certificates/certificate-signing-request.ts";
import { clusterRoleAggregationController } from "./cluster-role-aggregation.ts";
import { horizontalPodAutoscalerController } from "./autoscaler/horizontal-pod-autoscaler.ts";
import { cronJobController } from "./cron-job/cron-job.ts";
import { daemonSetController } from "./daemon-set/daemon-set.ts";
import { deploymentController } from "./deployment/deployment.ts";
import { disruptionController } from "./disruption/disruption.ts";
import { endpointSliceMirroringController } from "./endpoints/endpoint-slice-mirroring.ts";
import { endpointSliceController } from "./endpoints/endpoint-slice.ts";
import { endpointsController } from "./endpoints/endpoints.ts";
import { garbageCollector } from "./garbage-collector/garbage-collector.ts";
import { jobController } from "./job/job.ts";
import { ttlAfterFinishedController } from "./job/ttl-after-finished.ts";
import { ingressStatusController } from "./load-balancer/ingress-status.ts";
import { metalLbController } from "./load-balancer/metallb.ts";
import { serviceLbController } from "./load-balancer/service-lb.ts";
import { namespaceController } from "./namespace/namespace.ts";
import { nodeIpamController } from "./node/node-ipam.ts";
import { nodeLifecycleController } from "./node/node-lifecycle.ts";
import { nodeTaintController } from "./node/node-taints.ts";
import { podGcController } from "./node/pod-gc.ts";
import { taintEvictionController } from "./node/taint-eviction.ts";
import { certificatesController } from "./platform/certificates.ts";
import { ciliumTaintsController } from "./platform/cilium-taints.ts";
import { cloudNativePgController } from "./platform/cloud-native-pg/cloud-native-pg.ts";
import { helmChartController } from "./platform/helm-chart.ts";
import { longhornPodsController } from "./platform/longhorn-pods.ts";
import { mariaDbController } from "./platform/maria-db.ts";
import { readyKindsController } from "./platform/ready-kinds.ts";
import type { PodMetrics } from "./pod-metrics.ts";
import type { Reconciler } from "./reconciler.ts";
import { resourceQuotaController } from "./resource-quota.ts";
import type { ReplicatedVolumes } from "../storage/replicated-volumes.ts";
import { replicaSetController, replicationController } from "./replica-set.ts";
import { defaultServiceAccountController } from "./service-account/default-service-account.ts";
import { rootCaPublisher } from "./service-account/root-ca-publisher.ts";
import { tokenSecretController, type TokenSecretOptions } from "./service-account/token-secrets.ts";
import { statefulSetController } from "./stateful-set/stateful-set.ts";
import { timingsFor } from "./timings.ts";
import { attachDetachController } from "./volume/attach-detach.ts";
import { csiCapacityController } from "./volume/csi-capacity.ts";
import { persistentVolumeController } from "./volume/persistent-volume.ts";
import { claimProtectionController, ephemeralVolumeController, volumeProtectionController } from "./volume/protection.ts";
import { provisionerController } from "./volume/provisioner.ts";

export interface ControllerOptions {
  /** `v1.36.1+k3s1`: chooses the timings. */
  version: string;
  /** PEM, for `kube-root-ca.crt` and token Secrets. */
  certificateAuthority: string;
  podCidrs: readonly string[];
  podMetrics: PodMetrics;
  /** Whether a metrics server serves them, for autoscalers. */
  hasMetricsServer: boolean;
  /** A certificate for these host names, in PEM. */
  issueCertificate(names: readonly string[]): { crt: string; key: string };
  /** For CertificateSigningRequests; without it nobody signs them. */
  certificates?: CertificateOptions;
  /** k3s' own load balancer; without a word, where the version is k3s'. It makes way for MetalLB's pools. */
  hasServiceLb?: boolean;
  /** Whether services have their older Endpoints too; true unless given. */
  hasEndpoints?: boolean;
  /** Volumes that storage keeps several copies of: such a one is attached where its storage can open it. */
  volumes?: ReplicatedVolumes;
  /** Signs tokens for Secrets of type `kubernetes.io/service-account-token`; without it they stay empty. */
  issueToken?: TokenSecretOptions["issueToken"];
}

/** `v1.36.1+k3s1` → 36. */
export function minorOf(version: string): number {
  return Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? 36);
}

export function allControllers(options: ControllerOptions): Reconciler[] {
  return [...controllerManager(options), ...operators(options)];
}

/** What runs once in the cluster, where the leader of the control loops is. */
export function controllerManager(options: ControllerOptions): Reconciler[] {
  const timings = timingsFor(minorOf(options.version));
  const { certificateAuthority: ca, issueToken } = options;
  return [
    namespaceController,
    defaultServiceAccountController,
    rootCaPublisher(ca),
    ...(issueToken ? [tokenSecretController({ ca, issueToken })] : []),
    ...(options.certificates ? [certificateSigningRequestController(options.certificates)] : []),
    garbageCollector(),
    deploymentController,
    replicaSetController(),
    replicationController(),
    statefulSetController(),
    daemonSetController(),
    jobController(),
    cronJobController,
    ttlAfterFinishedController,
    ...(options.hasEndpoints === false ? [] : [endpointsController()]),
    endpointSliceController(),
    endpointSliceMirroringController,
    persistentVolumeController,
    claimProtectionController,
    volumeProtectionController,
    ephemeralVolumeController,
    attachDetachController(timings, options.volumes),
    disruptionController,
    resourceQuotaController(),
    clusterRoleAggregationController,
    nodeIpamController({ podCidrs: options.podCidrs }),
    nodeTaintController,
    nodeLifecycleController(timings),
    taintEvictionController(),
    podGcController(timings),
    horizontalPodAutoscalerController(options.hasMetricsServer ? options.podMetrics : undefined, timings),
    ...((options.hasServiceLb ?? options.version.includes("+k3s")) ? [serviceLbController] : []),
  ];
}

/** What runs in pods of its own, wherever those are; each looks whether they run. */
export function operators(options: ControllerOptions): Reconciler[] {
  return [
    provisionerController(),
    csiCapacityController,
    metalLbController(),
    ingressStatusController(),
    certificatesController(options.issueCertificate, options.certificateAuthority),
    cloudNativePgController(),
    mariaDbController(),
    longhornPodsController(),
    ciliumTaintsController(),
    helmChartController(),
    readyKindsController(),
  ];
}

/** Every rule, in the order of their names. To add one: its file, and its two lines here. */
import type { Check } from "./check.ts";
import { addressesDistinct } from "./addresses-distinct.ts";
import { apiNotOnInternet } from "./api-not-on-internet.ts";
import { argumentsCurrent } from "./arguments-current.ts";
import { autoscaleFits } from "./autoscale-fits.ts";
import { autoscaleHasMetrics } from "./autoscale-has-metrics.ts";
import { backupElsewhere } from "./backup-elsewhere.ts";
import { backupHasTarget } from "./backup-has-target.ts";
import { bitsMatchArchitecture } from "./bits-match-architecture.ts";
import { budgetAllowsDrain } from "./budget-allows-drain.ts";
import { certificateValidityOrdered } from "./certificate-validity-ordered.ts";
import { certificatesProvable } from "./certificates-provable.ts";
import { cgroupV2 } from "./cgroup-v2.ts";
import { challengePortForwarded } from "./challenge-port-forwarded.ts";
import { chartVersionPinned } from "./chart-version-pinned.ts";
import { chartsMaintained } from "./charts-maintained.ts";
import { clusterDomainDistinct } from "./cluster-domain-distinct.ts";
import { commandsCurrent } from "./commands-current.ts";
import { controlPlanePresent } from "./control-plane-present.ts";
import { controlPlanesApart } from "./control-planes-apart.ts";
import { cpuForRole } from "./cpu-for-role.ts";
import { cronFires } from "./cron-fires.ts";
import { cronJobsRest } from "./cron-jobs-rest.ts";
import { daemonSetOnce } from "./daemon-set-once.ts";
import { databaseBackedUpAsDatabase } from "./database-backed-up-as-database.ts";
import { datastoreFits } from "./datastore-fits.ts";
import { disabledPartsKnown } from "./disabled-parts-known.ts";
import { dualStackRangesPaired } from "./dual-stack-ranges-paired.ts";
import { egressReachesNeeds } from "./egress-reaches-needs.ts";
import { endpointAddressVirtual } from "./endpoint-address-virtual.ts";
import { endpointShared } from "./endpoint-shared.ts";
import { etcdMembersOdd } from "./etcd-members-odd.ts";
import { etcdOnSolidDisk } from "./etcd-on-solid-disk.ts";
import { etcdOs64Bit } from "./etcd-os-64-bit.ts";
import { etcdQuotaFits } from "./etcd-quota-fits.ts";
import { forwardsDistinct } from "./forwards-distinct.ts";
import { forwardsReachMachine } from "./forwards-reach-machine.ts";
import { homeNetworkOutsideCluster } from "./home-network-outside-cluster.ts";
import { hostInDomain } from "./host-in-domain.ts";
import { hostsDistinct } from "./hosts-distinct.ts";
import { hypervisorHasRoom } from "./hypervisor-has-room.ts";
import { imageFitsMachines } from "./image-fits-machines.ts";
import { imageRegistryCurrent } from "./image-registry-current.ts";
import { imageTagged } from "./image-tagged.ts";
import { ipv6Masqueraded } from "./ipv6-masqueraded.ts";
import { issuerHasEmail } from "./issuer-has-email.ts";
import { kubeVipFirstStart } from "./kube-vip-first-start.ts";
import { kubeconfigPrivate } from "./kubeconfig-private.ts";
import { limitsCoverRequests } from "./limits-cover-requests.ts";
import { loadBalancerPoolDefined } from "./load-balancer-pool-defined.ts";
import { loadBalancerPoolFree } from "./load-balancer-pool-free.ts";
import { loadBalancerPresent } from "./load-balancer-present.ts";
import { loadBalancersRedundant } from "./load-balancers-redundant.ts";
import { machineAddressesOnLan } from "./machine-addresses-on-lan.ts";
import { machineInOnePlace } from "./machine-in-one-place.ts";
import { memoryForRole } from "./memory-for-role.ts";
import { mountsApart } from "./mounts-apart.ts";
import { namesDistinct } from "./names-distinct.ts";
import { namesFit } from "./names-fit.ts";
import { namesKnown } from "./names-known.ts";
import { namespaceFree } from "./namespace-free.ts";
import { networkBackendFits } from "./network-backend-fits.ts";
import { networkPoliciesEnforced } from "./network-policies-enforced.ts";
import { nfsShareExported } from "./nfs-share-exported.ts";
import { nodeIpsMatchFamilies } from "./node-ips-match-families.ts";
import { nodeSlicesSuffice } from "./node-slices-suffice.ts";
import { objectsCurrent } from "./objects-current.ts";
import { oneLoadBalancer } from "./one-load-balancer.ts";
import { patchesApply } from "./patches-apply.ts";
import { placementPossible } from "./placement-possible.ts";
import { podCidrDisjoint } from "./pod-cidr-disjoint.ts";
import { portsCurrent } from "./ports-current.ts";
import { portsDistinct } from "./ports-distinct.ts";
import { powerNotCircular } from "./power-not-circular.ts";
import { probeAnswersInTime } from "./probe-answers-in-time.ts";
import { probeAsksOwnPort } from "./probe-asks-own-port.ts";
import { probeLivenessOnce } from "./probe-liveness-once.ts";
import { promiseBackInTime } from "./promise-back-in-time.ts";
import { promiseDatabaseSurvives } from "./promise-database-survives.ts";
import { promiseHasBackup } from "./promise-has-backup.ts";
import { promiseHasControlPlanes } from "./promise-has-control-planes.ts";
import { promiseMachinesSuffice } from "./promise-machines-suffice.ts";
import { promiseStorageSurvives } from "./promise-storage-survives.ts";
import { registryOutsideCluster } from "./registry-outside-cluster.ts";
import { replicasApart } from "./replicas-apart.ts";
import { requestsFit } from "./requests-fit.ts";
import { requestsFitWithoutOneMachine } from "./requests-fit-without-one-machine.ts";
import { reservedLeavesRoom } from "./reserved-leaves-room.ts";
import { resolversOutsideCluster } from "./resolvers-outside-cluster.ts";
import { restrictedNotRoot } from "./restricted-not-root.ts";
import { secretsPresent } from "./secrets-present.ts";
import { secretsReadable } from "./secrets-readable.ts";
import { serviceCidrSmallEnough } from "./service-cidr-small-enough.ts";
import { serviceProxyCurrent } from "./service-proxy-current.ts";
import { snapshotsElsewhere } from "./snapshots-elsewhere.ts";
import { spreadDistinct } from "./spread-distinct.ts";
import { spreadPossible } from "./spread-possible.ts";
import { startOrderNotCircular } from "./start-order-not-circular.ts";
import { storageCopiesFit } from "./storage-copies-fit.ts";
import { tolerationsUseful } from "./tolerations-useful.ts";
import { traefikIssuerSingle } from "./traefik-issuer-single.ts";
import { versionKnown } from "./version-known.ts";
import { versionMatchesDistribution } from "./version-matches-distribution.ts";
import { versionSkew } from "./version-skew.ts";
import { versionSupported } from "./version-supported.ts";
import { volumeAccessSupported } from "./volume-access-supported.ts";
import { volumeFitsDisk } from "./volume-fits-disk.ts";
import { volumeSingleWriter } from "./volume-single-writer.ts";
import { volumeUpdateRecreates } from "./volume-update-recreates.ts";

export const allChecks: readonly Check[] = [
  addressesDistinct,
  apiNotOnInternet,
  argumentsCurrent,
  autoscaleFits,
  autoscaleHasMetrics,
  backupElsewhere,
  backupHasTarget,
  bitsMatchArchitecture,
  budgetAllowsDrain,
  certificateValidityOrdered,
  certificatesProvable,
  cgroupV2,
  challengePortForwarded,
  chartVersionPinned,
  chartsMaintained,
  clusterDomainDistinct,
  commandsCurrent,
  controlPlanePresent,
  controlPlanesApart,
  cpuForRole,
  cronFires,
  cronJobsRest,
  daemonSetOnce,
  databaseBackedUpAsDatabase,
  datastoreFits,
  disabledPartsKnown,
  dualStackRangesPaired,
  egressReachesNeeds,
  endpointAddressVirtual,
  endpointShared,
  etcdMembersOdd,
  etcdOnSolidDisk,
  etcdOs64Bit,
  etcdQuotaFits,
  forwardsDistinct,
  forwardsReachMachine,
  homeNetworkOutsideCluster,
  hostInDomain,
  hostsDistinct,
  hypervisorHasRoom,
  imageFitsMachines,
  imageRegistryCurrent,
  imageTagged,
  ipv6Masqueraded,
  issuerHasEmail,
  kubeVipFirstStart,
  kubeconfigPrivate,
  limitsCoverRequests,
  loadBalancerPoolDefined,
  loadBalancerPoolFree,
  loadBalancerPresent,
  loadBalancersRedundant,
  machineAddressesOnLan,
  machineInOnePlace,
  memoryForRole,
  mountsApart,
  namesDistinct,
  namesFit,
  namesKnown,
  namespaceFree,
  networkBackendFits,
  networkPoliciesEnforced,
  nfsShareExported,
  nodeIpsMatchFamilies,
  nodeSlicesSuffice,
  objectsCurrent,
  oneLoadBalancer,
  patchesApply,
  placementPossible,
  podCidrDisjoint,
  portsCurrent,
  portsDistinct,
  powerNotCircular,
  probeAnswersInTime,
  probeAsksOwnPort,
  probeLivenessOnce,
  promiseBackInTime,
  promiseDatabaseSurvives,
  promiseHasBackup,
  promiseHasControlPlanes,
  promiseMachinesSuffice,
  promiseStorageSurvives,
  registryOutsideCluster,
  replicasApart,
  requestsFit,
  requestsFitWithoutOneMachine,
  reservedLeavesRoom,
  resolversOutsideCluster,
  restrictedNotRoot,
  secretsPresent,
  secretsReadable,
  serviceCidrSmallEnough,
  serviceProxyCurrent,
  snapshotsElsewhere,
  spreadDistinct,
  spreadPossible,
  startOrderNotCircular,
  storageCopiesFit,
  tolerationsUseful,
  traefikIssuerSingle,
  versionKnown,
  versionMatchesDistribution,
  versionSkew,
  versionSupported,
  volumeAccessSupported,
  volumeFitsDisk,
  volumeSingleWriter,
  volumeUpdateRecreates,
];

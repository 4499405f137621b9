/**
 * Every time constant of the kubelet. Upstream's own are named with their source; what upstream leaves to the machine (how long a
 * container runtime takes) is an estimate for a small computer and says so.
 */
export const KUBELET_TIMINGS = {
  /** `nodeStatusUpdateFrequency`: how often the node's state is looked at; a change is written then (`apis/config/v1beta1/defaults.go`). */
  statusUpdateMs: 10_000,
  /** `nodeStatusReportFrequency`: how often it is written without a change. */
  statusReportMs: 300_000,
  /** `nodeLeaseDurationSeconds` */
  leaseDurationSeconds: 40,
  /** 0.25 of the lease (`nodeLeaseRenewIntervalFraction`). */
  leaseRenewMs: 10_000,
  /** How often exits and starts of containers are noticed (`genericPlegRelistPeriod`). */
  relistMs: 1_000,
  /** First and longest wait between restarts of a container (`backOffPeriod`, `MaxContainerBackOff`); it doubles. */
  restartBackoffMsMin: 10_000,
  restartBackoffMsMax: 300_000,
  /** The same for images (`imageBackOffPeriod`, `MaxImageBackOff`). */
  imageBackoffMsMin: 10_000,
  imageBackoffMsMax: 300_000,
  /** Wait after a failed sync (`backOffPeriod`). */
  syncBackoffMs: 10_000,
  /** A pod is looked at again at least this often (`syncFrequency`). */
  resyncMs: 60_000,
  /** Wait between attempts to mount, doubling (`exponentialbackoff`: 500 ms to 2 min 2 s). */
  mountBackoffMsMin: 500,
  mountBackoffMsMax: 122_000,
  /** How long a kubelet waits for volumes before it says so (`podAttachAndMountTimeout`, 2 min 3 s). */
  mountWaitMs: 123_000,
  /** `minimumGracePeriodInSeconds`: what a container gets at least after its pre-stop hook. */
  stopGraceSecondsMin: 2,
  /** `evictionMonitoringPeriod` */
  evictionPeriodMs: 10_000,
  /** `evictionPressureTransitionPeriod`: how long pressure is reported after it ended. */
  pressureTransitionMs: 300_000,
  /** `ImageGCPeriod` (`kubelet.go`), which is also how often it looks at images (`images/image_gc_manager.go`). */
  imageGcMs: 300_000,
  /** How often the list of images that the node's status tells is read (`images/image_gc_manager.go`, `Start`). */
  imageListMs: 30_000,
  /** Estimate: from the kubelet's start until the pod network is configured. */
  networkReadyMs: 2_000,
  /** Estimates: what containerd takes for a sandbox with its network, and for a container. */
  sandboxMs: 300,
  createContainerMs: 60,
  startContainerMs: 90,
  /** Estimate: mounting what needs no waiting (configuration, secrets, directories). */
  mountMs: 100,
  /** Estimate: removing sandbox, mounts and cgroup once the last container has stopped. */
  cleanupMs: 400,
  /** Estimate: from a change of a pod until its status is written; what changes meanwhile goes with it. */
  statusWriteMs: 20,
  /** Estimate: asking the registry about an image, before the first byte. */
  pullLatencyMs: 400,
} as const;

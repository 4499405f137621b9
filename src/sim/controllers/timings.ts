/** Times of the control plane's loops that depend on the Kubernetes version, or that several controllers share. All in milliseconds or per second. */

export interface Timings {
  /** How long a node may be silent before it is Unknown (`node-monitor-grace-period`). */
  nodeMonitorGraceMs: number;
  /** The same for a node that never reported (`node-startup-grace-period`). */
  nodeStartupGraceMs: number;
  /** How often node health is judged (`node-monitor-period`). */
  nodeMonitorPeriodMs: number;
  /** NoExecute taints per second and zone (`node-eviction-rate`), burst 1. */
  nodeEvictionRate: number;
  /** The same in a partly disrupted zone above the size below (`secondary-node-eviction-rate`); 0 under it. */
  secondaryEvictionRate: number;
  /** Nodes up to which a zone is small (`large-cluster-size-threshold`). */
  largeZoneSize: number;
  /** Share of nodes not ready from which a zone is partly disrupted, if more than two are (`unhealthy-zone-threshold`). */
  unhealthyZoneShare: number;
  /** How often tainted nodes are worked off (`NodeEvictionPeriod`). */
  evictionPassMs: number;
  /** How often pods of lost nodes are looked for (`gcCheckPeriod`), and how long after a node is gone (`quarantineTime`). */
  podGcPeriodMs: number;
  podGcQuarantineMs: number;
  /** Finished pods that are kept (`terminated-pod-gc-threshold`). */
  terminatedPodsMax: number;
  /** How often autoscalers are looked at (`horizontal-pod-autoscaler-sync-period`). */
  autoscalerPeriodMs: number;
  /** How long a volume may stay mounted on an unhealthy node before it is detached by force (`ReconcilerMaxWaitForUnmountDuration`). */
  forceDetachMs: number;
}

const BASE: Omit<Timings, "nodeMonitorGraceMs"> = {
  // cmd/kube-controller-manager/app/options/nodelifecyclecontroller.go, pkg/controller/nodelifecycle/config/v1alpha1/defaults.go
  nodeStartupGraceMs: 60_000,
  nodeMonitorPeriodMs: 5_000,
  nodeEvictionRate: 0.1,
  secondaryEvictionRate: 0.01,
  largeZoneSize: 50,
  unhealthyZoneShare: 0.55,
  evictionPassMs: 100,
  // pkg/controller/podgc/gc_controller.go
  podGcPeriodMs: 20_000,
  podGcQuarantineMs: 40_000,
  terminatedPodsMax: 12_500,
  // pkg/controller/podautoscaler/config/v1alpha1/defaults.go
  autoscalerPeriodMs: 15_000,
  // pkg/controller/volume/attachdetach/attach_detach_controller.go
  forceDetachMs: 360_000,
};

/** First minor version (of 1.x) → grace: 40 s, and 50 s since 1.32 so that one stalled HTTP/2 connection to the API (45 s) marks no node. */
const NODE_MONITOR_GRACE: readonly (readonly [minor: number, graceMs: number])[] = [
  [0, 40_000],
  [32, 50_000],
];

/** `minor` of Kubernetes 1.minor. */
export function timingsFor(minor: number): Timings {
  return { ...BASE, nodeMonitorGraceMs: graceOf(minor)[1] };
}

/** The minor version since which the grace period is what it is; 0: it always was. */
export function nodeMonitorGraceSince(minor: number): number {
  return graceOf(minor)[0];
}

const graceOf = (minor: number): readonly [since: number, graceMs: number] => NODE_MONITOR_GRACE.filter(([since]) => since <= minor).at(-1)!;

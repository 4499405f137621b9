/** How long a control plane takes to notice, elect and start again. Upstream's constants carry their source; what upstream leaves to the machine is an estimate and says so. */

export interface ControlPlaneTimings {
  /** `LeaseDuration`: how long a standby waits after the last renewal it saw (component-base/config/v1alpha1/defaults.go). */
  leaseMs: number;
  /** `RenewDeadline`: a leader that cannot renew for so long exits (same file). */
  renewDeadlineMs: number;
  /** `RetryPeriod`: how often a standby looks (same file). */
  retryMs: number;
  /** etcd's election timeout; a member waits between one and two of it before it stands for election (etcd.io, "Tuning"). */
  electionMs: number;
  /** Estimate: from a running machine to an API server that answers. */
  startMs: number;
  /**
   * Waits before a controller manager that found no API is started again, the last one repeated: the kubelet's back-off for its container
   * (10 s doubling to 5 min), systemd's `RestartSec` for k3s.
   */
  restartMs: readonly number[];
  /** How long a controller manager that starts waits for a healthy API before it gives up (`WaitForAPIServer`, cmd/kube-controller-manager). */
  healthyWithinMs: number;
}

const BASE = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, healthyWithinMs: 10_000 };

/** kubeadm: etcd's own defaults. k3s: `pkg/etcd/etcd.go` sets five seconds; `RestartSec=5s` is in the unit that its installer writes. */
export function controlPlaneTimings(distribution: "k3s" | "kubeadm"): ControlPlaneTimings {
  if (distribution === "k3s") return { ...BASE, electionMs: 5_000, startMs: 12_000, restartMs: [5_000] };
  return { ...BASE, electionMs: 1_000, startMs: 8_000, restartMs: [10_000, 20_000, 40_000, 80_000, 160_000, 300_000] };
}

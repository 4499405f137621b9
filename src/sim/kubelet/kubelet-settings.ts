/** What a kubelet was told about its disk and memory, and what it does when it was told nothing. A distribution has its own. */

/** An amount, or a share of what there is. */
export type ThresholdValue = { bytes: number } | { percent: number };

export interface EvictionThreshold {
  /** Less than this left is pressure. */
  value: ThresholdValue;
  /** Pressure has ended only when this much more than the value is left. */
  minimumReclaim?: ThresholdValue;
}

export interface KubeletSettings {
  /** Images are cleared away from this share of the disk in use (`imageGCHighThresholdPercent`; 100 switches it off) … */
  imageGcHighPercent: number;
  /** … down to this one (`imageGCLowThresholdPercent`). */
  imageGcLowPercent: number;
  /** An image is kept for so long after it was first seen (`imageMinimumGCAge`). */
  imageAgeMsMin: number;
  /** `evictionHard`; a signal that is not there is not looked at. */
  evictionHard: {
    memory?: EvictionThreshold;
    nodefs?: EvictionThreshold;
    imagefs?: EvictionThreshold;
  };
}

/** kubelet `apis/config/v1beta1/defaults.go` and `eviction/defaults_linux.go`, v1.36.3 (the same since 1.25). */
export const KUBELET_DEFAULTS: KubeletSettings = {
  imageGcHighPercent: 85,
  imageGcLowPercent: 80,
  imageAgeMsMin: 120_000,
  evictionHard: { memory: { value: { bytes: 100 * 1024 * 1024 } }, nodefs: { value: { percent: 10 } }, imagefs: { value: { percent: 15 } } },
};

/** k3s `pkg/daemons/agent/agent_linux.go`: its own list replaces the whole default, so that memory is not looked at. */
export const K3S_KUBELET_DEFAULTS: KubeletSettings = {
  ...KUBELET_DEFAULTS,
  evictionHard: {
    nodefs: { value: { percent: 5 }, minimumReclaim: { percent: 10 } },
    imagefs: { value: { percent: 5 }, minimumReclaim: { percent: 10 } },
  },
};

/** Shares are 32-bit numbers upstream (`ThresholdValue.Percentage`), which shows in the last digits. */
export function thresholdBytes(value: ThresholdValue | undefined, capacityBytes: number): number {
  if (value === undefined) return 0;
  return "bytes" in value ? value.bytes : Math.trunc(capacityBytes * Math.fround(Math.fround(value.percent) / 100));
}

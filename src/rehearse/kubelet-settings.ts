/** How a simulated machine's kubelet keeps its disk and memory free: the distribution's defaults, changed by the arguments in the file. */
import { kubeletArgument, kubeletArgumentMap } from "../checks/derived/kubelet-arguments.ts";
import type { Homelab, Machine } from "../config/homelab.ts";
import { parseDuration } from "../lib/duration.ts";
import { quantityNumber } from "../lib/quantity.ts";
import { K3S_KUBELET_DEFAULTS, KUBELET_DEFAULTS, type KubeletSettings, type ThresholdValue } from "../sim/kubelet/kubelet-settings.ts";

const SIGNALS = [
  ["memory", "memory.available"],
  ["nodefs", "nodefs.available"],
  ["imagefs", "imagefs.available"],
] as const;

/** A value that a kubelet would not take leaves the default: it is the kubelet's to refuse. */
export function kubeletSettings(homelab: Homelab, machine: Machine): KubeletSettings {
  const defaults = homelab.kubernetes.distribution === "k3s" ? K3S_KUBELET_DEFAULTS : KUBELET_DEFAULTS;
  const percent = (flag: string, otherwise: number): number => {
    const text = kubeletArgument(homelab, machine, flag);
    return text !== undefined && /^(\d{1,2}|100)$/.test(text) ? Number(text) : otherwise;
  };
  const age = kubeletArgument(homelab, machine, "minimum-image-ttl-duration");
  return {
    imageGcHighPercent: percent("image-gc-high-threshold", defaults.imageGcHighPercent),
    imageGcLowPercent: percent("image-gc-low-threshold", defaults.imageGcLowPercent),
    imageAgeMsMin: (age === undefined ? undefined : parseDuration(age)) ?? defaults.imageAgeMsMin,
    evictionHard: evictionHard(homelab, machine, defaults),
  };
}

function evictionHard(homelab: Homelab, machine: Machine, defaults: KubeletSettings): KubeletSettings["evictionHard"] {
  const values = kubeletArgumentMap(homelab, machine, "eviction-hard");
  const reclaims = kubeletArgumentMap(homelab, machine, "eviction-minimum-reclaim");
  const thresholds: KubeletSettings["evictionHard"] = {};
  for (const [signal, name] of SIGNALS) {
    const value = values === undefined ? defaults.evictionHard[signal]?.value : thresholdValue(values.get(name));
    if (value === undefined) continue;
    const minimumReclaim = reclaims === undefined ? defaults.evictionHard[signal]?.minimumReclaim : thresholdValue(reclaims.get(name));
    thresholds[signal] = { value, ...(minimumReclaim === undefined ? {} : { minimumReclaim }) };
  }
  return thresholds;
}

/** `0%` and `100%` switch a signal off, as the kubelet has it. */
function thresholdValue(text: string | undefined): ThresholdValue | undefined {
  if (text === undefined) return undefined;
  if (text.endsWith("%")) {
    const percent = Number(text.slice(0, -1));
    return percent > 0 && percent < 100 ? { percent } : undefined;
  }
  const bytes = quantityNumber(text);
  return bytes > 0 ? { bytes } : undefined;
}

/** How long the control plane's certificates are good for, and whether a start renews them. */
import type { Homelab } from "../config/homelab.ts";

const DAY_MS = 86_400_000;
/** docs.k3s.io/cli/certificate: what has expired or is about to is renewed at each start, within 90 days of its end; 120 since May 2025 (1.30.13, 1.31.9, 1.32.5, 1.33.1). */
const K3S_RENEWED_DAYS = 90;
const K3S_RENEWED_DAYS_NEW = 120;
const K3S_NEW_SINCE: Readonly<Record<number, number>> = { 30: 13, 31: 9, 32: 5, 33: 1 };

export function certificateTerm({ kubernetes }: Homelab): { lifeMs: number; renewedWithinMs: number } {
  const lifeMs = kubernetes.certificates.validity.ms;
  const [, minor = 0, patch = 0] = (/^v?1\.(\d+)\.(\d+)/.exec(kubernetes.version) ?? []).map(Number);
  if (kubernetes.distribution === "kubeadm") return { lifeMs, renewedWithinMs: 0 };
  const isNew = minor > 33 || patch >= (K3S_NEW_SINCE[minor] ?? Number.POSITIVE_INFINITY);
  return { lifeMs, renewedWithinMs: (isNew ? K3S_RENEWED_DAYS_NEW : K3S_RENEWED_DAYS) * DAY_MS };
}

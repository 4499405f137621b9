/**
 * The dated table of Kubernetes minor versions: when each came and when its support ends, and what it needs from the parts around it.
 * "Today" is always passed in: a check on a file gives the same answer for the same day. A version newer than the table is unknown, not wrong.
 */

export interface KubernetesMinor {
  /** The minor number: 36 for 1.36. */
  minor: number;
  /** Day of the .0 release, ISO 8601. */
  released: string;
  /** Last day with patches (end of the maintenance period), ISO 8601. */
  endOfLife: string;
  /** The newest patch seen when the table was made; a later one may exist. Only for versions that were in support then. */
  latestPatch?: number;
  /** etcd that kubeadm deploys: of the .0 release, from 1.34 as in the `SupportedEtcdVersion` of kubeadm 1.36.3. */
  etcd: string;
  /** Lowest major of containerd that the kubelet still works with. */
  containerdMajor: number;
  /** kubeadm's configuration version to write. */
  kubeadmApi: "v1beta3" | "v1beta4";
  /** k3s release to start from, where one had been seen. */
  k3s?: string;
}

/** The day this table was last compared with kubernetes.io/releases and docs.k3s.io/release-notes. */
export const KUBERNETES_VERSIONS_DATE = "2026-10-15";

/** Oldest first, without gaps. Sources: kubernetes.io/releases (dates), kubeadm's constants (etcd), docs.k3s.io (k3s). */
export const KUBERNETES_VERSIONS: readonly KubernetesMinor[] = [
  { minor: 28, released: "2023-08-15", endOfLife: "2024-10-28", etcd: "3.5.9", containerdMajor: 1, kubeadmApi: "v1beta3" },
  { minor: 29, released: "2023-12-13", endOfLife: "2025-02-28", etcd: "3.5.10", containerdMajor: 1, kubeadmApi: "v1beta3" },
  { minor: 30, released: "2024-04-17", endOfLife: "2025-06-28", etcd: "3.5.12", containerdMajor: 1, kubeadmApi: "v1beta3" },
  { minor: 31, released: "2024-08-13", endOfLife: "2025-10-28", etcd: "3.5.15", containerdMajor: 1, kubeadmApi: "v1beta4" },
  { minor: 32, released: "2024-12-11", endOfLife: "2026-02-28", etcd: "3.5.16", containerdMajor: 1, kubeadmApi: "v1beta4" },
  { minor: 33, released: "2025-04-23", endOfLife: "2026-06-28", etcd: "3.5.21", containerdMajor: 1, kubeadmApi: "v1beta4" },
  { minor: 34, released: "2025-08-27", endOfLife: "2026-10-27", latestPatch: 9, etcd: "3.6.8", containerdMajor: 1, kubeadmApi: "v1beta4" },
  { minor: 35, released: "2025-12-17", endOfLife: "2027-02-28", latestPatch: 6, etcd: "3.6.8", containerdMajor: 1, kubeadmApi: "v1beta4", k3s: "v1.35.6+k3s1" },
  { minor: 36, released: "2026-04-22", endOfLife: "2027-06-28", latestPatch: 4, etcd: "3.6.8", containerdMajor: 2, kubeadmApi: "v1beta4", k3s: "v1.36.1+k3s1" },
  { minor: 37, released: "2026-08-26", endOfLife: "2027-10-28", latestPatch: 1, etcd: "3.6.8", containerdMajor: 2, kubeadmApi: "v1beta4" },
];

export interface ParsedKubernetesVersion {
  major: number;
  minor: number;
  patch: number;
  /** The distribution's build, as in `v1.36.1+k3s1`: `k3s1`. */
  build?: string;
  /** A pre-release, as in `v1.37.0-rc.1`: `rc.1`. */
  prerelease?: string;
}

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** `v1.36.1+k3s1` into its parts; undefined where the text is not a full version. */
export function parseKubernetesVersion(text: string): ParsedKubernetesVersion | undefined {
  const match = VERSION.exec(text);
  if (!match) return undefined;
  return {
    major: Number(match[1]),
    minor: Number(match[2]),
    patch: Number(match[3]),
    ...(match[4] === undefined ? {} : { prerelease: match[4] }),
    ...(match[5] === undefined ? {} : { build: match[5] }),
  };
}

/** The row of a minor version, undefined where it is older or newer than the table. */
export function kubernetesMinor(minor: number): KubernetesMinor | undefined {
  return KUBERNETES_VERSIONS.find((row) => row.minor === minor);
}

export type KubernetesSupport =
  | { state: "supported"; row: KubernetesMinor }
  | { state: "out-of-support"; row?: KubernetesMinor }
  | { state: "unknown" };

/** Whether a minor still receives patches on a day. `today` is milliseconds since the epoch. */
export function kubernetesSupport(minor: number, today: number): KubernetesSupport {
  const row = kubernetesMinor(minor);
  const oldest = KUBERNETES_VERSIONS[0];
  if (row === undefined) return oldest !== undefined && minor < oldest.minor ? { state: "out-of-support" } : { state: "unknown" };
  return today > endOfDay(row.endOfLife) ? { state: "out-of-support", row } : { state: "supported", row };
}

/** The rows that are out and receive patches on a day, oldest first; empty long after the table was made. */
export function supportedKubernetesMinors(today: number): KubernetesMinor[] {
  return KUBERNETES_VERSIONS.filter((row) => Date.parse(row.released) <= today && today <= endOfDay(row.endOfLife));
}

/** The version to propose for a minor: `v1.36.4`, for k3s `v1.36.1+k3s1`; undefined where the table has none. */
export function suggestedVersion(row: KubernetesMinor, distribution: string): string | undefined {
  if (distribution === "k3s") return row.k3s;
  return row.latestPatch === undefined ? undefined : `v1.${row.minor}.${row.latestPatch}`;
}

function endOfDay(day: string): number {
  return Date.parse(`${day}T23:59:59Z`);
}

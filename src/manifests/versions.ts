/**
 * The dated table of what the platform is made of: chart and image versions. Refreshed by hand with the release notes at hand; each row says
 * when that version was seen. Kubernetes' own versions are in `config/kubernetes-versions.ts`.
 */

export const PLATFORM_VERSIONS_DATE = "2026-10-15";

export interface ComponentVersion {
  /** The application's version, as its image is tagged. */
  app: string;
  /** The chart, where it is installed by one. `repository` is an https index or an `oci://` address without the chart's name. */
  chart?: { repository: string; name: string; version: string };
  /** Month in which this version was seen in use or in its release notes; `unconfirmed` where it is to be looked up before it is relied on. */
  seen: string;
}

export const COMPONENT_VERSIONS = {
  traefik: { app: "v3.7.13", seen: "2026-10" },
  "cert-manager": { app: "v1.21.2", chart: { repository: "https://charts.jetstack.io", name: "cert-manager", version: "v1.21.2" }, seen: "2026-10" },
  metallb: { app: "v0.16.1", chart: { repository: "https://metallb.github.io/metallb", name: "metallb", version: "0.16.1" }, seen: "2026-05" },
  "kube-vip": { app: "v1.0.0", seen: "2026-05" },
  flannel: { app: "v0.28.4", seen: "2026-10" },
  calico: { app: "v3.31.3", chart: { repository: "https://docs.tigera.io/calico/charts", name: "tigera-operator", version: "v3.31.3" }, seen: "2026-11" },
  cilium: { app: "v1.20.1", chart: { repository: "https://helm.cilium.io", name: "cilium", version: "1.20.1" }, seen: "2026-08" },
  // k0s and k3s took it up (k0sproject/k0s#6699, k3s-io/k3s#13280).
  "kube-router": { app: "v2.6.2", seen: "2025-12" },
  "local-path": { app: "v0.0.30", seen: "2026-10" },
  nfs: { app: "v4.12.0", chart: { repository: "https://raw.githubusercontent.com/kubernetes-csi/csi-driver-nfs/master/charts", name: "csi-driver-nfs", version: "4.12.0" }, seen: "2026-11" },
  longhorn: { app: "v1.11.1", chart: { repository: "https://charts.longhorn.io", name: "longhorn", version: "1.11.1" }, seen: "2026-03" },
  "rook-ceph": { app: "v1.19.7", chart: { repository: "https://charts.rook.io/release", name: "rook-ceph", version: "v1.19.7" }, seen: "2026-07" },
  piraeus: { app: "v2.10.5", chart: { repository: "oci://ghcr.io/piraeusdatastore/piraeus-operator", name: "piraeus", version: "2.10.5" }, seen: "2026-06" },
  "metrics-server": { app: "v0.9.0", seen: "2026-11" },
  "cloudnative-pg": { app: "1.29.2", chart: { repository: "https://cloudnative-pg.github.io/charts", name: "cloudnative-pg", version: "0.28.3" }, seen: "2026-06" },
  "mariadb-operator": { app: "26.6.0", chart: { repository: "oci://ghcr.io/mariadb-operator/charts", name: "mariadb-operator", version: "26.6.0" }, seen: "2026-06" },
  "mariadb-operator-crds": { app: "26.6.0", chart: { repository: "oci://ghcr.io/mariadb-operator/charts", name: "mariadb-operator-crds", version: "26.6.0" }, seen: "2026-06" },
  volsync: { app: "0.14.0", chart: { repository: "https://backube.github.io/helm-charts", name: "volsync", version: "0.14.0" }, seen: "2025-10" },
  // The application is a published Go module (github.com/fluxcd/flux2/v2); which chart installs it is not confirmed.
  flux: { app: "v2.9.5", chart: { repository: "https://fluxcd-community.github.io/helm-charts", name: "flux2", version: "2.17.2" }, seen: "unconfirmed" },
  "argo-cd": { app: "v3.5.2", chart: { repository: "https://argoproj.github.io/argo-helm", name: "argo-cd", version: "10.9.0" }, seen: "2026-09" },
  prometheus: { app: "v3.11.2", chart: { repository: "https://prometheus-community.github.io/helm-charts", name: "kube-prometheus-stack", version: "83.6.0" }, seen: "2026-04" },
  grafana: { app: "12.4.1", seen: "2026-06" },
  loki: { app: "3.7.8", chart: { repository: "https://grafana-community.github.io/helm-charts", name: "loki", version: "13.6.2" }, seen: "2026-05" },
  // The chart's release names the application (grafana/alloy#6619).
  alloy: { app: "v1.17.1", chart: { repository: "https://grafana.github.io/helm-charts", name: "alloy", version: "1.10.1" }, seen: "2026-06" },
  forgejo: { app: "15.0.4", chart: { repository: "oci://code.forgejo.org/forgejo-helm", name: "forgejo", version: "17.1.2" }, seen: "2026-07" },
  coredns: { app: "1.14.4", seen: "2026-10" },
} satisfies Record<string, ComponentVersion>;

export type ComponentName = keyof typeof COMPONENT_VERSIONS;

export function componentVersion(name: ComponentName): ComponentVersion {
  return COMPONENT_VERSIONS[name];
}

/** Waits for a port in an init container: small, in every registry mirror, has `nc`. */
export const WAIT_IMAGE = "docker.io/library/busybox:1.37.0";

export const KUBE_VIP_IMAGE = `ghcr.io/kube-vip/kube-vip:${COMPONENT_VERSIONS["kube-vip"].app}`;

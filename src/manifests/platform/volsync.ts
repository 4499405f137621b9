/** VolSync: copies volumes to object storage on a schedule. */
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";

const AT = ["platform", "backups"];
const NAMESPACE = "volsync-system";

export const volsync: Component = {
  name: "volsync",
  summary: "copies volumes to object storage on a schedule",
  at: AT,
  isUsed: (homelab) => homelab.platform.backups?.volumes === "volsync",
  install: () => "chart",
  charts: () => [pinnedChart("volsync", AT, NAMESPACE, { manageCRDs: true })],
  footprint: () => ({
    workloads: [{
      kind: "Deployment", namespace: NAMESPACE, name: "volsync", labels: { "app.kubernetes.io/name": "volsync", "app.kubernetes.io/instance": "volsync" }, serviceAccount: "volsync",
      containers: [
        { name: "kube-rbac-proxy", image: "quay.io/brancz/kube-rbac-proxy:v0.19.1", cpu: "5m", memory: "64Mi", cpuLimit: "500m", memoryLimit: "128Mi", ports: [{ name: "https", port: 8443 }] },
        { name: "manager", image: `quay.io/backube/volsync:${componentVersion("volsync").app}`, cpu: "100m", memory: "64Mi", cpuLimit: "1", memoryLimit: "1Gi", ready: { path: "/readyz", port: 8081 } },
      ],
    }],
  }),
  crds: ["volsync"],
};

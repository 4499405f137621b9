/** CloudNativePG: the operator that looks after PostgreSQL. */
import { componentVersion } from "../versions.ts";
import { hasDatabase, pinnedChart, type Component } from "./component.ts";

const AT = ["platform", "databases", "postgres"];
const NAMESPACE = "cnpg-system";

export const cloudnativePg: Component = {
  name: "cloudnative-pg",
  summary: "looks after PostgreSQL: replicas, failover, backups",
  at: AT,
  isUsed: (homelab) => homelab.platform.databases.postgres === "cloudnative-pg" && hasDatabase(homelab, "postgres"),
  install: () => "chart",
  charts: () => [pinnedChart("cloudnative-pg", AT, NAMESPACE, {})],
  footprint: () => ({
    workloads: [{
      kind: "Deployment", namespace: NAMESPACE, name: "cloudnative-pg", labels: { "app.kubernetes.io/name": "cloudnative-pg", "app.kubernetes.io/instance": "cloudnative-pg" }, serviceAccount: "cloudnative-pg",
      containers: [{ name: "manager", image: `ghcr.io/cloudnative-pg/cloudnative-pg:${componentVersion("cloudnative-pg").app}`, ports: [{ name: "webhook-server", port: 9443 }, { name: "metrics", port: 8080 }], ready: { tcp: 9443 } }],
    }],
    services: [{ namespace: NAMESPACE, name: "cnpg-webhook-service", selector: { "app.kubernetes.io/name": "cloudnative-pg" }, ports: [{ name: "webhook-server", port: 443, targetPort: "webhook-server" }] }],
  }),
  crds: ["cloudnative-pg"],
};

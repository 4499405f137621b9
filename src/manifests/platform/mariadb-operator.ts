/** The MariaDB operator. Its kinds come in a chart of their own, installed first. */
import { componentVersion } from "../versions.ts";
import { hasDatabase, pinnedChart, type Component } from "./component.ts";

const AT = ["platform", "databases", "mariadb"];
const NAMESPACE = "mariadb-system";

export const mariadbOperator: Component = {
  name: "mariadb-operator",
  summary: "looks after MariaDB: replicas, failover, backups",
  at: AT,
  isUsed: (homelab) => homelab.platform.databases.mariadb === "mariadb-operator" && hasDatabase(homelab, "mariadb"),
  install: () => "chart",
  charts: () => [
    pinnedChart("mariadb-operator-crds", AT, NAMESPACE, {}),
    pinnedChart("mariadb-operator", AT, NAMESPACE, { ha: { enabled: false } }),
  ],
  footprint: () => {
    const image = `ghcr.io/mariadb-operator/mariadb-operator:${componentVersion("mariadb-operator").app}`;
    const deployment = (name: string, port: number) => ({
      kind: "Deployment" as const, namespace: NAMESPACE, name, labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": "mariadb-operator" }, serviceAccount: name,
      containers: [{ name: "controller", image, ports: [{ name: "main", port }], ready: { tcp: port } }],
    });
    return { workloads: [deployment("mariadb-operator", 8080), deployment("mariadb-operator-webhook", 9443), deployment("mariadb-operator-cert-controller", 8080)] };
  },
  crds: ["mariadb-operator"],
};

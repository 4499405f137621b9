/** Loki keeps the logs, Alloy on each node collects them. */
import type { Homelab } from "../../config/homelab.ts";
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";
import { MONITORING_NAMESPACE, retention } from "./prometheus.ts";

const AT = ["platform", "monitoring", "loki"];
const NAMESPACE = MONITORING_NAMESPACE;
const LOKI_REQUESTS = { cpu: "100m", memory: "256Mi" };
const ALLOY_REQUESTS = { cpu: "50m", memory: "128Mi" };

/** Alloy's configuration: the logs of this node's pods, labelled as Loki's dashboards expect. */
const ALLOY_CONFIG = `discovery.kubernetes "pods" {
  role = "pod"
  selectors {
    role  = "pod"
    field = "spec.nodeName=" + sys.env("HOSTNAME")
  }
}
discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }
}
loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.write.default.receiver]
}
loki.write "default" {
  endpoint {
    url = "http://loki:3100/loki/api/v1/push"
  }
}
`;

function values(homelab: Homelab): Record<string, unknown> {
  const loki = homelab.platform.monitoring.loki;
  if (loki === undefined) return {};
  return {
    deploymentMode: "Monolithic",
    loki: {
      auth_enabled: false,
      commonConfig: { replication_factor: 1 },
      storage: { type: "filesystem" },
      schemaConfig: { configs: [{ from: "2024-04-01", store: "tsdb", object_store: "filesystem", schema: "v13", index: { prefix: "loki_index_", period: "24h" } }] },
      limits_config: { retention_period: retention(loki.retention) },
      compactor: { retention_enabled: true, delete_request_store: "filesystem" },
    },
    singleBinary: { replicas: 1, resources: { requests: LOKI_REQUESTS }, persistence: { enabled: true, size: loki.size.text, storageClass: homelab.platform.storage.default } },
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    gateway: { enabled: false },
    lokiCanary: { enabled: false },
    test: { enabled: false },
  };
}

export const loki: Component = {
  name: "loki",
  summary: "keeps the logs of every pod",
  at: AT,
  isUsed: (homelab) => homelab.platform.monitoring.loki !== undefined,
  install: () => "chart",
  charts: (homelab) => [
    pinnedChart("loki", AT, NAMESPACE, values(homelab)),
    pinnedChart("alloy", AT, NAMESPACE, { alloy: { configMap: { content: ALLOY_CONFIG }, resources: { requests: ALLOY_REQUESTS } }, controller: { type: "daemonset" } }),
  ],
  footprint(homelab) {
    const labels = { "app.kubernetes.io/name": "loki", "app.kubernetes.io/instance": "loki", "app.kubernetes.io/component": "single-binary" };
    const wanted = homelab.platform.monitoring.loki;
    return {
      workloads: [
        { kind: "StatefulSet", namespace: NAMESPACE, name: "loki", labels, serviceAccount: "loki", containers: [{ name: "loki", image: `docker.io/grafana/loki:${componentVersion("loki").app}`, ...LOKI_REQUESTS, ports: [{ name: "http-metrics", port: 3100 }], ready: { path: "/ready", port: 3100 } }], claim: wanted === undefined ? undefined : { name: "storage", size: wanted.size.text, storageClass: homelab.platform.storage.default } },
        { kind: "DaemonSet", namespace: NAMESPACE, name: "alloy", labels: { "app.kubernetes.io/name": "alloy", "app.kubernetes.io/instance": "alloy" }, serviceAccount: "alloy", tolerates: "control-plane", containers: [{ name: "alloy", image: `docker.io/grafana/alloy:${componentVersion("alloy").app}`, ...ALLOY_REQUESTS, ports: [{ name: "http-metrics", port: 12345 }], ready: { path: "/-/ready", port: 12345 } }] },
      ],
      services: [{ namespace: NAMESPACE, name: "loki", selector: labels, ports: [{ name: "http-metrics", port: 3100, targetPort: "http-metrics" }] }],
    };
  },
};

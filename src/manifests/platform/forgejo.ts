/** Forgejo: a git forge in the cluster. */
import { componentVersion } from "../versions.ts";
import { renderHost } from "./component-route.ts";
import { pinnedChart, type Component } from "./component.ts";

const AT = ["platform", "git"];
const NAMESPACE = "forgejo";
const REQUESTS = { cpu: "100m", memory: "256Mi" };
const LABELS = { "app.kubernetes.io/name": "forgejo", "app.kubernetes.io/instance": "forgejo" };
const RUNNER_LABELS = { "app.kubernetes.io/name": "forgejo-runner", "app.kubernetes.io/instance": "forgejo" };

export const forgejo: Component = {
  name: "forgejo",
  summary: "a git forge in the cluster",
  at: AT,
  isUsed: (homelab) => homelab.platform.git?.by === "forgejo",
  install: () => "chart",
  objects(homelab) {
    const { git } = homelab.platform;
    return git === undefined ? [] : renderHost(homelab, { at: [...AT, "host"], host: git.host, namespace: NAMESPACE, service: "forgejo-http", port: 3000, component: "forgejo" });
  },
  charts(homelab) {
    const { git, storage } = homelab.platform;
    if (git === undefined) return [];
    return [pinnedChart("forgejo", AT, NAMESPACE, {
      strategy: { type: "Recreate" },
      resources: { requests: REQUESTS },
      persistence: { enabled: true, size: git.size.text, storageClass: storage.default },
      gitea: {
        config: {
          server: { DOMAIN: git.host, ROOT_URL: `https://${git.host}/` },
          // One file beside the repositories: one thing to back up.
          database: { DB_TYPE: "sqlite3" }, session: { PROVIDER: "db" }, cache: { ADAPTER: "memory" }, queue: { TYPE: "level" },
          service: { DISABLE_REGISTRATION: true },
          actions: { ENABLED: git.runners > 0 },
        },
      },
    })];
  },
  footprint(homelab) {
    const { git, storage } = homelab.platform;
    return {
      workloads: [
        // The chart's Deployment has one claim; a StatefulSet of one stands for both.
        { kind: "StatefulSet", namespace: NAMESPACE, name: "forgejo", labels: LABELS, containers: [{ name: "forgejo", image: `code.forgejo.org/forgejo/forgejo:${componentVersion("forgejo").app}-rootless`, ...REQUESTS, ports: [{ name: "http", port: 3000 }, { name: "ssh", port: 2222 }], ready: { path: "/api/healthz", port: 3000 } }], claim: git === undefined ? undefined : { name: "data", size: git.size.text, storageClass: storage.default } },
        ...(git !== undefined && git.runners > 0 ? [{ kind: "Deployment" as const, namespace: NAMESPACE, name: "forgejo-runner", replicas: git.runners, labels: RUNNER_LABELS, containers: [{ name: "runner", image: "code.forgejo.org/forgejo/runner:12.1.2", cpu: "100m", memory: "256Mi" }] }] : []),
      ],
      services: [{ namespace: NAMESPACE, name: "forgejo-http", selector: LABELS, ports: [{ name: "http", port: 3000, targetPort: "http" }] }],
    };
  },
};

/** Prometheus, Alertmanager and Grafana by kube-prometheus-stack. */
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { Homelab, Notification } from "../../config/homelab.ts";
import { SECRET_SOURCE_ANNOTATION } from "../apps/secret.ts";
import { seconds } from "../apps/probe.ts";
import type { FootprintWorkload } from "../footprint.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { renderHost } from "./component-route.ts";
import { pinnedChart, type Component } from "./component.ts";
import { notificationSecret } from "./notification.ts";

const AT = ["platform", "monitoring"];
export const MONITORING_NAMESPACE = "monitoring";
const NAMESPACE = MONITORING_NAMESPACE;
const RELEASE = "kube-prometheus-stack";
const GRAFANA_SECRET = "grafana-admin";

/** What small homes need; the chart asks for nothing by itself. */
const PROMETHEUS_REQUESTS = { cpu: "100m", memory: "512Mi" };
const GRAFANA_REQUESTS = { cpu: "50m", memory: "128Mi" };
/** Where the webhook addresses are, inside Alertmanager's pod. */
const SECRETS_PATH = "/etc/alertmanager/secrets";

function hours(ms: number): string {
  return `${Math.max(1, Math.round(ms / 3_600_000))}h`;
}

/** One receiver for each notification; the address is a file, so that it is in no configuration. */
function receiver(notification: Notification, index: number): Record<string, unknown> {
  const name = `${notification.kind}-${index + 1}`;
  const secret = notificationSecret(notification);
  const file = secret === undefined ? undefined : `${SECRETS_PATH}/${secret}/address`;
  switch (notification.kind) {
    case "discord": return { name, discord_configs: [{ webhook_url_file: file }] };
    case "slack": return { name, slack_configs: [{ api_url_file: file, ...(notification.to === undefined ? {} : { channel: notification.to }) }] };
    case "telegram": return { name, telegram_configs: [{ bot_token_file: file, ...(notification.to === undefined ? {} : { chat_id: Number(notification.to) }) }] };
    case "email": return { name, email_configs: [{ to: notification.to ?? "" }] };
    case "matrix": case "webhook": return { name, webhook_configs: [{ url_file: file }] };
  }
}

function alertmanager(homelab: Homelab): Record<string, unknown> {
  const { alerts } = homelab.platform.monitoring;
  if (alerts.length === 0) return {};
  const names = alerts.map((notification, index) => `${notification.kind}-${index + 1}`);
  const secrets = alerts.map(notificationSecret).filter((secret) => secret !== undefined);
  return {
    alertmanager: {
      alertmanagerSpec: { secrets },
      config: {
        route: {
          group_by: ["namespace", "alertname"], group_wait: "30s", group_interval: "5m", repeat_interval: "12h", receiver: "null",
          // Watchdog always fires: it shows that alerts work, it is no news.
          routes: [{ receiver: "null", matchers: ["alertname = \"Watchdog\""] }, ...names.map((name) => ({ receiver: name, continue: true }))],
        },
        receivers: [{ name: "null" }, ...alerts.map(receiver)],
      },
    },
  };
}

function values(homelab: Homelab): Record<string, unknown> {
  const { prometheus, grafana } = homelab.platform.monitoring;
  const isK3s = homelab.kubernetes.distribution === "k3s";
  // In k3s these are parts of one process that serves no metrics of theirs on their usual ports.
  const absent = isK3s ? { kubeControllerManager: { enabled: false }, kubeScheduler: { enabled: false }, kubeProxy: { enabled: false }, kubeEtcd: { enabled: false } } : {};
  return {
    ...absent,
    prometheus: prometheus === undefined ? { enabled: false } : {
      prometheusSpec: {
        retention: hours(prometheus.retention.ms),
        retentionSize: `${Math.floor(prometheus.size.value * 0.85 / 1024 ** 2)}MB`,
        resources: { requests: PROMETHEUS_REQUESTS },
        // Monitors of the user's own, whatever release they carry.
        serviceMonitorSelectorNilUsesHelmValues: false, podMonitorSelectorNilUsesHelmValues: false, ruleSelectorNilUsesHelmValues: false,
        storageSpec: { volumeClaimTemplate: { spec: { storageClassName: homelab.platform.storage.default, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: prometheus.size.text } } } } },
      },
    },
    grafana: grafana === undefined ? { enabled: false } : {
      ...(grafana.password === undefined ? {} : { admin: { existingSecret: GRAFANA_SECRET, userKey: "admin-user", passwordKey: "admin-password" } }),
      resources: { requests: GRAFANA_REQUESTS },
      "grafana.ini": grafana.host === undefined ? {} : { server: { root_url: `https://${grafana.host}` } },
      ...(homelab.platform.monitoring.loki === undefined ? {} : { additionalDataSources: [{ name: "Loki", type: "loki", access: "proxy", url: "http://loki:3100" }] }),
    },
    ...alertmanager(homelab),
  };
}

function render(homelab: Homelab): RenderedObject[] {
  const labels = componentLabels("prometheus");
  const { grafana, alerts } = homelab.platform.monitoring;
  const objects: RenderedObject[] = [];
  if (grafana?.password !== undefined) {
    objects.push(rendered<ISecret>([...AT, "grafana", "password"], {
      apiVersion: "v1", kind: "Secret", metadata: { name: GRAFANA_SECRET, namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: grafana.password.secret } },
      type: "Opaque", stringData: { "admin-user": "admin", "admin-password": "" },
    }, [{ key: "admin-password", secret: grafana.password.secret, form: "value" }]));
  }
  alerts.forEach((notification, index) => {
    const secret = notificationSecret(notification);
    if (secret === undefined || notification.webhook === undefined) return;
    objects.push(rendered<ISecret>([...AT, "alerts", index], {
      apiVersion: "v1", kind: "Secret", metadata: { name: secret, namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: notification.webhook.secret } },
      type: "Opaque", stringData: { address: "" },
    }, [{ key: "address", secret: notification.webhook.secret, form: "value" }]));
  });
  if (grafana?.host !== undefined) objects.push(...renderHost(homelab, { at: [...AT, "grafana", "host"], host: grafana.host, namespace: NAMESPACE, service: `${RELEASE}-grafana`, port: 80, component: "grafana" }));
  return objects;
}

export const prometheus: Component = {
  name: "prometheus",
  summary: "measures the cluster, warns, and shows it in Grafana",
  at: AT,
  isUsed: (homelab) => homelab.platform.monitoring.prometheus !== undefined || homelab.platform.monitoring.grafana !== undefined,
  install: () => "chart",
  objects: render,
  charts: (homelab) => [pinnedChart("prometheus", AT, NAMESPACE, values(homelab), RELEASE)],
  footprint(homelab) {
    const { prometheus: wanted, grafana } = homelab.platform.monitoring;
    const name = (component: string) => ({ "app.kubernetes.io/name": component, "app.kubernetes.io/instance": RELEASE });
    const workloads: FootprintWorkload[] = [
      { kind: "Deployment", namespace: NAMESPACE, name: `${RELEASE}-operator`, labels: { app: `${RELEASE}-operator`, release: RELEASE }, serviceAccount: `${RELEASE}-operator`, containers: [{ name: RELEASE, image: "quay.io/prometheus-operator/prometheus-operator:v0.90.1", ports: [{ name: "https", port: 10250 }], ready: { tcp: 10250 } }] },
      { kind: "Deployment", namespace: NAMESPACE, name: `${RELEASE}-kube-state-metrics`, labels: name("kube-state-metrics"), serviceAccount: `${RELEASE}-kube-state-metrics`, containers: [{ name: "kube-state-metrics", image: "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0", ports: [{ name: "http", port: 8080 }], ready: { path: "/readyz", port: 8081 } }] },
      { kind: "DaemonSet", namespace: NAMESPACE, name: `${RELEASE}-prometheus-node-exporter`, labels: name("prometheus-node-exporter"), serviceAccount: `${RELEASE}-prometheus-node-exporter`, hostNetwork: true, tolerates: "all", containers: [{ name: "node-exporter", image: "quay.io/prometheus/node-exporter:v1.12.1", ports: [{ name: "http-metrics", port: 9100 }], ready: { path: "/", port: 9100 } }] },
      { kind: "StatefulSet", namespace: NAMESPACE, name: `alertmanager-${RELEASE}-alertmanager`, labels: name("alertmanager"), containers: [{ name: "alertmanager", image: "quay.io/prometheus/alertmanager:v0.34.2", memory: "200Mi", ports: [{ name: "http-web", port: 9093 }], ready: { path: "/-/ready", port: 9093 } }] },
    ];
    if (wanted !== undefined) {
      workloads.push({
        kind: "StatefulSet", namespace: NAMESPACE, name: `prometheus-${RELEASE}-prometheus`, labels: name("prometheus"), serviceAccount: `${RELEASE}-prometheus`,
        containers: [{ name: "prometheus", image: `quay.io/prometheus/prometheus:${componentVersion("prometheus").app}`, ...PROMETHEUS_REQUESTS, ports: [{ name: "http-web", port: 9090 }], ready: { path: "/-/ready", port: 9090 } }],
        claim: { name: "prometheus-data", size: wanted.size.text, storageClass: homelab.platform.storage.default },
      });
    }
    if (grafana !== undefined) {
      workloads.push({ kind: "Deployment", namespace: NAMESPACE, name: `${RELEASE}-grafana`, labels: name("grafana"), serviceAccount: `${RELEASE}-grafana`, containers: [{ name: "grafana", image: `docker.io/grafana/grafana:${componentVersion("grafana").app}`, ...GRAFANA_REQUESTS, ports: [{ name: "grafana", port: 3000 }], ready: { path: "/api/health", port: 3000 } }] });
    }
    return {
      workloads,
      services: grafana === undefined ? [] : [{ namespace: NAMESPACE, name: `${RELEASE}-grafana`, selector: name("grafana"), ports: [{ name: "http-web", port: 80, targetPort: "grafana" }] }],
    };
  },
  crds: ["prometheus"],
};

/** Retention as Loki and Alloy read it. */
export function retention(duration: { text: string; ms: number }): string {
  return `${Math.max(24, Math.round(seconds(duration) / 3600))}h`;
}

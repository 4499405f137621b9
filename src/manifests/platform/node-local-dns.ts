/** NodeLocal DNSCache: a DNS cache on each node, at a link-local address that kubelets give to their pods. */
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { clusterDns } from "../cluster-addresses.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import type { Component } from "./component.ts";

const AT = ["kubernetes", "network", "dns", "nodeLocal"];
const NAME = "node-local-dns";
const NAMESPACE = "kube-system";
const IMAGE = "registry.k8s.io/dns/k8s-dns-node-cache:1.26.7";
const HEALTH_PORT = 9254;

function corefile(homelab: Homelab): string {
  const { dns } = homelab.kubernetes.network;
  const zone = (name: string, forward: string, ttl: string) => `${name}:53 {
    errors
    cache ${ttl}
    reload
    loop
    bind ${dns.nodeLocal.address}
    forward . ${forward}
    prometheus :9253${name === dns.domain ? `\n    health ${dns.nodeLocal.address}:${HEALTH_PORT}` : ""}
}
`;
  // The cache finds the cluster's DNS behind a Service of its own, as kube-dns' own address may be this cache.
  const cluster = "__PILLAR__CLUSTER__DNS__ {\n        force_tcp\n    }";
  return [zone(dns.domain, cluster, "30"), zone("in-addr.arpa", cluster, "30"), zone("ip6.arpa", cluster, "30"), zone(".", "__PILLAR__UPSTREAM__SERVERS__", "30")].join("");
}

function render(homelab: Homelab): RenderedObject[] {
  const labels = { ...componentLabels(NAME), "k8s-app": NAME };
  const selector = { "k8s-app": NAME };
  const { nodeLocal } = homelab.kubernetes.network.dns;
  return [
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace: NAMESPACE, labels } }),
    rendered<IService>(AT, {
      apiVersion: "v1", kind: "Service", metadata: { name: "kube-dns-upstream", namespace: NAMESPACE, labels: { ...labels, "k8s-app": "kube-dns" } },
      spec: { selector: { "k8s-app": "kube-dns" }, ports: [{ name: "dns", port: 53, protocol: "UDP", targetPort: 53 }, { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 }] },
    }),
    rendered<IConfigMap>(AT, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: NAME, namespace: NAMESPACE, labels }, data: { Corefile: corefile(homelab) } }),
    rendered<IDaemonSet>(AT, {
      apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: {
        selector: { matchLabels: selector },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
        template: {
          metadata: { labels: selector, annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9253" } },
          spec: {
            serviceAccountName: NAME,
            hostNetwork: true,
            dnsPolicy: "Default",
            priorityClassName: "system-node-critical",
            tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }, { operator: "Exists", effect: "NoExecute" }, { operator: "Exists", effect: "NoSchedule" }],
            containers: [{
              name: "node-cache",
              image: IMAGE,
              args: ["-localip", nodeLocal.address, "-conf", "/etc/Corefile", "-upstreamsvc", "kube-dns-upstream"],
              ports: [{ name: "dns", containerPort: 53, protocol: "UDP" }, { name: "dns-tcp", containerPort: 53, protocol: "TCP" }, { name: "metrics", containerPort: 9253, protocol: "TCP" }],
              livenessProbe: { httpGet: { host: nodeLocal.address, path: "/health", port: HEALTH_PORT }, initialDelaySeconds: 60, timeoutSeconds: 5 },
              resources: { requests: { cpu: "25m", memory: "5Mi" } },
              securityContext: { capabilities: { add: ["NET_ADMIN"] } },
              volumeMounts: [{ name: "xtables-lock", mountPath: "/run/xtables.lock" }, { name: "config-volume", mountPath: "/etc/coredns" }],
            }],
            volumes: [
              { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
              { name: "config-volume", configMap: { name: NAME, items: [{ key: "Corefile", path: "Corefile.base" }] } },
            ],
          },
        },
      },
    }),
  ];
}

export const nodeLocalDns: Component = {
  name: NAME,
  summary: "a DNS cache on each node",
  at: AT,
  isUsed: (homelab) => homelab.kubernetes.network.dns.nodeLocal.enabled && clusterDns(homelab).length > 0,
  install: () => "objects",
  objects: render,
};

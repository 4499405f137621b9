/** flannel: inside k3s' own process, or as its DaemonSet with our configuration. It enforces no NetworkPolicy by itself. */
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import type { Component } from "./component.ts";

const AT = ["kubernetes", "network"];
const NAMESPACE = "kube-flannel";
const CNI_PLUGIN_IMAGE = "ghcr.io/flannel-io/flannel-cni-plugin:v1.8.0-flannel1";

/** flannel's names for the ways it carries packets. */
const BACKENDS: Record<string, string> = { vxlan: "vxlan", "host-gw": "host-gw", "wireguard-native": "wireguard" };

/** net-conf.json: the ranges and the backend. */
export function netConf(homelab: Homelab): Record<string, unknown> {
  const { pods, backend } = homelab.kubernetes.network;
  const v4 = pods.find((range) => !range.includes(":"));
  const v6 = pods.find((range) => range.includes(":"));
  return {
    EnableIPv4: v4 !== undefined,
    EnableIPv6: v6 !== undefined,
    EnableNFTables: homelab.kubernetes.network.proxy === "nftables",
    ...(v4 === undefined ? {} : { Network: v4 }),
    ...(v6 === undefined ? {} : { IPv6Network: v6 }),
    Backend: { Type: BACKENDS[backend] ?? "vxlan" },
  };
}

const CNI_CONF = {
  name: "cbr0",
  cniVersion: "0.3.1",
  plugins: [{ type: "flannel", delegate: { hairpinMode: true, isDefaultGateway: true } }, { type: "portmap", capabilities: { portMappings: true } }],
};

function render(homelab: Homelab): RenderedObject[] {
  const labels = { ...componentLabels("flannel"), "k8s-app": "flannel" };
  const selector = { app: "flannel", "k8s-app": "flannel" };
  const image = `ghcr.io/flannel-io/flannel:${componentVersion("flannel").app}`;
  return [
    rendered<INamespace>(AT, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels: { ...labels, "pod-security.kubernetes.io/enforce": "privileged" } } }),
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "flannel", namespace: NAMESPACE, labels } }),
    rendered<IClusterRole>(AT, {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "flannel", labels },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }, { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] }, { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] }],
    }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "flannel", labels }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "flannel" }, subjects: [{ kind: "ServiceAccount", name: "flannel", namespace: NAMESPACE }] }),
    rendered<IConfigMap>(AT, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kube-flannel-cfg", namespace: NAMESPACE, labels }, data: { "cni-conf.json": `${JSON.stringify(CNI_CONF, null, 2)}\n`, "net-conf.json": `${JSON.stringify(netConf(homelab), null, 2)}\n` } }),
    rendered<IDaemonSet>(AT, {
      apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "kube-flannel-ds", namespace: NAMESPACE, labels: { ...labels, app: "flannel" } },
      spec: {
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: {
            serviceAccountName: "flannel",
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            nodeSelector: { "kubernetes.io/os": "linux" },
            tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
            initContainers: [
              { name: "install-cni-plugin", image: CNI_PLUGIN_IMAGE, command: ["cp"], args: ["-f", "/flannel", "/opt/cni/bin/flannel"], volumeMounts: [{ name: "cni-plugin", mountPath: "/opt/cni/bin" }] },
              { name: "install-cni", image, command: ["cp"], args: ["-f", "/etc/kube-flannel/cni-conf.json", "/etc/cni/net.d/10-flannel.conflist"], volumeMounts: [{ name: "cni", mountPath: "/etc/cni/net.d" }, { name: "flannel-cfg", mountPath: "/etc/kube-flannel/" }] },
            ],
            containers: [{
              name: "kube-flannel",
              image,
              command: ["/opt/bin/flanneld"],
              args: ["--ip-masq", "--kube-subnet-mgr"],
              env: [
                { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                { name: "EVENT_QUEUE_DEPTH", value: "5000" },
                { name: "CONT_WHEN_CACHE_NOT_READY", value: "false" },
              ],
              resources: { requests: { cpu: "100m", memory: "50Mi" } },
              securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
              volumeMounts: [{ name: "run", mountPath: "/run/flannel" }, { name: "flannel-cfg", mountPath: "/etc/kube-flannel/" }, { name: "xtables-lock", mountPath: "/run/xtables.lock" }],
            }],
            volumes: [
              { name: "run", hostPath: { path: "/run/flannel" } },
              { name: "cni-plugin", hostPath: { path: "/opt/cni/bin" } },
              { name: "cni", hostPath: { path: "/etc/cni/net.d" } },
              { name: "flannel-cfg", configMap: { name: "kube-flannel-cfg" } },
              { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
            ],
          },
        },
      },
    }),
  ];
}

export const flannel: Component = {
  name: "flannel",
  summary: "the pods' network",
  at: AT,
  isUsed: (homelab) => homelab.kubernetes.network.cni === "flannel",
  install: (homelab) => (homelab.kubernetes.distribution === "k3s" ? "bundled" : "objects"),
  objects: (homelab) => (homelab.kubernetes.distribution === "k3s" ? [] : render(homelab)),
};

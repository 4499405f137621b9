/** kube-router as the pods' network: routes, policies, and the service proxy where kube-proxy is off. */
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import type { Component } from "./component.ts";

const AT = ["kubernetes", "network"];

const CNI_CONF = {
  cniVersion: "0.3.0",
  name: "mynet",
  plugins: [
    { name: "kubernetes", type: "bridge", bridge: "kube-bridge", isDefaultGateway: true, hairpinMode: true, ipam: { type: "host-local" } },
    { type: "portmap", capabilities: { snat: true, portMappings: true } },
  ],
};

function render(homelab: Homelab): RenderedObject[] {
  const namespace = "kube-system";
  const labels = { ...componentLabels("kube-router"), "k8s-app": "kube-router" };
  const selector = { "k8s-app": "kube-router", tier: "node" };
  const isProxy = homelab.kubernetes.network.proxy === "none";
  const image = `docker.io/cloudnativelabs/kube-router:${componentVersion("kube-router").app}`;
  return [
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "kube-router", namespace, labels } }),
    rendered<IClusterRole>(AT, {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "kube-router", labels },
      rules: [
        { apiGroups: [""], resources: ["namespaces", "pods", "services", "nodes", "endpoints"], verbs: ["list", "get", "watch"] },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "get", "watch"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
        { apiGroups: [""], resources: ["services/status"], verbs: ["update"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
      ],
    }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "kube-router", labels }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "kube-router" }, subjects: [{ kind: "ServiceAccount", name: "kube-router", namespace }] }),
    rendered<IConfigMap>(AT, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kube-router-cfg", namespace, labels }, data: { "cni-conf.json": `${JSON.stringify(CNI_CONF, null, 2)}\n` } }),
    rendered<IDaemonSet>(AT, {
      apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "kube-router", namespace, labels },
      spec: {
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector, annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "20241" } },
          spec: {
            serviceAccountName: "kube-router",
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            tolerations: [{ operator: "Exists", effect: "NoSchedule" }, { key: "CriticalAddonsOnly", operator: "Exists" }, { operator: "Exists", effect: "NoExecute" }],
            initContainers: [{
              name: "install-cni", image,
              command: ["/bin/sh", "-c", "set -e; for f in bridge host-local loopback portmap; do test -e /opt/cni/bin/$f || echo \"missing CNI plugin $f\"; done; cp /etc/kube-router/cni-conf.json /etc/cni/net.d/10-kuberouter.conflist"],
              volumeMounts: [{ name: "cni-conf-dir", mountPath: "/etc/cni/net.d" }, { name: "kube-router-cfg", mountPath: "/etc/kube-router" }, { name: "host-opt", mountPath: "/opt" }],
            }],
            containers: [{
              name: "kube-router",
              image,
              args: ["--run-router=true", "--run-firewall=true", `--run-service-proxy=${isProxy}`, "--bgp-graceful-restart=true", ...homelab.kubernetes.network.services.map((range) => `--service-cluster-ip-range=${range}`), "--metrics-port=20241"],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }, { name: "KUBE_ROUTER_CNI_CONF_FILE", value: "/etc/cni/net.d/10-kuberouter.conflist" }],
              livenessProbe: { httpGet: { path: "/healthz", port: 20244 }, initialDelaySeconds: 10, periodSeconds: 3 },
              resources: { requests: { cpu: "250m", memory: "250Mi" } },
              securityContext: { privileged: true },
              volumeMounts: [{ name: "lib-modules", mountPath: "/lib/modules", readOnly: true }, { name: "cni-conf-dir", mountPath: "/etc/cni/net.d" }, { name: "xtables-lock", mountPath: "/run/xtables.lock" }],
            }],
            volumes: [
              { name: "lib-modules", hostPath: { path: "/lib/modules" } },
              { name: "cni-conf-dir", hostPath: { path: "/etc/cni/net.d" } },
              { name: "kube-router-cfg", configMap: { name: "kube-router-cfg" } },
              { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
              { name: "host-opt", hostPath: { path: "/opt" } },
            ],
          },
        },
      },
    }),
  ];
}

export const kubeRouter: Component = {
  name: "kube-router",
  summary: "the pods' network, with policies and BGP",
  at: AT,
  isUsed: (homelab) => homelab.kubernetes.network.cni === "kube-router",
  install: () => "objects",
  objects: render,
};

/** kube-vip for Services of type LoadBalancer: a DaemonSet that announces addresses, and the provider that hands them out from a range. */
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { KUBE_VIP_IMAGE } from "../versions.ts";
import type { Component } from "./component.ts";

const AT = ["platform", "loadBalancer"];
const PROVIDER_IMAGE = "ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.12";

/** kube-vip's own leases: 5 s, renewed within 3 s, tried each second (cmd/kube-vip.go). */
export const KUBE_VIP_LEASE = { duration: 5, renew: 3, retry: 1 };

function render(homelab: Homelab): RenderedObject[] {
  const namespace = "kube-system";
  const labels = componentLabels("kube-vip");
  const selector = { "app.kubernetes.io/name": "kube-vip-ds" };
  const provider = { "app.kubernetes.io/name": "kube-vip-cloud-provider" };
  const role = (name: string, rules: IClusterRole["rules"]): RenderedObject[] => [
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } }),
    rendered<IClusterRole>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: `system:${name}-role`, labels }, rules }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: `system:${name}-binding`, labels }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `system:${name}-role` }, subjects: [{ kind: "ServiceAccount", name, namespace }] }),
  ];
  const pools = Object.values(homelab.platform.loadBalancer.pools);
  const address = (text: string) => (text.includes("/") ? "cidr" : "range");
  const data: Record<string, string> = {};
  // The provider has one range of each kind that every namespace may use.
  for (const text of pools.flatMap((pool) => pool.addresses)) {
    const key = `${address(text)}-global`;
    data[key] = data[key] === undefined ? text : `${data[key]},${text}`;
  }
  return [
    ...role("kube-vip", [
      { apiGroups: [""], resources: ["services/status"], verbs: ["update"] },
      { apiGroups: [""], resources: ["services", "endpoints"], verbs: ["list", "get", "watch", "update"] },
      { apiGroups: [""], resources: ["nodes"], verbs: ["list", "get", "watch", "update", "patch"] },
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["list", "get", "watch", "update", "create"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "get", "watch", "update"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    ]),
    ...role("kube-vip-cloud-controller", [
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update", "list", "watch"] },
      { apiGroups: [""], resources: ["configmaps", "endpoints", "events", "services/status"], verbs: ["*"] },
      { apiGroups: [""], resources: ["nodes", "services"], verbs: ["list", "get", "watch", "update"] },
      { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list", "watch"] },
    ]),
    rendered<IConfigMap>([...AT, "pools"], { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kubevip", namespace, labels }, data }),
    rendered<IDeployment>(AT, {
      apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "kube-vip-cloud-provider", namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: provider },
        template: {
          metadata: { labels: provider },
          spec: {
            serviceAccountName: "kube-vip-cloud-controller",
            tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
            containers: [{ name: "kube-vip-cloud-provider", image: PROVIDER_IMAGE, command: ["/kube-vip-cloud-provider", "--leader-elect-resource-name=kube-vip-cloud-controller"], resources: { requests: { cpu: "20m", memory: "32Mi" } } }],
          },
        },
      },
    }),
    rendered<IDaemonSet>(AT, {
      apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "kube-vip-ds", namespace, labels },
      spec: {
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: {
            serviceAccountName: "kube-vip",
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            tolerations: [{ operator: "Exists", effect: "NoSchedule" }, { operator: "Exists", effect: "NoExecute" }],
            containers: [{
              name: "kube-vip",
              image: KUBE_VIP_IMAGE,
              args: ["manager"],
              env: [
                { name: "vip_arp", value: String(homelab.platform.loadBalancer.mode === "layer2") },
                { name: "bgp_enable", value: String(homelab.platform.loadBalancer.mode === "bgp") },
                { name: "svc_enable", value: "true" },
                { name: "svc_election", value: "true" },
                { name: "cp_enable", value: "false" },
                { name: "vip_leaderelection", value: "true" },
                { name: "vip_leaseduration", value: String(KUBE_VIP_LEASE.duration) },
                { name: "vip_renewdeadline", value: String(KUBE_VIP_LEASE.renew) },
                { name: "vip_retryperiod", value: String(KUBE_VIP_LEASE.retry) },
                { name: "vip_nodename", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
              ],
              resources: { requests: { cpu: "20m", memory: "48Mi" } },
              securityContext: { capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] } },
            }],
          },
        },
      },
    }),
  ];
}

export const kubeVip: Component = {
  name: "kube-vip",
  summary: "addresses of the home network for load balancers",
  at: AT,
  isUsed: (homelab) => homelab.platform.loadBalancer.by === "kube-vip",
  install: () => "objects",
  objects: render,
};

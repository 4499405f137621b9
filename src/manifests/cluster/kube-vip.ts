/** kube-vip for the API's address: a static pod on each control plane (kubeadm), or the same as a DaemonSet among k3s' own manifests. */
import type { Homelab, Machine } from "../../config/homelab.ts";
import { firstControlPlane } from "./cluster-machines.ts";
import { KUBE_VIP_LEASE } from "../platform/kube-vip.ts";
import { KUBE_VIP_IMAGE } from "../versions.ts";
import { yamlDocument } from "../yaml-text.ts";
import { PLACEHOLDERS } from "./placeholder.ts";

function environment(homelab: Homelab, machine: Machine | undefined): { name: string; value?: string; valueFrom?: unknown }[] {
  const { endpoint } = homelab.kubernetes;
  const networkInterface = endpoint.interface ?? machine?.network.interface;
  return [
    { name: "vip_arp", value: "true" },
    { name: "port", value: String(endpoint.port) },
    ...(networkInterface === undefined ? [] : [{ name: "vip_interface", value: networkInterface }]),
    { name: "vip_subnet", value: endpoint.address?.includes(":") === true ? "128" : "32" },
    { name: "cp_enable", value: "true" },
    { name: "cp_namespace", value: "kube-system" },
    { name: "svc_enable", value: "false" },
    { name: "vip_leaderelection", value: "true" },
    { name: "vip_leasename", value: "plndr-cp-lock" },
    { name: "vip_leaseduration", value: String(KUBE_VIP_LEASE.duration) },
    { name: "vip_renewdeadline", value: String(KUBE_VIP_LEASE.renew) },
    { name: "vip_retryperiod", value: String(KUBE_VIP_LEASE.retry) },
    { name: "address", value: endpoint.address ?? PLACEHOLDERS.endpoint },
    { name: "vip_nodename", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
  ];
}

/**
 * The manifest for `/etc/kubernetes/manifests`. While the first control plane is being made only super-admin.conf may hold the lease (since 1.29);
 * afterwards, and on every other control plane, admin.conf does. `isFirstStart` says which. Nothing but hostPath is mounted: static pods may refer to no object.
 */
export function kubeVipStaticPod(homelab: Homelab, machine: Machine, isFirstStart = firstControlPlane(homelab) === machine): string {
  const kubeconfig = isFirstStart ? "/etc/kubernetes/super-admin.conf" : "/etc/kubernetes/admin.conf";
  return yamlDocument({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-vip", namespace: "kube-system", labels: { "app.kubernetes.io/name": "kube-vip" } },
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      hostAliases: [{ hostnames: ["kubernetes"], ip: "127.0.0.1" }],
      containers: [{
        name: "kube-vip",
        image: KUBE_VIP_IMAGE,
        imagePullPolicy: "IfNotPresent",
        args: ["manager"],
        env: environment(homelab, machine).map((variable) => (variable.name === "vip_nodename" ? { name: "vip_nodename", value: machine.hostname } : variable)),
        resources: { requests: { cpu: "20m", memory: "48Mi" } },
        securityContext: { capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] } },
        volumeMounts: [{ name: "kubeconfig", mountPath: "/etc/kubernetes/admin.conf", readOnly: true }],
      }],
      volumes: [{ name: "kubeconfig", hostPath: { path: kubeconfig, type: "File" } }],
    },
  });
}

/** For k3s: applied by the server itself from its manifests' directory. */
export function kubeVipK3sManifest(homelab: Homelab): string {
  const labels = { "app.kubernetes.io/name": "kube-vip", "app.kubernetes.io/managed-by": "kubernest" };
  const name = "kube-vip-control-plane";
  const documents = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: "kube-system", labels } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name, labels },
      rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["list", "get", "watch"] }, { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["list", "get", "watch", "update", "create"] }],
    },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name, labels }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name }, subjects: [{ kind: "ServiceAccount", name, namespace: "kube-system" }] },
    {
      apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name, namespace: "kube-system", labels },
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": "kube-vip" } },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            nodeSelector: { "node-role.kubernetes.io/control-plane": "true" },
            tolerations: [{ operator: "Exists", effect: "NoSchedule" }, { operator: "Exists", effect: "NoExecute" }],
            containers: [{
              name: "kube-vip", image: KUBE_VIP_IMAGE, args: ["manager"], env: environment(homelab, undefined),
              resources: { requests: { cpu: "20m", memory: "48Mi" } },
              securityContext: { capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] } },
            }],
          },
        },
      },
    },
  ];
  return documents.map(yamlDocument).join("---\n");
}

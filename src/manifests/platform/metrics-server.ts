/** metrics-server: what `kubectl top` and autoscalers read. k3s' own, or all of it as our own objects. */
import type { IAPIService } from "kubernetes-models/apiregistration.k8s.io/v1/APIService";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { IRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import type { IService } from "kubernetes-models/v1/Service";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { seconds } from "../apps/probe.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { isBundled, type Component } from "./component.ts";

const AT = ["platform", "metrics"];
const NAME = "metrics-server";
const NAMESPACE = "kube-system";
/** What k3s v1.36.2 brings (its release page, 2026-10). */
const K3S_IMAGE = "rancher/mirrored-metrics-server:v0.8.1";
const SELECTOR = { "k8s-app": NAME };
const RBAC = "rbac.authorization.k8s.io";

function render(homelab: Homelab): RenderedObject[] {
  const labels = { ...componentLabels(NAME), ...SELECTOR };
  const metadata = { name: NAME, namespace: NAMESPACE, labels };
  const subjects = [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }];
  return [
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata }),
    rendered<IClusterRole>(AT, {
      apiVersion: `${RBAC}/v1`, kind: "ClusterRole",
      metadata: { name: "system:aggregated-metrics-reader", labels: { ...labels, [`${RBAC}/aggregate-to-admin`]: "true", [`${RBAC}/aggregate-to-edit`]: "true", [`${RBAC}/aggregate-to-view`]: "true" } },
      rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
    }),
    rendered<IClusterRole>(AT, {
      apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: "system:metrics-server", labels },
      rules: [{ apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] }, { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
    }),
    rendered<IRoleBinding>(AT, { apiVersion: `${RBAC}/v1`, kind: "RoleBinding", metadata: { name: "metrics-server-auth-reader", namespace: NAMESPACE, labels }, roleRef: { apiGroup: RBAC, kind: "Role", name: "extension-apiserver-authentication-reader" }, subjects }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: `${RBAC}/v1`, kind: "ClusterRoleBinding", metadata: { name: "metrics-server:system:auth-delegator", labels }, roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "system:auth-delegator" }, subjects }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: `${RBAC}/v1`, kind: "ClusterRoleBinding", metadata: { name: "system:metrics-server", labels }, roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "system:metrics-server" }, subjects }),
    rendered<IService>(AT, { apiVersion: "v1", kind: "Service", metadata, spec: { selector: SELECTOR, ports: [{ name: "https", port: 443, targetPort: "https", protocol: "TCP" }] } }),
    rendered<IDeployment>(AT, {
      apiVersion: "apps/v1", kind: "Deployment", metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: SELECTOR },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels: SELECTOR },
          spec: {
            serviceAccountName: NAME,
            priorityClassName: "system-cluster-critical",
            nodeSelector: { "kubernetes.io/os": "linux" },
            tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
            containers: [{
              name: NAME,
              image: `registry.k8s.io/metrics-server/metrics-server:${componentVersion("metrics-server").app}`,
              args: [
                "--cert-dir=/tmp",
                "--secure-port=10250",
                "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                "--kubelet-use-node-status-port",
                // kubeadm's kubelets serve a certificate that they signed themselves.
                "--kubelet-insecure-tls",
                `--metric-resolution=${seconds(homelab.platform.metrics.resolution, 10)}s`,
              ],
              ports: [{ name: "https", containerPort: 10250, protocol: "TCP" }],
              livenessProbe: { httpGet: { path: "/livez", port: "https", scheme: "HTTPS" }, periodSeconds: 10, failureThreshold: 3 },
              readinessProbe: { httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" }, initialDelaySeconds: 20, periodSeconds: 10, failureThreshold: 3 },
              resources: { requests: { cpu: "100m", memory: "200Mi" } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1000, capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } },
              volumeMounts: [{ name: "tmp-dir", mountPath: "/tmp" }],
            }],
            volumes: [{ name: "tmp-dir", emptyDir: {} }],
          },
        },
      },
    }),
    rendered<IAPIService>(AT, {
      apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: "v1beta1.metrics.k8s.io", labels },
      spec: { group: "metrics.k8s.io", version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: { name: NAME, namespace: NAMESPACE } },
    }),
  ];
}

export const metricsServer: Component = {
  name: NAME,
  summary: "cpu and memory of nodes and pods, for `kubectl top` and autoscalers",
  at: AT,
  isUsed: (homelab) => homelab.platform.metrics.enabled,
  install: (homelab) => (isBundled(homelab, "metrics-server") ? "bundled" : "objects"),
  objects: (homelab) => (isBundled(homelab, "metrics-server") ? [] : render(homelab)),
  footprint: (homelab) => (!isBundled(homelab, "metrics-server") ? { workloads: [] } : {
    workloads: [{
      kind: "Deployment", namespace: NAMESPACE, name: NAME, labels: SELECTOR, serviceAccount: NAME, priorityClass: "system-node-critical", tolerates: "control-plane",
      containers: [{ name: NAME, image: K3S_IMAGE, cpu: "100m", memory: "70Mi", ports: [{ name: "https", port: 10250 }] }],
    }],
    services: [{ namespace: NAMESPACE, name: NAME, selector: SELECTOR, ports: [{ name: "https", port: 443, targetPort: "https" }] }],
  }),
};

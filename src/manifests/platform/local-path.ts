/** local-path: volumes as directories on the machine that first uses them. k3s' own, or all of it as our own objects. */
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IClusterRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole";
import type { IClusterRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding";
import type { IRole } from "kubernetes-models/rbac.authorization.k8s.io/v1/Role";
import type { IRoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding";
import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import type { Homelab } from "../../config/homelab.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { WAIT_IMAGE, componentVersion } from "../versions.ts";
import { isBundled, type Component } from "./component.ts";
import { DEFAULT_CLASS_ANNOTATION, classesOf, renderClasses, usesStorage } from "./storage-class.ts";

const AT = ["platform", "storage"];
const NAMESPACE = "local-path-storage";
const NAME = "local-path-provisioner";
const DEFAULT_PATH = "/opt/local-path-provisioner";

const SETUP = "#!/bin/sh\nset -eu\nmkdir -m 0777 -p \"$VOL_DIR\"\n";
const TEARDOWN = "#!/bin/sh\nset -eu\nrm -rf \"$VOL_DIR\"\n";
const HELPER_POD = `apiVersion: v1
kind: Pod
metadata:
  name: helper-pod
spec:
  priorityClassName: system-node-critical
  tolerations:
  - operator: Exists
  containers:
  - name: helper-pod
    image: ${WAIT_IMAGE}
    imagePullPolicy: IfNotPresent
`;

function render(homelab: Homelab): RenderedObject[] {
  const labels = { ...componentLabels(NAME), app: NAME };
  const selector = { app: NAME };
  const metadata = { name: NAME, namespace: NAMESPACE, labels };
  const paths = [...new Set(classesOf(homelab, "local-path").map((storageClass) => storageClass.path ?? DEFAULT_PATH))];
  const config = { nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths }] };
  const subjects = [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }];
  return [
    rendered<INamespace>(AT, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels: { ...componentLabels(NAME), "pod-security.kubernetes.io/enforce": "privileged" } } }),
    rendered<IServiceAccount>(AT, { apiVersion: "v1", kind: "ServiceAccount", metadata }),
    rendered<IRole>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "create", "patch", "update", "delete"] }] }),
    rendered<IRoleBinding>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: NAME }, subjects }),
    rendered<IClusterRole>(AT, {
      apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: NAME, labels },
      rules: [
        { apiGroups: [""], resources: ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["get", "list", "watch", "create", "patch", "update", "delete"] },
        { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
        { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
      ],
    }),
    rendered<IClusterRoleBinding>(AT, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: NAME, labels }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME }, subjects }),
    rendered<IConfigMap>(AT, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "local-path-config", namespace: NAMESPACE, labels }, data: { "config.json": `${JSON.stringify(config, null, 2)}\n`, setup: SETUP, teardown: TEARDOWN, "helperPod.yaml": HELPER_POD } }),
    rendered<IDeployment>(AT, {
      apiVersion: "apps/v1", kind: "Deployment", metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: {
            serviceAccountName: NAME,
            priorityClassName: "system-node-critical",
            tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
            containers: [{
              name: NAME,
              image: `docker.io/rancher/local-path-provisioner:${componentVersion("local-path").app}`,
              command: ["local-path-provisioner", "start", "--config", "/etc/config/config.json"],
              env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }, { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" }, { name: "SERVICE_ACCOUNT_NAME", value: NAME }],
              resources: { requests: { cpu: "10m", memory: "32Mi" } },
              volumeMounts: [{ name: "config", mountPath: "/etc/config/" }],
            }],
            volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
          },
        },
      },
    }),
  ];
}

export const localPath: Component = {
  name: "local-path",
  summary: "volumes as directories on the machine that uses them",
  at: AT,
  // k3s runs it whether or not a class asks for it.
  isUsed: (homelab) => usesStorage(homelab, "local-path") || isBundled(homelab, "local-storage"),
  install: (homelab) => (isBundled(homelab, "local-storage") ? "bundled" : "objects"),
  objects: (homelab) => [...(isBundled(homelab, "local-storage") ? [] : render(homelab)), ...renderClasses(homelab, "local-path", "local-path")],
  footprint(homelab) {
    if (!isBundled(homelab, "local-storage")) return { workloads: [] };
    const isDefault = homelab.platform.storage.default === "local-path";
    return {
      workloads: [{
        kind: "Deployment", namespace: "kube-system", name: NAME, labels: { app: NAME }, serviceAccount: "local-path-provisioner-service-account",
        priorityClass: "system-node-critical", tolerates: "control-plane", maxUnavailable: 1,
        containers: [{ name: NAME, image: "rancher/local-path-provisioner:v0.0.35" }],
      }],
      objects: [{
        apiVersion: "storage.k8s.io/v1", kind: "StorageClass",
        metadata: { name: "local-path", annotations: { defaultVolumeType: "local", ...(isDefault ? { [DEFAULT_CLASS_ANNOTATION]: "true" } : {}) } },
        provisioner: "rancher.io/local-path", volumeBindingMode: "WaitForFirstConsumer", reclaimPolicy: "Delete",
      }],
    };
  },
};

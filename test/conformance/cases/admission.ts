import { apply, area, get, mergePatch, post, put, remove, until } from "../case.ts";
import { configMap, container, deployment, pod, service } from "./objects.ts";

type Json = Record<string, unknown>;
const idle = (name: string, spec: Json = {}): Json => pod(name, { schedulerName: "nobody", ...spec });
const refusal = ["code", "reason", "message", "details"] as const;

export const fieldValidation = area("field-validation", {
  "strict names every unknown and duplicate field": [
    post("configmaps", { ...configMap("a"), colour: "red", metadata: { name: "a", nickname: "x" } }, { query: "fieldValidation=Strict" }),
    post("configmaps", '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1","a":"2"}}', { query: "fieldValidation=Strict" }),
    post("apps/v1/deployments", deployment("a", { replica: 1 }, { containers: [container({ imagePullPolice: "x", ports: [{ containerport: 1 }] })] }), { query: "fieldValidation=Strict" }),
  ],
  "ignore drops them": [post("configmaps", { ...configMap("a"), colour: "red" }, { query: "fieldValidation=Ignore", show: ["data", "colour"] })],
  "warn is the default": [post("configmaps", { ...configMap("a"), colour: "red" }, { show: ["data", "colour"] })],
  "strict for patches": [
    post("configmaps", configMap("a"), { show: "none" }),
    mergePatch("configmaps/a", { colour: "red" }, { query: "fieldValidation=Strict" }),
    apply("configmaps/a", "me", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, colour: "red" }, { query: "fieldValidation=Strict" }),
    put("configmaps/a", { ...configMap("a"), colour: "red" }, { query: "fieldValidation=Strict" }),
  ],
  "strict for YAML": [post("configmaps", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\ncolour: red\n", { contentType: "application/yaml", query: "fieldValidation=Strict" }), post("configmaps", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: b\n  a: c\n", { contentType: "application/yaml", query: "fieldValidation=Strict" })],
  "a value that is none of the three": [post("configmaps", configMap("a"), { query: "fieldValidation=Perhaps" })],
  "names are matched by case": [post("configmaps", { apiVersion: "v1", kind: "ConfigMap", Metadata: { name: "b" }, metadata: { name: "a" }, Data: { a: "b" } }, { query: "fieldValidation=Strict" })],
});

export const dryRun = area("dry-run", {
  "create stores nothing": [post("configmaps", configMap("a"), { query: "dryRun=All" }), get("configmaps/a", { show: "code" })],
  "create gives a generated name": [post("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "g-" } }, { query: "dryRun=All", show: ["metadata.generateName", "metadata.uid"] })],
  "update, patch and delete store nothing": [
    post("configmaps", configMap("a", { one: "1" }), { show: ["metadata.resourceVersion"] }),
    put("configmaps/a", configMap("a", { two: "2" }), { query: "dryRun=All", show: ["data", "metadata.resourceVersion"] }),
    mergePatch("configmaps/a", { data: { three: "3" } }, { query: "dryRun=All", show: ["data"] }),
    apply("configmaps/a", "me", configMap("a", { four: "4" }), { query: "dryRun=All", show: ["data"] }),
    remove("configmaps/a", undefined, { query: "dryRun=All" }),
    remove("configmaps", undefined, { query: "dryRun=All", show: "code" }),
    get("configmaps/a", { show: ["data", "metadata.resourceVersion"] }),
  ],
  "validation and conflicts are told": [post("services", service("a", { ports: [] }), { query: "dryRun=All" }), post("configmaps", configMap("b"), { show: "none" }), post("configmaps", configMap("b"), { query: "dryRun=All" })],
  "a service gets no address of its own": [post("services", service("a"), { query: "dryRun=All", show: ["spec.type", "spec.ports"] }), get("services/a", { show: "code" })],
  "dryRun that is not All": [post("configmaps", configMap("a"), { query: "dryRun=Some" }), remove("configmaps/a", { apiVersion: "v1", kind: "DeleteOptions", dryRun: ["Some"] })],
  "a pod is admitted whole": [post("pods", idle("a"), { query: "dryRun=All", show: ["spec.tolerations", "spec.serviceAccountName", "spec.priority", "spec.enableServiceLinks"] })],
});

const limitRange = (limits: Json[]): Json => ({ apiVersion: "v1", kind: "LimitRange", metadata: { name: "limits" }, spec: { limits } });
const quota = (name: string, hard: Json, more: Json = {}): Json => ({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name }, spec: { hard, ...more } });
const resources = (requests: Json | undefined, limits?: Json): Json => ({ containers: [container({ resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } })] });

export const admission = area("admission", {
  "limit range: defaults": [
    post("limitranges", limitRange([{ type: "Container", default: { cpu: "200m", memory: "128Mi" }, defaultRequest: { cpu: "100m" } }]), { show: ["spec"] }),
    post("pods", idle("a"), { show: ["spec.containers.*.resources", "metadata.annotations"] }),
    post("pods", idle("b", resources({ cpu: "150m" })), { show: ["spec.containers.*.resources", "metadata.annotations"] }),
    post("pods", idle("c", resources(undefined, { cpu: "50m" })), { show: ["spec.containers.*.resources"] }),
  ],
  "limit range: too much, too little, ratio": [
    post("limitranges", limitRange([{ type: "Container", min: { cpu: "100m" }, max: { cpu: "500m", memory: "1Gi" }, maxLimitRequestRatio: { memory: "2" } }, { type: "Pod", max: { cpu: "600m" } }]), { show: "code" }),
    post("pods", idle("a", resources({ cpu: "50m", memory: "1Mi" }, { cpu: "60m", memory: "1Mi" }))),
    post("pods", idle("b", resources({ cpu: "1" }, { cpu: "1", memory: "2Gi" }))),
    post("pods", idle("c", resources({ cpu: "100m", memory: "100Mi" }, { cpu: "100m", memory: "300Mi" }))),
    post("pods", idle("d", { containers: ["x", "y"].map((name) => container({ name, resources: { limits: { cpu: "400m", memory: "1Mi" } } })) })),
  ],
  "limit range: claims": [
    post("limitranges", limitRange([{ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } }]), { show: "code" }),
    post("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "a" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "3Gi" } } } }),
  ],
  "quota: counts objects": [
    post("resourcequotas", quota("q", { configmaps: "2", "count/deployments.apps": "0", services: "1", "services.nodeports": "0" }), { show: "code" }),
    until("resourcequotas/q", { status: { used: { configmaps: "1", services: "0" } } }, ["status"]),
    post("configmaps", configMap("a"), { show: "code" }),
    post("configmaps", configMap("b")),
    post("apps/v1/deployments", deployment("a")),
    post("services", service("a", { type: "NodePort" })),
    get("resourcequotas/q", { show: ["status.used"] }),
    remove("configmaps/a", undefined, { show: "code" }),
    until("resourcequotas/q", { status: { used: { configmaps: "1" } } }, ["status.used"]),
  ],
  "quota: pods must name what is limited": [
    post("resourcequotas", quota("q", { pods: "2", "requests.cpu": "300m", "limits.memory": "1Gi" }), { show: "code" }),
    until("resourcequotas/q", { status: { used: { pods: "0" } } }),
    post("pods", idle("a")),
    post("pods", idle("b", resources({ cpu: "200m" }, { memory: "512Mi", cpu: "200m" })), { show: "code" }),
    post("pods", idle("c", resources({ cpu: "200m" }, { memory: "1Gi", cpu: "200m" }))),
    get("resourcequotas/q", { show: ["status"] }),
  ],
  "quota: scopes": [
    post("resourcequotas", quota("q", { pods: "0" }, { scopes: ["BestEffort"] }), { show: "code" }),
    until("resourcequotas/q", { status: { used: { pods: "0" } } }),
    post("pods", idle("a")),
    post("pods", idle("b", resources({ cpu: "1m" })), { show: "code" }),
  ],
  "quota: storage": [
    post("resourcequotas", quota("q", { "requests.storage": "1Gi", persistentvolumeclaims: "5", "fast.storageclass.storage.k8s.io/requests.storage": "0" }), { show: "code" }),
    until("resourcequotas/q", { status: { used: { persistentvolumeclaims: "0" } } }),
    post("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "a" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "slow", resources: { requests: { storage: "2Gi" } } } }),
    post("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "b" }, spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "1Mi" } } } }),
  ],
  "quota: a deployment's pods are refused, and it says so": [
    post("resourcequotas", quota("q", { pods: "1" }), { show: "code" }),
    until("resourcequotas/q", { status: { used: { pods: "0" } } }),
    post("apps/v1/deployments", deployment("a", { replicas: 2 }), { show: "code" }),
    until("apps/v1/deployments/a", { status: { readyReplicas: 1, unavailableReplicas: 1, conditions: [{}, {}, {}] } }, ["status.replicas", "status.conditions.*.type", "status.conditions.*.status", "status.conditions.*.reason"]),
  ],
  "pod security: baseline": {
    namespaceLabels: { "pod-security.kubernetes.io/enforce": "baseline" },
    steps: [
      post("pods", idle("a"), { show: "code" }),
      post("pods", idle("b", { hostNetwork: true, hostPID: true, containers: [container({ securityContext: { privileged: true }, ports: [{ containerPort: 80, hostPort: 80 }] })], volumes: [{ name: "h", hostPath: { path: "/" } }] })),
      post("pods", idle("c", { containers: [container({ securityContext: { capabilities: { add: ["SYS_ADMIN", "NET_ADMIN"] } } })], securityContext: { seccompProfile: { type: "Unconfined" }, sysctls: [{ name: "kernel.msgmax", value: "1" }] } })),
      post("apps/v1/deployments", deployment("d", { replicas: 0 }, { hostNetwork: true }), { show: "code" }),
    ],
  },
  "pod security: restricted": {
    namespaceLabels: { "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest" },
    steps: [
      post("pods", idle("a")),
      post("pods", idle("b", { containers: [container({ name: "x" }), container({ name: "y", securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } } })] })),
      post("pods", idle("c", { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } }, containers: [container({ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } })] }), { show: "code" }),
      post("pods", idle("d", { securityContext: { runAsUser: 0 }, volumes: [{ name: "n", nfs: { server: "s", path: "/p" } }] })),
    ],
  },
  "pod security: labels that are none": [mergePatch("/api/v1/namespaces/$NS", { metadata: { labels: { "pod-security.kubernetes.io/enforce": "strict" } } })],
  "priority": [
    post("/apis/scheduling.k8s.io/v1/priorityclasses", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "$NS-high" }, value: 77, preemptionPolicy: "Never" }, { show: "code" }),
    post("pods", idle("a", { priorityClassName: "$NS-high" }), { show: ["spec.priority", "spec.preemptionPolicy"] }),
    post("pods", idle("b", { priorityClassName: "$NS-absent" })),
    post("pods", idle("c", { priority: 5 })),
    post("pods", idle("d", { priorityClassName: "system-cluster-critical" }), { show: ["spec.priority", ...refusal] }),
  ],
  "priority classes cannot change their value": [
    post("/apis/scheduling.k8s.io/v1/priorityclasses", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "$NS-p" }, value: 7 }, { show: "code" }),
    mergePatch("/apis/scheduling.k8s.io/v1/priorityclasses/$NS-p", { value: 8 }),
  ],
  "service account": [
    post("pods", idle("a", { serviceAccountName: "absent" })),
    post("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "quiet" }, automountServiceAccountToken: false, imagePullSecrets: [{ name: "pull" }] }, { show: "code" }),
    post("pods", idle("b", { serviceAccountName: "quiet" }), { show: ["spec.volumes", "spec.containers.*.volumeMounts", "spec.imagePullSecrets", "spec.serviceAccount"] }),
    post("pods", idle("c", { serviceAccountName: "quiet", automountServiceAccountToken: true }), { show: ["spec.volumes", "spec.containers.*.volumeMounts"] }),
    get("serviceaccounts/default", { show: ["metadata.name", "secrets"] }),
  ],
  "a default storage class": {
    isSerial: true,
    steps: [
      post("/apis/storage.k8s.io/v1/storageclasses", { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "$NS-default", annotations: { "storageclass.kubernetes.io/is-default-class": "true" }, creationTimestamp: null }, provisioner: "maison.example/none" }, { show: "code" }),
      post("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "none" }, spec: { storageClassName: "", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }, { show: ["spec.storageClassName", "metadata.finalizers"] }),
    ],
  },
  "pods cannot be created in a namespace that ends": [
    post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "$NS-end" } }, { show: "code" }),
    until("/api/v1/namespaces/$NS-end/serviceaccounts/default", {}),
    post("/api/v1/namespaces/$NS-end/configmaps", configMap("held", {}, { finalizers: ["maison.example/hold"] }), { show: "code" }),
    remove("/api/v1/namespaces/$NS-end", undefined, { show: ["status.phase"] }),
    post("/api/v1/namespaces/$NS-end/configmaps", configMap("late")),
    mergePatch("/api/v1/namespaces/$NS-end/configmaps/held", { metadata: { finalizers: null } }, { show: "code" }),
  ],
  "taints a new node gets": {
    isSerial: true,
    steps: [post("/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "$NS-node" }, spec: { unschedulable: true } }, { show: ["spec.taints.*.key", "spec.unschedulable"] })],
  },
});

export const policies = area("admission-policies", {
  "a validating policy denies in its words": [
    post("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", {
      apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "$NS-few" },
      spec: { failurePolicy: "Fail", matchConstraints: { resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] }] }, validations: [{ expression: "object.spec.replicas <= 3", message: "at most three replicas" }, { expression: "has(object.metadata.labels)", messageExpression: "'no labels on ' + object.metadata.name" }] },
    }, { show: ["spec"] }),
    post("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings", { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", metadata: { name: "$NS-few" }, spec: { policyName: "$NS-few", validationActions: ["Deny"], matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "$NS" } } } } }, { show: ["spec"] }),
    untilDenied(),
    post("apps/v1/deployments", deployment("b", { replicas: 4 })),
    post("apps/v1/deployments", { ...deployment("c", { replicas: 0 }), metadata: { name: "c", labels: { a: "b" } } }, { show: "code" }),
    mergePatch("apps/v1/deployments/c", { spec: { replicas: 9 } }),
  ],
  "a policy that does not compile": [
    post("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "$NS-bad" }, spec: { matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }] }, validations: [{ expression: "object.spec.(" }] } }, { show: ["code", "reason", "details.causes.*.field", "details.causes.*.reason"] }),
    post("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "$NS-bad" }, spec: { validations: [] } }),
  ],
});

/** Policies take effect a moment after they are made: the first refusal is waited for. */
function untilDenied() {
  return { do: "until-refused", path: "apps/v1/deployments", body: deployment("probe", { replicas: 4 }), deadlineMs: 20_000 } as const;
}

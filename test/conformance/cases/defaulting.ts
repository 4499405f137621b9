import { area, mergePatch, post } from "../case.ts";
import { budget, claim, configMap, container, cronJob, daemonSet, deployment, hpa, ingress, job, pod, replicaSet, service, statefulSet } from "./objects.ts";

const spec = ["spec", "metadata.labels", "metadata.annotations", "metadata.finalizers", "metadata.generation"];
const idle = (more = {}) => pod("a", { schedulerName: "nobody", automountServiceAccountToken: false, ...more });
const showing = (path: string, body: unknown, show: readonly string[] = spec) => [post(path, body, { show })];
const wide = (name: string) => `/apis/${name}`;

export const defaulting = area("defaulting", {
  "pod": showing("pods", pod("a", { schedulerName: "nobody" })),
  "pod status at creation": showing("pods", idle(), ["status", "metadata.generation"]),
  "pod without a token": showing("pods", idle()),
  "pod probes": showing("pods", idle({ containers: [container({ livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { tcpSocket: { port: "web" } }, startupProbe: { exec: { command: ["true"] } } }), container({ name: "g", readinessProbe: { grpc: { port: 9 } } })] })),
  "pod lifecycle and ports": showing("pods", idle({ containers: [container({ ports: [{ containerPort: 80 }, { name: "dns", containerPort: 53, protocol: "UDP" }], lifecycle: { preStop: { httpGet: { port: 80 } } } })] })),
  "pod on the host network": showing("pods", idle({ hostNetwork: true, containers: [container({ ports: [{ containerPort: 80 }] })] })),
  "pod volumes": showing(
    "pods",
    idle({
      volumes: [
        { name: "c", configMap: { name: "c" } },
        { name: "s", secret: { secretName: "s" } },
        { name: "d", downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
        { name: "p", projected: { sources: [{ serviceAccountToken: { path: "t" } }, { configMap: { name: "c" } }] } },
        { name: "h", hostPath: { path: "/x" } },
        { name: "e", emptyDir: {} },
        { name: "i", iscsi: { targetPortal: "x", iqn: "iqn.2001-04.example:a", lun: 0 } },
        { name: "eph", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } } } },
      ],
    }),
    ["spec.volumes"],
  ),
  "pod requests from limits": showing("pods", idle({ containers: [container({ resources: { limits: { cpu: "1", memory: "64Mi" }, requests: { cpu: "100m" } } })], initContainers: [container({ name: "i", resources: { limits: { memory: "1Gi" } } })] }), ["spec.containers.*.resources", "spec.initContainers.*.resources", "status.qosClass"]),
  "pod quality of service": [
    post("pods", pod("best", { schedulerName: "nobody" }), { show: ["status.qosClass"] }),
    post("pods", pod("burst", { schedulerName: "nobody", containers: [container({ resources: { requests: { cpu: "1m" } } })] }), { show: ["status.qosClass"] }),
    post("pods", pod("sure", { schedulerName: "nobody", containers: [container({ resources: { limits: { cpu: "1m", memory: "1Mi" } } })] }), { show: ["status.qosClass"] }),
  ],
  "image pull policies": showing("pods", idle({ containers: ["app", "app:latest", "app:1", "app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "registry.example:5000/app", "app:latest@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"].map((image, index) => container({ name: `c${index}`, image })) }), ["spec.containers.*.imagePullPolicy"]),
  "env from the downward API": showing("pods", idle({ containers: [container({ env: [{ name: "N", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }, { name: "R", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }, { name: "E", value: "" }] })] }), ["spec.containers.*.env"]),
  "quantities are canonical": showing("pods", idle({ containers: [container({ resources: { requests: { cpu: "0.5", memory: "1024Ki" }, limits: { cpu: "1500m", memory: "1G", "ephemeral-storage": "1e3" } } }), container({ name: "b", resources: { requests: { cpu: "1000m", memory: "0.5Gi" } } }), container({ name: "c", resources: { requests: { cpu: 2, memory: 1000000 } } })] }), ["spec.containers.*.resources"]),
  "tolerations every pod gets": showing("pods", idle({ tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }] }), ["spec.tolerations"]),
  "topology spread and affinity": showing("pods", idle({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: { a: "b" } } }], affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "x" } }] } } }), ["spec.topologySpreadConstraints", "spec.affinity"]),
  "deployment": showing("apps/v1/deployments", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { selector: { matchLabels: { app: "a" } }, template: { metadata: { labels: { app: "a" } }, spec: { schedulerName: "nobody", containers: [container()] } } } }),
  "deployment that recreates": showing("apps/v1/deployments", deployment("a", { replicas: 0, strategy: { type: "Recreate" } }), ["spec.strategy"]),
  "deployment with half a strategy": showing("apps/v1/deployments", deployment("a", { replicas: 0, strategy: { rollingUpdate: { maxSurge: 0 } } }), ["spec.strategy"]),
  "replicaset": showing("apps/v1/replicasets", replicaSet("a", { replicas: undefined }, { schedulerName: "nobody" })),
  "statefulset": showing("apps/v1/statefulsets", statefulSet("a", { replicas: 0, volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }] })),
  "statefulset with a partition": showing("apps/v1/statefulsets", statefulSet("a", { replicas: 0, podManagementPolicy: "Parallel", updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } }, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } }), ["spec.updateStrategy", "spec.podManagementPolicy", "spec.persistentVolumeClaimRetentionPolicy"]),
  "daemonset": showing("apps/v1/daemonsets", daemonSet("a", {}, { nodeSelector: { nowhere: "x" } })),
  "job": showing("batch/v1/jobs", job("a", { suspend: true })),
  "job with completions": showing("batch/v1/jobs", job("a", { suspend: true, completions: 3, completionMode: "Indexed" }), ["spec.parallelism", "spec.completions", "spec.backoffLimit", "spec.completionMode", "spec.podReplacementPolicy"]),
  "job with a work queue": showing("batch/v1/jobs", job("a", { suspend: true, parallelism: 2 }), ["spec.parallelism", "spec.completions"]),
  "cronjob": showing("batch/v1/cronjobs", cronJob("a", { suspend: true })),
  "service": showing("services", service("a")),
  "service without a cluster address": showing("services", service("a", { clusterIP: "None" })),
  "service of type NodePort": showing("services", service("a", { type: "NodePort" })),
  "service of type LoadBalancer": showing("services", service("a", { type: "LoadBalancer", loadBalancerClass: "maison.example/none" }), ["spec", "status", "metadata.finalizers"]),
  "service of type ExternalName": showing("services", service("a", { type: "ExternalName", externalName: "maison.example", ports: undefined, selector: undefined })),
  "service with named target ports and session affinity": showing("services", service("a", { ports: [{ name: "a", port: 80, targetPort: "web" }, { name: "b", port: 443, protocol: "TCP", appProtocol: "https" }], sessionAffinity: "ClientIP" })),
  "changing a service's type": [
    post("services", service("a", { type: "NodePort" }), { show: "none" }),
    mergePatch("services/a", { spec: { type: "ClusterIP" } }, { show: spec }),
    mergePatch("services/a", { spec: { type: "ExternalName", externalName: "maison.example", clusterIP: null, clusterIPs: null } }, { show: spec }),
  ],
  "ingress": showing("networking.k8s.io/v1/ingresses", ingress("a")),
  "network policy": showing("networking.k8s.io/v1/networkpolicies", { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "a" }, spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] } }),
  "network policy for egress": showing("networking.k8s.io/v1/networkpolicies", { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "a" }, spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: "192.0.2.0/24" } }] }] } }),
  "persistent volume claim": showing("persistentvolumeclaims", claim("a"), [...spec, "status"]),
  "persistent volume": showing("/api/v1/persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "$NS-a" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "$NS", hostPath: { path: "/x" } } }, [...spec, "status"]),
  "storage class": showing(wide("storage.k8s.io/v1/storageclasses"), { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "$NS-a" }, provisioner: "maison.example/none" }, ["reclaimPolicy", "volumeBindingMode", "allowVolumeExpansion"]),
  "horizontal pod autoscaler": showing("autoscaling/v2/horizontalpodautoscalers", hpa("a")),
  "horizontal pod autoscaler with behaviour": showing("autoscaling/v2/horizontalpodautoscalers", hpa("a", { behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 15 }] } }, metrics: [{ type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } }] })),
  "horizontal pod autoscaler of version 1": showing("autoscaling/v1/horizontalpodautoscalers", { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler", metadata: { name: "a" }, spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" }, maxReplicas: 2 } }),
  "disruption budget": showing("policy/v1/poddisruptionbudgets", budget("a", { minAvailable: 1, selector: { matchLabels: { a: "b" } } })),
  "resource quota and limit range": [
    post("resourcequotas", { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "a" }, spec: { hard: { pods: "10", cpu: "2000m" } } }, { show: ["spec"] }),
    post("limitranges", { apiVersion: "v1", kind: "LimitRange", metadata: { name: "a" }, spec: { limits: [{ type: "Container", max: { cpu: "1" } }] } }, { show: ["spec"] }),
  ],
  "namespace": showing("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "$NS-a" } }, ["spec", "status", "metadata.labels"]),
  "service account, role and binding": [
    post("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" } }),
    post("rbac.authorization.k8s.io/v1/rolebindings", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "a" }, roleRef: { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" }, subjects: [{ kind: "ServiceAccount", name: "a" }, { kind: "User", name: "u" }] }, { show: ["roleRef", "subjects"] }),
  ],
  "secret types": [
    post("secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }, { show: ["type", "data"] }),
    post("secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "t" }, type: "kubernetes.io/tls", data: { "tls.crt": "", "tls.key": "" } }, { show: ["type", "data"] }),
  ],
  "priority class": showing(wide("scheduling.k8s.io/v1/priorityclasses"), { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "$NS-a" }, value: 5 }, ["value", "globalDefault", "preemptionPolicy"]),
  "custom resource definition": showing(
    wide("apiextensions.k8s.io/v1/customresourcedefinitions"),
    { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "things.$NS.example" }, spec: { group: "$NS.example", scope: "Namespaced", names: { plural: "things", kind: "Thing" }, versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }] } },
    ["spec"],
  ),
  "webhook configuration": showing(
    wide("admissionregistration.k8s.io/v1/validatingwebhookconfigurations"),
    { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration", metadata: { name: "$NS-a" }, webhooks: [{ name: "a.maison.example", sideEffects: "None", admissionReviewVersions: ["v1"], clientConfig: { service: { namespace: "$NS", name: "s" } } }] },
    ["webhooks"],
  ),
  "lease, endpoints and endpoint slice": [
    post("coordination.k8s.io/v1/leases", { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" }, spec: { holderIdentity: "x" } }, { show: ["spec"] }),
    post("endpoints", { apiVersion: "v1", kind: "Endpoints", metadata: { name: "a" }, subsets: [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }] }] }, { show: ["subsets"] }),
    post("discovery.k8s.io/v1/endpointslices", { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name: "a" }, addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.1"] }], ports: [{ port: 80 }] }, { show: ["endpoints", "ports"] }),
  ],
  "empty maps and lists are dropped": [post("configmaps", { ...configMap("a"), data: {}, metadata: { name: "a", labels: {}, annotations: {}, finalizers: [] } }), post("pods", idle({ volumes: [], nodeSelector: {}, imagePullSecrets: [] }), { show: ["spec"] })],
});

import { area, get, jsonPatch, mergePatch, never, post, remove, strategicPatch, until, untilGone, put } from "../case.ts";
import { budget, configMap, container, deployment, pod, replicaSet, service, statefulSet } from "./objects.ts";

type Json = Record<string, unknown>;
const owner = (name: string, step: number, more: Json = {}): Json => ({ ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name, uid: `{{${step}.metadata.uid}}`, ...more }] });
const deleting = (propagationPolicy: string): Json => ({ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy });

export const garbage = area("garbage-collection", {
  "a finalizer holds the object": [
    post("configmaps", configMap("a", {}, { finalizers: ["maison.example/hold"] }), { show: ["metadata.finalizers"] }),
    remove("configmaps/a", undefined, { show: ["kind", "metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds", "metadata.finalizers"] }),
    get("configmaps/a", { show: ["metadata.deletionTimestamp", "metadata.generation"] }),
    remove("configmaps/a", undefined, { show: "code" }),
    mergePatch("configmaps/a", { metadata: { finalizers: ["maison.example/hold", "maison.example/more"] } }),
    mergePatch("configmaps/a", { data: { still: "writable" } }, { show: ["data"] }),
    mergePatch("configmaps/a", { metadata: { finalizers: null } }, { show: ["kind", "metadata.finalizers"] }),
    get("configmaps/a", { show: "code" }),
  ],
  "a dependent goes with its owner": [post("configmaps", configMap("owner"), { show: "none" }), post("configmaps", configMap("child", {}, owner("owner", 0)), { show: ["metadata.ownerReferences"] }), remove("configmaps/owner", undefined, { show: "code" }), untilGone("configmaps/child")],
  "orphan keeps it, without the reference": [
    post("configmaps", configMap("owner"), { show: "none" }),
    post("configmaps", configMap("child", {}, owner("owner", 0)), { show: "none" }),
    remove("configmaps/owner", deleting("Orphan"), { show: ["kind", "metadata.finalizers", "status"] }),
    untilGone("configmaps/owner"),
    until("configmaps/child", { metadata: { ownerReferences: null } }, ["metadata.ownerReferences", "metadata.name"]),
  ],
  "foreground waits for what blocks": [
    post("configmaps", configMap("owner"), { show: "none" }),
    post("configmaps", configMap("child", {}, { ...owner("owner", 0, { blockOwnerDeletion: true }), finalizers: ["maison.example/hold"] }), { show: "none" }),
    remove("configmaps/owner", deleting("Foreground"), { show: ["kind", "metadata.finalizers", "metadata.deletionTimestamp"] }),
    until("configmaps/child", { metadata: { deletionGracePeriodSeconds: 0 } }),
    get("configmaps/owner", { show: ["metadata.finalizers"] }),
    mergePatch("configmaps/child", { metadata: { finalizers: null } }, { show: "code" }),
    untilGone("configmaps/owner"),
  ],
  "an owner that never was": [post("configmaps", configMap("child", {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "ghost", uid: "11111111-1111-4111-8111-111111111111" }] }), { show: "code" }), untilGone("configmaps/child")],
  "two owners, one stays": [
    post("configmaps", configMap("one"), { show: "none" }),
    post("configmaps", configMap("two"), { show: "none" }),
    post("configmaps", configMap("child", {}, { ownerReferences: ["one", "two"].map((name, index) => ({ apiVersion: "v1", kind: "ConfigMap", name, uid: `{{${index}.metadata.uid}}` })) }), { show: "none" }),
    remove("configmaps/one", undefined, { show: "code" }),
    until("configmaps/child", { metadata: { ownerReferences: [{ name: "two" }] } }),
    remove("configmaps/two", undefined, { show: "code" }),
    untilGone("configmaps/child"),
  ],
  "a deployment's pods go with it": [post("apps/v1/deployments", deployment("a"), { show: "none" }), until("apps/v1/deployments/a", { status: { readyReplicas: 2 } }), remove("apps/v1/deployments/a", deleting("Background"), { show: ["kind", "status", "details.kind", "details.group", "details.name"] }), until("pods", { items: [] }), until("apps/v1/replicasets", { items: [] })],
  "a deployment deleted in the foreground goes last": [post("apps/v1/deployments", deployment("a"), { show: "none" }), until("apps/v1/deployments/a", { status: { readyReplicas: 2 } }), remove("apps/v1/deployments/a", deleting("Foreground"), { show: ["kind", "metadata.finalizers"] }), untilGone("apps/v1/deployments/a"), get("pods", { show: ["items"] }), get("apps/v1/replicasets", { show: ["items"] })],
  "orphaned pods are adopted again": [
    post("apps/v1/replicasets", replicaSet("a"), { show: "none" }),
    until("apps/v1/replicasets/a", { status: { readyReplicas: 2 } }),
    remove("apps/v1/replicasets/a", deleting("Orphan"), { show: "code" }),
    untilGone("apps/v1/replicasets/a"),
    until("pods", { items: [{ metadata: { ownerReferences: null } }, { metadata: { ownerReferences: null } }] }),
    post("apps/v1/replicasets", replicaSet("a"), { show: "none" }),
    until("apps/v1/replicasets/a", { status: { replicas: 2, readyReplicas: 2 } }, ["status.replicas"]),
    until("pods", { items: [{ metadata: { ownerReferences: [{ name: "a", controller: true }] } }, { metadata: { ownerReferences: [{ name: "a" }] } }] }, ["items.*.metadata.ownerReferences.0.kind"]),
  ],
  "a namespace takes everything with it": {
    // Alone: upstream puts a namespace's end off while other cases' custom resources come and go.
    isSerial: true,
    steps: [
    post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "$NS-x" } }, { show: "none" }),
    until("/api/v1/namespaces/$NS-x/serviceaccounts/default", {}),
    post("/api/v1/namespaces/$NS-x/configmaps", configMap("a", {}, { finalizers: ["maison.example/hold"] }), { show: "none" }),
    remove("/api/v1/namespaces/$NS-x", undefined, { show: ["kind", "status.phase", "spec", "metadata.deletionTimestamp"] }),
    until("/api/v1/namespaces/$NS-x", { status: { conditions: [{}, {}, {}, { type: "NamespaceContentRemaining", status: "True" }, { type: "NamespaceFinalizersRemaining", status: "True" }] } }, ["status.conditions.*.type", "status.conditions.*.status", "status.conditions.*.reason", "status.conditions.*.message"]),
    mergePatch("/api/v1/namespaces/$NS-x/configmaps/a", { metadata: { finalizers: null } }, { show: "code" }),
    untilGone("/api/v1/namespaces/$NS-x"),
    ],
  },
  "a namespace's finalize subresource": {
    // Alone: upstream puts a namespace's end off while other cases' custom resources come and go.
    isSerial: true,
    steps: [
    post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "$NS-f" }, spec: { finalizers: ["kubernetes", "maison.example/mine"] } }, { show: ["spec"] }),
    until("/api/v1/namespaces/$NS-f/serviceaccounts/default", {}),
    remove("/api/v1/namespaces/$NS-f", undefined, { show: "code" }),
    until("/api/v1/namespaces/$NS-f", { spec: { finalizers: ["maison.example/mine"] } }, ["spec"]),
    put("/api/v1/namespaces/$NS-f/finalize", { apiVersion: "v1", kind: "Namespace", metadata: { name: "$NS-f" }, spec: { finalizers: [] } }, { show: "code" }),
    untilGone("/api/v1/namespaces/$NS-f"),
    ],
  },
  "a running pod ends within its grace": [
    post("pods", pod("a"), { show: "none" }),
    until("pods/a", { status: { phase: "Running" } }),
    remove("pods/a", undefined, { query: "gracePeriodSeconds=7", show: ["metadata.deletionGracePeriodSeconds", "metadata.deletionTimestamp"] }),
    untilGone("pods/a"),
  ],
  "a pod deleted at once is gone at once": [post("pods", pod("a"), { show: "none" }), until("pods/a", { status: { phase: "Running" } }), remove("pods/a", { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0 }, { show: ["kind", "metadata.name"] }), get("pods/a", { show: "code" })],
});

const eviction = (name: string, more: Json = {}): Json => ({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name }, ...more });

export const subresources = area("subresources", {
  "status is written apart": [
    post("pods", pod("a", { schedulerName: "nobody" }), { show: "none" }),
    mergePatch("pods/a", { status: { message: "through the front door" } }, { show: ["status.message"] }),
    mergePatch("pods/a/status", { status: { message: "through status" }, spec: { priority: 9 } }, { show: ["status.message", "spec.priority"] }),
    get("pods/a/status", { show: ["status.message", "kind"] }),
    put("pods/a/status", { apiVersion: "v1", kind: "Pod", metadata: { name: "a", labels: { ignored: "yes" } }, spec: {}, status: { phase: "Running" } }, { show: ["code", "reason", "status.phase", "metadata.labels", "message"] }),
  ],
  "status of a deployment": [
    post("apps/v1/deployments", deployment("a", { replicas: 0 }), { show: "none" }),
    until("apps/v1/deployments/a", { status: { observedGeneration: 1 } }),
    mergePatch("apps/v1/deployments/a/status", { status: { collisionCount: 3 }, spec: { replicas: 5 } }, { show: ["spec.replicas", "status.collisionCount", "metadata.generation"] }),
    mergePatch("apps/v1/deployments/a/status", { status: { collisionCount: 1 } }),
    mergePatch("apps/v1/deployments/a/status", { status: { replicas: -1 } }),
  ],
  "a resource without a status subresource": [post("configmaps", configMap("a"), { show: "none" }), get("configmaps/a/status"), get("configmaps/a/scale")],
  "scale": [
    post("apps/v1/deployments", deployment("a", { replicas: 0 }), { show: "none" }),
    get("apps/v1/deployments/a/scale"),
    put("apps/v1/deployments/a/scale", { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a", namespace: "$NS" }, spec: { replicas: 1 } }, { show: ["spec", "kind"] }),
    until("apps/v1/deployments/a/scale", { status: { replicas: 1 } }, ["spec", "status"]),
    mergePatch("apps/v1/deployments/a/scale", { spec: { replicas: 0 } }, { show: ["spec"] }),
    mergePatch("apps/v1/deployments/a/scale", { spec: { replicas: -3 } }),
    get("apps/v1/deployments/absent/scale"),
    get("apps/v1/deployments/a", { show: ["spec.replicas", "metadata.generation"] }),
  ],
  "scale with a stale version": [post("apps/v1/statefulsets", statefulSet("a", { replicas: 0 }), { show: "none" }), mergePatch("apps/v1/statefulsets/a", { metadata: { labels: { a: "b" } } }, { show: "none" }), put("apps/v1/statefulsets/a/scale", { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a", namespace: "$NS", resourceVersion: "{{0.metadata.resourceVersion}}" }, spec: { replicas: 1 } })],
  "binding": [
    post("pods", pod("a", { schedulerName: "nobody" }), { show: "none" }),
    post("pods/a/binding", { apiVersion: "v1", kind: "Binding", metadata: { name: "a" }, target: { apiVersion: "v1", kind: "Node", name: "pi2" } }),
    until("pods/a", { spec: { nodeName: "pi2" }, status: { phase: "Running" } }, ["spec.nodeName", "status.phase"]),
    post("pods/a/binding", { apiVersion: "v1", kind: "Binding", metadata: { name: "a" }, target: { apiVersion: "v1", kind: "Node", name: "pi3" } }),
    post("pods", pod("b", { schedulerName: "nobody" }), { show: "none" }),
    post("pods/b/binding", { apiVersion: "v1", kind: "Binding", metadata: { name: "b" }, target: { kind: "Odd", name: "" } }),
  ],
  "binding leaves the generation alone and brings labels": [
    post("pods", pod("a", { schedulerName: "nobody" }, { generation: 100, labels: { color: "red" } }), { show: ["metadata.generation"] }),
    post("pods/a/binding", { apiVersion: "v1", kind: "Binding", metadata: { name: "a", labels: { color: "blue", size: "s" }, annotations: { note: "hello" } }, target: { apiVersion: "v1", kind: "Node", name: "pi2" } }, { show: "code" }),
    until("pods/a", { spec: { nodeName: "pi2" }, status: { phase: "Running" } }, ["metadata.generation", "metadata.labels", "metadata.annotations"]),
    remove("pods/a", { gracePeriodSeconds: 60 }, { show: ["metadata.generation", "metadata.deletionGracePeriodSeconds"] }),
  ],
  "binding a gated or changed pod": [
    post("pods", pod("a", { schedulerName: "nobody", schedulingGates: [{ name: "example.com/wait" }] }), { show: "none" }),
    post("pods/a/binding", { apiVersion: "v1", kind: "Binding", metadata: { name: "a" }, target: { kind: "Node", name: "pi2" } }),
    post("pods", pod("b", { schedulerName: "nobody" }), { show: "none" }),
    post("pods/b/binding", { apiVersion: "v1", kind: "Binding", metadata: { name: "b", uid: "00000000-0000-4000-8000-000000000000" }, target: { kind: "Node", name: "pi2" } }, { show: ["code", "reason"] }),
  ],
  "attachments that somebody made stay": [
    post("/apis/storage.k8s.io/v1/volumeattachments", { apiVersion: "storage.k8s.io/v1", kind: "VolumeAttachment", metadata: { name: "$NS-mine" }, spec: { attacher: "csi.example.com", nodeName: "pi2", source: { persistentVolumeName: "$NS-nowhere" } } }, { show: "code" }),
    never("/apis/storage.k8s.io/v1/volumeattachments/$NS-mine", { code: 404 }),
    mergePatch("/apis/storage.k8s.io/v1/volumeattachments/$NS-mine/status", { status: { attached: true } }, { show: ["status"] }),
    remove("/apis/storage.k8s.io/v1/volumeattachments/$NS-mine", undefined, { show: ["status"] }),
  ],
  "eviction": [
    post("pods", pod("a"), { show: "none" }),
    post("pods/absent/eviction", eviction("absent")),
    post("pods/a/eviction", eviction("b")),
    post("pods/a/eviction", eviction("a")),
    untilGone("pods/a"),
  ],
  "eviction obeys a budget": [
    post("policy/v1/poddisruptionbudgets", budget("keep", { minAvailable: 2, selector: { matchLabels: { app: "a" } } }), { show: "none" }),
    post("apps/v1/deployments", deployment("a"), { show: "none" }),
    until("apps/v1/deployments/a", { status: { readyReplicas: 2 } }),
    until("policy/v1/poddisruptionbudgets/keep", { status: { currentHealthy: 2, expectedPods: 2 } }, ["status.currentHealthy", "status.desiredHealthy", "status.disruptionsAllowed", "status.expectedPods", "status.conditions.*.reason", "status.conditions.*.status"]),
    get("pods", { show: "none" }),
    post("pods/{{4.items.0.metadata.name}}/eviction", eviction("{{4.items.0.metadata.name}}"), { show: ["code", "reason", "message", "details"] }),
    post("pods/{{4.items.0.metadata.name}}/eviction", eviction("{{4.items.0.metadata.name}}"), { query: "dryRun=All", show: ["code", "reason"] }),
    mergePatch("policy/v1/poddisruptionbudgets/keep", { spec: { minAvailable: 1 } }, { show: "code" }),
    until("policy/v1/poddisruptionbudgets/keep", { status: { disruptionsAllowed: 1 } }),
    post("pods/{{4.items.0.metadata.name}}/eviction", eviction("{{4.items.0.metadata.name}}")),
    until("apps/v1/deployments/a", { status: { readyReplicas: 2 } }),
  ],
  "ephemeral containers": [
    post("pods", pod("a", { schedulerName: "nobody" }), { show: "none" }),
    strategicPatch("pods/a/ephemeralcontainers", { spec: { ephemeralContainers: [{ name: "debug", image: "registry.example/debug:1", targetContainerName: "app" }] } }, { show: ["spec.ephemeralContainers"] }),
    jsonPatch("pods/a/ephemeralcontainers", [{ op: "remove", path: "/spec/ephemeralContainers/0" }], { show: ["code", "reason", "message"] }),
    mergePatch("pods/a", { spec: { ephemeralContainers: [{ name: "x", image: "x" }] } }, { show: ["code", "reason"] }),
  ],
  "resize": [
    post("pods", pod("a", { schedulerName: "nobody", containers: [container({ resources: { requests: { cpu: "10m" } } })] }), { show: ["spec.containers.*.resizePolicy"] }),
    mergePatch("pods/a", { spec: { containers: [container({ resources: { requests: { cpu: "20m" } } })] } }, { show: ["code", "reason", "details.causes.*.field"] }),
    strategicPatch("pods/a/resize", { spec: { containers: [{ name: "app", resources: { requests: { cpu: "20m" } } }] } }, { show: ["spec.containers.*.resources"] }),
  ],
  "token requests": [
    post("serviceaccounts/default/token", { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: ["maison.example"], expirationSeconds: 600 } }, { show: ["kind", "spec.audiences", "spec.expirationSeconds", "status.token"] }),
    post("serviceaccounts/default/token", { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 5 } }),
    post("serviceaccounts/absent/token", { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} }),
  ],
  "service status": [post("services", service("a", { type: "LoadBalancer", loadBalancerClass: "maison.example/none" }), { show: "none" }), mergePatch("services/a/status", { status: { loadBalancer: { ingress: [{ ip: "192.0.2.9" }] } } }, { show: ["status.loadBalancer.ingress.*.ipMode"] }), never("services/a", { spec: { type: "ClusterIP" } }, 300)],
});

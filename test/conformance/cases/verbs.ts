import { area, get, mergePatch, post, put, remove, until, untilGone } from "../case.ts";
import { configMap, deployment, pod, service } from "./objects.ts";

const cm = "configmaps";

export const verbs = area("verbs", {
  "create answers 201 with the stored object": [post(cm, configMap("a"))],
  "create again is AlreadyExists": [post(cm, configMap("a"), { show: "none" }), post(cm, configMap("a"))],
  "get what is not there": [get("configmaps/absent"), get("apps/v1/deployments/absent"), get("/api/v1/nodes/absent"), get("/apis/storage.k8s.io/v1/storageclasses/absent")],
  "get from a namespace that is not there": [get("/api/v1/namespaces/$NS-absent/configmaps/a"), get("/api/v1/namespaces/$NS-absent/configmaps", { show: "all" })],
  "create in a namespace that is not there": [post("/api/v1/namespaces/$NS-absent/configmaps", configMap("a")), post("/apis/apps/v1/namespaces/$NS-absent/deployments", deployment("a"))],
  "a resource that is not there": [get("/api/v1/nonsense"), get("nonsense"), get("apps/v1/nonsense/a"), get("/apis/absent.example/v1/things"), get("/apis/apps/v7/deployments"), get("/nonsense")],
  "update replaces": [
    post(cm, configMap("a", { one: "1" }), { show: "none" }),
    put("configmaps/a", configMap("a", { two: "2" })),
    get("configmaps/a"),
  ],
  "update without resourceVersion is unconditional": [post(cm, configMap("a"), { show: "none" }), put("configmaps/a", configMap("a", { b: "c" }), { show: ["data"] })],
  "update with a stale resourceVersion conflicts": [
    post(cm, configMap("a"), { show: "none" }),
    put("configmaps/a", configMap("a", { two: "2" }), { show: "none" }),
    put("configmaps/a", configMap("a", { three: "3" }, { resourceVersion: "{{0.metadata.resourceVersion}}" })),
  ],
  "update with another uid conflicts": [post(cm, configMap("a"), { show: "none" }), put("configmaps/a", configMap("a", {}, { uid: "11111111-1111-4111-8111-111111111111" }))],
  "update of what is not there": [put("configmaps/absent", configMap("absent")), put("apps/v1/deployments/absent", deployment("absent"))],
  "update changes nothing: same version": [
    post(cm, configMap("a"), { show: ["metadata.resourceVersion"] }),
    put("configmaps/a", configMap("a"), { show: ["metadata.resourceVersion", "metadata.managedFields.*.operation"] }),
  ],
  "update with another name in the body": [post(cm, configMap("a"), { show: "none" }), put("configmaps/a", configMap("b"))],
  "update with another namespace in the body": [post(cm, configMap("a"), { show: "none" }), put("configmaps/a", configMap("a", {}, { namespace: "other" }))],
  "create with another namespace in the body": [post(cm, configMap("a", {}, { namespace: "other" }))],
  "create with another kind in the body": [post(cm, service("a")), post("pods", configMap("a"))],
  "create without kind and version takes them from the path": [post(cm, { metadata: { name: "bare" }, data: { a: "b" } })],
  "create without a name": [post(cm, { apiVersion: "v1", kind: "ConfigMap", metadata: {} })],
  "create with a resourceVersion is refused": [post(cm, configMap("a", {}, { resourceVersion: "5" }))],
  "create ignores uid, generation, creationTimestamp, deletionTimestamp": [
    post(cm, configMap("a", {}, { uid: "11111111-1111-4111-8111-111111111111", generation: 7, creationTimestamp: "2020-01-01T00:00:00Z", deletionTimestamp: "2020-01-01T00:00:00Z", selfLink: "/x" })),
  ],
  "create with a body that is no JSON": [post(cm, "{", { contentType: "application/json" }), post(cm, "", { contentType: "application/json" }), post(cm, "[]", { contentType: "application/json" })],
  "create from YAML": [post(cm, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: b\n", { contentType: "application/yaml" })],
  "an unknown content type": [post(cm, "x", { contentType: "text/plain" }), post(cm, configMap("a"), { contentType: "application/xml" })],
  "an unacceptable answer type": [get(cm, { accept: "application/xml" }), get(cm, { accept: "text/html" })],
  "wrong JSON types": [
    post(cm, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: 1 } }),
    post("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: "x" } }),
    post("apps/v1/deployments", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { replicas: "two" } }),
    post("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "lots" } } }] } }),
  ],
  "delete answers a Status with the uid": [post(cm, configMap("a"), { show: ["metadata.uid"] }), remove("configmaps/a"), get("configmaps/a"), remove("configmaps/a")],
  "delete of a pod answers the pod": [
    post("pods", pod("a", { schedulerName: "nobody" }), { show: "none" }),
    remove("pods/a", undefined, { show: ["kind", "metadata.name", "metadata.deletionGracePeriodSeconds", "metadata.deletionTimestamp", "status.phase"] }),
    untilGone("pods/a"),
  ],
  "delete with a wrong uid precondition": [
    post(cm, configMap("a"), { show: ["metadata.uid"] }),
    remove("configmaps/a", { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "11111111-1111-4111-8111-111111111111" } }),
    remove("configmaps/a", { apiVersion: "v1", kind: "DeleteOptions", preconditions: { resourceVersion: "1" } }, { show: ["reason", "code", "details"] }),
    remove("configmaps/a", { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "{{0.metadata.uid}}" } }),
  ],
  "delete options that make no sense": [
    post(cm, configMap("a"), { show: "none" }),
    remove("configmaps/a", { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Sideways" }),
    remove("configmaps/a", { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Orphan", orphanDependents: true }),
    remove("configmaps/a", undefined, { query: "gracePeriodSeconds=x" }),
  ],
  "delete a collection": [
    post(cm, configMap("a", {}, { labels: { group: "x" } }), { show: "none" }),
    post(cm, configMap("b", {}, { labels: { group: "x" } }), { show: "none" }),
    post(cm, configMap("c"), { show: "none" }),
    remove(cm, undefined, { query: "labelSelector=group%3Dx", show: ["kind", "items.*.metadata.name"] }),
    get(cm, { query: "fieldSelector=metadata.name!%3Dkube-root-ca.crt", show: ["items.*.metadata.name"] }),
  ],
  "generateName adds five characters": [
    post(cm, { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "gen-" } }),
    post(cm, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "named", generateName: "gen-" } }, { show: ["metadata.name", "metadata.generateName"] }),
    get("configmaps/{{0.metadata.name}}", { show: "code" }),
  ],
  "generateName that is no name": [post(cm, { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "Gen_" } }, { show: ["reason", "code", "details.causes.*.field", "details.causes.*.reason"] })],
  "generation counts changes of the spec alone": [
    post("apps/v1/deployments", deployment("a", { replicas: 0 }), { show: ["metadata.generation"] }),
    mergePatch("apps/v1/deployments/a", { metadata: { labels: { x: "y" } } }, { show: ["metadata.generation"] }),
    mergePatch("apps/v1/deployments/a", { spec: { minReadySeconds: 3 } }, { show: ["metadata.generation"] }),
    mergePatch("apps/v1/deployments/a", { spec: { minReadySeconds: 3 } }, { show: ["metadata.generation"] }),
  ],
  "metadata that cannot be changed": [
    post(cm, configMap("a"), { show: ["metadata.uid"] }),
    mergePatch("configmaps/a", { metadata: { uid: "11111111-1111-4111-8111-111111111111" } }),
    mergePatch("configmaps/a", { metadata: { creationTimestamp: "2020-01-01T00:00:00Z" } }, { show: ["code", "reason", "metadata.name", "metadata.creationTimestamp"] }),
    mergePatch("configmaps/a", { metadata: { name: "b" } }),
    mergePatch("configmaps/a", { metadata: { generation: 9 } }, { show: ["metadata.generation", "code", "message"] }),
  ],
  "verbs a resource does not have": [post("/api/v1/componentstatuses", { metadata: { name: "x" } }), remove("/api/v1/namespaces", undefined, { show: ["code", "reason", "message", "details"] }), put("pods", pod("a")), post("configmaps/a", configMap("a"))],
  "an immutable ConfigMap": [
    post(cm, { ...configMap("a"), immutable: true }, { show: "none" }),
    mergePatch("configmaps/a", { data: { key: "other" } }),
    mergePatch("configmaps/a", { immutable: false }),
    mergePatch("configmaps/a", { metadata: { labels: { a: "b" } } }, { show: "code" }),
  ],
  "a Secret's stringData becomes data": [
    post("secrets", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, data: { a: "MQ==" }, stringData: { a: "2", b: "é" } }),
    mergePatch("secrets/a", { type: "other" }),
  ],
  "events can be written": [
    post("events", { apiVersion: "v1", kind: "Event", metadata: { name: "a" }, involvedObject: { kind: "Pod", namespace: "$NS", name: "p" }, reason: "Tested", message: "hello", type: "Normal" }),
    until("events/a", { reason: "Tested" }, ["reason", "message", "type"]),
    get("events", { query: "fieldSelector=reason%3DTested,involvedObject.name%3Dp", show: ["items.*.metadata.name"] }),
  ],
  "version, health and readiness": [get("/version", { show: ["major", "minor"] }), get("/healthz"), get("/livez"), get("/readyz"), get("/healthz/ping")],
});

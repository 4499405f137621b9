import { apply, area, get, jsonPatch, mergePatch, post, put, strategicPatch, until } from "../case.ts";
import { configMap, container, deployment, pod, service } from "./objects.ts";

const idle = { replicas: 0 };
const containers = ["spec.template.spec.containers"];
const idlePod = (name: string, spec = {}) => pod(name, { schedulerName: "nobody", ...spec });

export const patches = area("patches", {
  "json patch: add, replace, remove, test, copy, move": [
    post("configmaps", configMap("a", { one: "1", two: "2" }), { show: "none" }),
    jsonPatch("configmaps/a", [{ op: "test", path: "/data/one", value: "1" }, { op: "add", path: "/data/three", value: "3" }, { op: "replace", path: "/data/two", value: "22" }, { op: "remove", path: "/data/one" }], { show: ["data"] }),
    jsonPatch("configmaps/a", [{ op: "copy", from: "/data/three", path: "/data/four" }, { op: "move", from: "/data/two", path: "/data/five" }], { show: ["data"] }),
    jsonPatch("configmaps/a", [{ op: "add", path: "/metadata/labels", value: { "a.b~c/d": "x" } }], { show: ["code", "reason", "message"] }),
    jsonPatch("configmaps/a", [{ op: "add", path: "/metadata/annotations", value: { "maison.example/note": "x" } }], { show: ["metadata.annotations"] }),
    jsonPatch("configmaps/a", [{ op: "remove", path: "/metadata/annotations/maison.example~1note" }], { show: ["metadata.annotations"] }),
  ],
  "json patch: a test that fails": [post("configmaps", configMap("a"), { show: "none" }), jsonPatch("configmaps/a", [{ op: "test", path: "/data/key", value: "other" }])],
  "json patch: what is not there": [
    post("configmaps", configMap("a"), { show: "none" }),
    jsonPatch("configmaps/a", [{ op: "remove", path: "/data/absent" }]),
    jsonPatch("configmaps/a", [{ op: "replace", path: "/data/absent", value: "x" }]),
    jsonPatch("configmaps/a", [{ op: "add", path: "/absent/deeper", value: "x" }]),
  ],
  "json patch: in an array": [
    post("apps/v1/deployments", deployment("a", idle), { show: "none" }),
    jsonPatch("apps/v1/deployments/a", [{ op: "add", path: "/spec/template/spec/containers/-", value: container({ name: "two" }) }], { show: ["spec.template.spec.containers.*.name"] }),
    jsonPatch("apps/v1/deployments/a", [{ op: "add", path: "/spec/template/spec/containers/0", value: container({ name: "zero" }) }], { show: ["spec.template.spec.containers.*.name"] }),
    jsonPatch("apps/v1/deployments/a", [{ op: "remove", path: "/spec/template/spec/containers/1" }], { show: ["spec.template.spec.containers.*.name"] }),
    jsonPatch("apps/v1/deployments/a", [{ op: "remove", path: "/spec/template/spec/containers/7" }]),
  ],
  "json patch: not a list": [post("configmaps", configMap("a"), { show: "none" }), jsonPatch("configmaps/a", { op: "add" }), jsonPatch("configmaps/a", [{ op: "jump", path: "/x" }])],
  "merge patch: null removes, arrays are replaced": [
    post("apps/v1/deployments", deployment("a", idle), { show: "none" }),
    mergePatch("apps/v1/deployments/a", { metadata: { labels: { x: "1", y: "2" } } }, { show: ["metadata.labels"] }),
    mergePatch("apps/v1/deployments/a", { metadata: { labels: { x: null } }, spec: { template: { spec: { containers: [{ name: "other", image: "registry.example/other:1" }] } } } }, { show: ["metadata.labels", ...containers] }),
  ],
  "merge patch: no JSON": [post("configmaps", configMap("a"), { show: "none" }), mergePatch("configmaps/a", "{"), mergePatch("configmaps/a", "[]")],
  "merge patch: with a resourceVersion is conditional": [
    post("configmaps", configMap("a"), { show: "none" }),
    mergePatch("configmaps/a", { data: { a: "1" } }, { show: "code" }),
    mergePatch("configmaps/a", { metadata: { resourceVersion: "{{0.metadata.resourceVersion}}" }, data: { a: "2" } }),
  ],
  "merge patch: what is not there": [mergePatch("configmaps/absent", { data: {} })],
  "strategic: containers merge by name": [
    post("apps/v1/deployments", deployment("a", idle, { containers: [container({ env: [{ name: "A", value: "1" }] }), container({ name: "side" })] }), { show: "none" }),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { containers: [{ name: "side", image: "registry.example/side:2" }, { name: "app", env: [{ name: "B", value: "2" }] }] } } } }, { show: containers }),
  ],
  "strategic: $patch delete and replace": [
    post("apps/v1/deployments", deployment("a", idle, { containers: [container({ env: [{ name: "A", value: "1" }, { name: "B", value: "2" }] }), container({ name: "side" })] }), { show: "none" }),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { containers: [{ name: "side", $patch: "delete" }, { name: "app", env: [{ name: "A", $patch: "delete" }] }] } } } }, { show: ["spec.template.spec.containers.*.name", "spec.template.spec.containers.*.env"] }),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { containers: [{ $patch: "replace" }, container({ name: "new" })] } } } }, { show: ["spec.template.spec.containers.*.name"] }),
    strategicPatch("apps/v1/deployments/a", { spec: { strategy: { $patch: "replace", type: "Recreate" } } }, { show: ["spec.strategy"] }),
  ],
  "strategic: $retainKeys": [
    post("apps/v1/deployments", deployment("a", idle), { show: "none" }),
    strategicPatch("apps/v1/deployments/a", { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }, { show: ["spec.strategy"] }),
    strategicPatch("apps/v1/deployments/a", { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3 } } } }, { show: ["spec.strategy"] }),
  ],
  "strategic: $setElementOrder": [
    post("apps/v1/deployments", deployment("a", idle, { containers: [container(), container({ name: "b" }), container({ name: "c" })] }), { show: "none" }),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "app" }, { name: "b" }], containers: [{ name: "b", image: "registry.example/b:2" }] } } } }, { show: ["spec.template.spec.containers.*.name", "spec.template.spec.containers.*.image"] }),
  ],
  "strategic: $deleteFromPrimitiveList": [
    post("configmaps", configMap("a", {}, { finalizers: ["maison.example/one", "maison.example/two"] }), { show: ["metadata.finalizers"] }),
    strategicPatch("configmaps/a", { metadata: { finalizers: ["maison.example/three"] } }, { show: ["metadata.finalizers"] }),
    strategicPatch("configmaps/a", { metadata: { "$deleteFromPrimitiveList/finalizers": ["maison.example/one"] } }, { show: ["metadata.finalizers"] }),
    strategicPatch("configmaps/a", { metadata: { $patch: "replace", name: "a", namespace: "$NS" } }, { show: ["metadata.finalizers", "code", "message"] }),
    jsonPatch("configmaps/a", [{ op: "test", path: "/metadata/name", value: "a" }], { show: "code" }),
  ],
  "strategic: service ports merge by port, tolerations are replaced": [
    post("services", service("a", { ports: [{ name: "http", port: 80 }, { name: "https", port: 443 }] }), { show: "none" }),
    strategicPatch("services/a", { spec: { ports: [{ port: 443, name: "tls" }, { port: 8080, name: "alt" }] } }, { show: ["spec.ports.*.name", "spec.ports.*.port"] }),
    post("apps/v1/deployments", deployment("d", idle, { tolerations: [{ key: "a", operator: "Exists" }] }), { show: "none" }),
    strategicPatch("apps/v1/deployments/d", { spec: { template: { spec: { tolerations: [{ key: "b", operator: "Exists" }] } } } }, { show: ["spec.template.spec.tolerations"] }),
  ],
  "strategic: volumes by name, mounts by path, host aliases by ip, pull secrets by name": [
    post("apps/v1/deployments", deployment("a", idle, { volumes: [{ name: "v", emptyDir: {} }], imagePullSecrets: [{ name: "one" }], containers: [container({ volumeMounts: [{ name: "v", mountPath: "/a" }], ports: [{ containerPort: 80 }] })] }), { show: "none" }),
    strategicPatch(
      "apps/v1/deployments/a",
      { spec: { template: { spec: { volumes: [{ name: "w", configMap: { name: "c" } }], imagePullSecrets: [{ name: "two" }], hostAliases: [{ ip: "192.0.2.7", hostnames: ["x"] }], containers: [{ name: "app", volumeMounts: [{ name: "w", mountPath: "/b" }], ports: [{ containerPort: 81 }] }] } } } },
      { show: ["spec.template.spec.volumes", "spec.template.spec.imagePullSecrets", "spec.template.spec.hostAliases", "spec.template.spec.containers.*.volumeMounts", "spec.template.spec.containers.*.ports"] },
    ),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { volumes: [{ name: "v", $patch: "delete" }], containers: [{ name: "app", volumeMounts: [{ mountPath: "/a", $patch: "delete" }] }] } } } }, { show: ["spec.template.spec.volumes.*.name", "spec.template.spec.containers.*.volumeMounts"] }),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { volumes: [{ name: "w", emptyDir: {}, configMap: null }] } } } }, { show: ["spec.template.spec.volumes"] }),
  ],
  "strategic: an element without its key": [
    post("apps/v1/deployments", deployment("a", idle), { show: "none" }),
    strategicPatch("apps/v1/deployments/a", { spec: { template: { spec: { containers: [{ image: "x" }] } } } }),
  ],
  "strategic: conditions of a status merge by type": [
    post("pods", idlePod("a"), { show: "none" }),
    strategicPatch("pods/a/status", { status: { conditions: [{ type: "maison.example/one", status: "True" }] } }, { show: ["status.conditions"] }),
    strategicPatch("pods/a/status", { status: { conditions: [{ type: "maison.example/two", status: "False" }] } }, { show: ["status.conditions"] }),
  ],
  "a patch type that is none": [post("configmaps", configMap("a"), { show: "none" }), mergePatch("configmaps/a", {}, { contentType: "application/json" })],
  "a patch that changes nothing keeps the version": [
    post("configmaps", configMap("a"), { show: ["metadata.resourceVersion"] }),
    mergePatch("configmaps/a", { data: { key: "value" } }, { show: ["metadata.resourceVersion"] }),
    strategicPatch("configmaps/a", {}, { show: ["metadata.resourceVersion"] }),
    jsonPatch("configmaps/a", [], { show: ["metadata.resourceVersion"] }),
  ],
  "a patch that makes it invalid": [post("services", service("a"), { show: "none" }), mergePatch("services/a", { spec: { ports: [] } }), mergePatch("services/a", { spec: { ports: [{ port: 0 }] } })],
});

const managed = ["data", "metadata.managedFields"];
const applied = (data: Record<string, string>) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data });
const appliedDeployment = (spec: object) => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec });
const template = (containers: object[]) => ({ selector: { matchLabels: { app: "a" } }, template: { metadata: { labels: { app: "a" } }, spec: { containers } } });

export const serverSideApply = area("apply", {
  "creates what is not there": [apply("configmaps/a", "me", applied({ one: "1" })), apply("configmaps/a", "me", applied({ one: "1" }))],
  "needs a field manager": [apply("configmaps/a", "", applied({}))],
  "removes what the manager no longer wants": [apply("configmaps/a", "me", applied({ one: "1", two: "2" }), { show: "none" }), apply("configmaps/a", "me", applied({ one: "1" }), { show: managed })],
  "another manager's field conflicts": [apply("configmaps/a", "me", applied({ one: "1" }), { show: "none" }), apply("configmaps/a", "you", applied({ one: "2" }))],
  "several conflicts in one answer": [
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, minReadySeconds: 1, ...template([container()]) }), { show: "none" }),
    apply("apps/v1/deployments/a", "you", appliedDeployment({ replicas: 1, minReadySeconds: 2, ...template([container({ image: "registry.example/other:2" })]) })),
  ],
  "conflicts with several managers": [
    apply("configmaps/a", "me", applied({ one: "1" }), { show: "none" }),
    apply("configmaps/a", "you", applied({ two: "2" }), { show: "none" }),
    apply("configmaps/a", "they", applied({ one: "x", two: "x" }), { show: ["code", "reason", "message"] }),
  ],
  "force takes the field over": [
    apply("configmaps/a", "me", applied({ one: "1" }), { show: "none" }),
    apply("configmaps/a", "you", applied({ one: "2" }), { force: true, show: managed }),
    apply("configmaps/a", "me", applied({ one: "1" }), { show: ["code", "message", "details.causes"] }),
  ],
  "the same value is shared": [
    apply("configmaps/a", "me", applied({ one: "1" }), { show: "none" }),
    apply("configmaps/a", "you", applied({ one: "1" }), { show: managed }),
    apply("configmaps/a", "me", applied({}), { show: managed }),
  ],
  "an update takes ownership": [
    apply("configmaps/a", "me", applied({ one: "1", two: "2" }), { show: "none" }),
    mergePatch("configmaps/a", { data: { one: "9" } }, { show: managed }),
    apply("configmaps/a", "me", applied({ one: "1", two: "2" }), { show: ["code", "message", "details.causes"] }),
  ],
  "conflicts with an update name its manager": [
    post("configmaps", configMap("a", { one: "1" }), { query: "fieldManager=writer", show: "none" }),
    apply("configmaps/a", "me", applied({ one: "2" }), { show: ["code", "message", "details.causes"] }),
  ],
  "a list by key: items of two managers": [
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container()]) }), { show: ["metadata.managedFields"] }),
    until("apps/v1/deployments/a", { status: { conditions: [{ type: "Available" }, { type: "Progressing" }] } }),
    apply("apps/v1/deployments/a", "you", appliedDeployment({ template: { spec: { containers: [{ name: "side", image: "registry.example/side:1" }] } } }), { show: ["spec.template.spec.containers.*.name", "metadata.managedFields"] }),
    apply("apps/v1/deployments/a", "you", appliedDeployment({ template: { spec: {} } }), { show: ["spec.template.spec.containers.*.name", "metadata.managedFields.*.manager"] }),
  ],
  "env by name": [
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container({ env: [{ name: "A", value: "1" }, { name: "B", value: "2" }] })]) }), { show: "none" }),
    apply("apps/v1/deployments/a", "you", appliedDeployment({ template: { spec: { containers: [{ name: "app", env: [{ name: "C", value: "3" }] }] } } }), { show: ["spec.template.spec.containers.*.env"] }),
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container({ env: [{ name: "B", value: "2" }] })]) }), { show: ["spec.template.spec.containers.*.env"] }),
  ],
  "service ports by port and protocol": [
    apply("services/a", "me", { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { selector: { app: "a" }, ports: [{ name: "tcp", port: 53, protocol: "TCP" }, { name: "udp", port: 53, protocol: "UDP" }] } }, { show: ["spec.ports", "metadata.managedFields"] }),
    apply("services/a", "me", { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { selector: { app: "a" }, ports: [{ name: "udp", port: 53, protocol: "UDP" }] } }, { show: ["spec.ports"] }),
  ],
  "an atomic map is owned whole": [
    apply("services/a", "me", { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { selector: { app: "a" }, ports: [{ port: 80 }] } }, { show: "none" }),
    apply("services/a", "you", { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { selector: { tier: "b" } } }, { show: ["code", "message", "details.causes"] }),
  ],
  "a set of finalizers": [
    apply("configmaps/a", "me", { ...applied({}), metadata: { name: "a", finalizers: ["maison.example/a"] } }, { show: ["metadata.finalizers", "metadata.managedFields"] }),
    apply("configmaps/a", "you", { ...applied({}), metadata: { name: "a", finalizers: ["maison.example/b"] } }, { show: ["metadata.finalizers", "metadata.managedFields"] }),
    apply("configmaps/a", "me", applied({}), { show: ["metadata.finalizers"] }),
    mergePatch("configmaps/a", { metadata: { finalizers: null } }, { show: "code" }),
  ],
  "managed fields must not be sent": [apply("configmaps/a", "me", { ...applied({}), metadata: { name: "a", managedFields: [{ manager: "x", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} }] } })],
  "resourceVersion in an apply is conditional": [
    apply("configmaps/a", "me", { ...applied({}), metadata: { name: "a", resourceVersion: "1" } }),
    apply("configmaps/a", "me", applied({}), { show: "code" }),
    apply("configmaps/a", "me", { ...applied({ one: "1" }), metadata: { name: "a", resourceVersion: "1" } }),
  ],
  "another name or version than the path": [apply("configmaps/a", "me", { ...applied({}), metadata: { name: "b" } }), apply("configmaps/a", "me", { ...applied({}), apiVersion: "apps/v1" }), apply("configmaps/a", "me", { metadata: { name: "a" } }), apply("configmaps/a", "me", { apiVersion: "v1", kind: "ConfigMap" }, { show: "code" })],
  "a field the schema does not have": [apply("configmaps/a", "me", { ...applied({}), colour: "red" })],
  "a duplicate key in a list": [apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container({ env: [{ name: "A", value: "1" }, { name: "A", value: "2" }] })]) }), { show: ["code", "message", "reason"] })],
  "a YAML body": [apply("configmaps/a", "me", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { one: '1' }\n", { show: managed })],
  "status is another subresource's": [
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container()]) }), { show: "none" }),
    until("apps/v1/deployments/a", { status: { conditions: [{ type: "Available" }, { type: "Progressing" }] } }),
    apply("apps/v1/deployments/a/status", "statuser", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, status: { conditions: [{ type: "Testing", status: "True" }] } }, { show: ["code", "status.conditions.*.type"] }),
  ],
  "scale owns the replicas": [
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container()]) }), { show: "none" }),
    mergePatch("apps/v1/deployments/a/scale", { spec: { replicas: 0 } }, { show: ["spec", "kind"] }),
    mergePatch("apps/v1/deployments/a/scale", { spec: { replicas: 1 } }, { query: "fieldManager=scaler", show: ["spec", "kind"] }),
    apply("apps/v1/deployments/a", "me", appliedDeployment({ replicas: 0, ...template([container()]) }), { show: ["code", "message", "details.causes"] }),
    apply("apps/v1/deployments/a", "me", appliedDeployment(template([container()])), { show: ["spec.replicas"] }),
  ],
  "managed fields can be cleared": [
    post("configmaps", configMap("a"), { show: ["metadata.managedFields.*.manager"] }),
    mergePatch("configmaps/a", { metadata: { managedFields: [{}] } }, { show: ["metadata.managedFields"] }),
    mergePatch("configmaps/a", { data: { x: "y" } }, { show: ["metadata.managedFields"] }),
  ],
  "a first apply over an object without managed fields": [
    post("configmaps", configMap("a"), { show: "none" }),
    mergePatch("configmaps/a", { metadata: { managedFields: [{}] } }, { show: "none" }),
    apply("configmaps/a", "me", applied({ key: "other" }), { show: ["code", "message", "metadata.managedFields"] }),
  ],
  "field manager of an update": [
    put("configmaps/a", configMap("a"), { query: "fieldManager=x", show: "code" }),
    post("configmaps", configMap("a"), { query: "fieldManager=alpha", show: ["metadata.managedFields.*.manager"] }),
    put("configmaps/a", configMap("a", { key: "2" }), { query: "fieldManager=beta", show: ["metadata.managedFields"] }),
    mergePatch("configmaps/a", { metadata: { labels: { l: "1" } } }, { query: "fieldManager=gamma", show: ["metadata.managedFields"] }),
    get("configmaps/a", { show: ["metadata.managedFields.*.manager"] }),
  ],
  "a field manager that is too long or not printable": [post("configmaps", configMap("a"), { query: `fieldManager=${"x".repeat(129)}` }), post("configmaps", configMap("a"), { query: "fieldManager=a%07b" })],
  "ownership moves when a defaulted field is applied": [
    post("services", service("a"), { show: "none" }),
    apply("services/a", "me", { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { type: "ClusterIP", sessionAffinity: "None" } }, { show: ["metadata.managedFields"] }),
  ],
});

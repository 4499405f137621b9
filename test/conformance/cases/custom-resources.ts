import { apply, area, get, jsonPatch, mergePatch, post, put, remove, strategicPatch, until, untilGone, watch } from "../case.ts";

type Json = Record<string, unknown>;
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS = "$NS.example/v1/things";

interface Version { schema?: Json; subresources?: Json; columns?: Json[]; more?: Json }

const crd = ({ schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true }, subresources, columns, more }: Version = {}): Json => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.$NS.example" },
  spec: {
    group: "$NS.example",
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList", shortNames: ["th"] },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...(subresources ? { subresources } : {}), ...(columns ? { additionalPrinterColumns: columns } : {}) }],
    ...more,
  },
});

const thing = (spec: Json = {}, more: Json = {}): Json => ({ apiVersion: "$NS.example/v1", kind: "Thing", metadata: { name: "a" }, spec, ...more });
const objectOf = (properties: Json, more: Json = {}): Json => ({ type: "object", properties: { spec: { type: "object", properties, ...more } } });
/** Creates the definition and waits until it serves: two steps. */
const serve = (version: Version) => [post(CRDS, crd(version), { show: "none" }), until(THINGS, { kind: "ThingList" })];

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

export const customResources = area("custom-resources", {
  "a definition becomes established": [
    post(CRDS, crd(), { show: ["status", "spec.names", "spec.conversion"] }),
    until(`${CRDS}/things.$NS.example`, { status: { conditions: [{ type: "NamesAccepted", status: "True" }, { type: "Established", status: "True" }] } }, ["status.conditions.*.type", "status.conditions.*.reason", "status.conditions.*.message", "status.acceptedNames", "status.storedVersions"]),
    until(THINGS, { kind: "ThingList" }),
    get(`/apis/$NS.example/v1`, { show: ["kind", "groupVersion", "resources.*.name", "resources.*.singularName", "resources.*.kind", "resources.*.namespaced", "resources.*.shortNames", "resources.*.verbs"] }),
    get(`/apis/$NS.example`),
  ],
  "objects are created, listed, patched, watched, deleted": [
    ...serve({}),
    post(THINGS, thing({ size: 1 })),
    get(`${THINGS}/a`, { show: ["spec", "metadata.generation"] }),
    get(THINGS, { show: ["kind", "apiVersion", "items.*.kind", "items.*.spec"] }),
    mergePatch(`${THINGS}/a`, { spec: { size: 2 } }, { show: ["spec", "metadata.generation"] }),
    jsonPatch(`${THINGS}/a`, [{ op: "add", path: "/spec/colour", value: "red" }], { show: ["spec"] }),
    strategicPatch(`${THINGS}/a`, { spec: { size: 3 } }),
    put(`${THINGS}/a`, thing({ size: 9 })),
    watch(THINGS, "resourceVersion={{3.metadata.resourceVersion}}", [remove(`${THINGS}/a`)], 3, ["kind", "metadata.name", "spec"]),
  ],
  "types, enums and bounds are checked": [
    ...serve({ schema: objectOf({ size: { type: "integer", minimum: 1, maximum: 5 }, colour: { type: "string", enum: ["red", "blue"] }, name: { type: "string", pattern: "^[a-z]+$", maxLength: 3 }, list: { type: "array", maxItems: 1, items: { type: "string" } }, share: { type: "number", multipleOf: 0.5 }, either: { "x-kubernetes-int-or-string": true }, when: { type: "string", format: "date-time" } }, { required: ["size"] }) }),
    post(THINGS, thing({ size: "x" })),
    post(THINGS, thing({})),
    // One at a time: upstream walks the properties in no order.
    ...[{ size: 0 }, { size: 6 }, { size: 1, colour: "green" }, { size: 1, name: "ABCD" }, { size: 1, name: "A" }, { size: 1, list: ["a", "b"] }, { size: 1, share: 0.3 }, { size: 1, either: true }, { size: 1, when: "soon" }].map((spec) => post(THINGS, thing(spec))),
    post(THINGS, thing({ size: 1.5 })),
    post(THINGS, thing({ size: 5, either: "a", when: "2026-01-01T00:00:00Z" }), { show: ["spec"] }),
    mergePatch(`${THINGS}/a`, { spec: { size: 6 } }),
  ],
  "unknown fields are pruned, or refused when strict": [
    ...serve({ schema: objectOf({ size: { type: "integer" }, free: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }) }),
    post(THINGS, thing({ size: 1, extra: "x", free: { any: "thing" } }, { status: { x: 1 } }), { query: "fieldValidation=Strict" }),
    post(THINGS, thing({ size: 1, extra: "x", free: { any: "thing" } }), { show: ["spec"] }),
    apply(`${THINGS}/b`, "me", { ...thing({ size: 1, extra: "x" }), metadata: { name: "b" } }, { show: ["code", "spec", "message"] }),
  ],
  "defaults": [
    ...serve({ schema: objectOf({ size: { type: "integer", default: 3 }, deep: { type: "object", default: {}, properties: { colour: { type: "string", default: "red" } } }, list: { type: "array", items: { type: "object", properties: { on: { type: "boolean", default: true } } } } }) }),
    post(THINGS, thing({ list: [{}, { on: false }] }), { show: ["spec"] }),
    mergePatch(`${THINGS}/a`, { spec: { size: null, deep: { colour: null } } }, { show: ["spec"] }),
  ],
  "CEL rules": [
    ...serve({ schema: objectOf({ min: { type: "integer" }, max: { type: "integer" }, name: { type: "string", maxLength: 20, "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "name is for ever" }] }, hosts: { type: "array", maxItems: 10, items: { type: "string", maxLength: 50 }, "x-kubernetes-validations": [{ rule: "self.all(h, h.endsWith('.example'))", messageExpression: "'hosts must end in .example, not ' + self[0]" }] } }, { "x-kubernetes-validations": [{ rule: "!has(self.min) || !has(self.max) || self.min <= self.max", message: "min is above max", fieldPath: ".min", reason: "FieldValueForbidden" }] }) }),
    post(THINGS, thing({ min: 5, max: 1 })),
    post(THINGS, thing({ min: 1, max: 5, name: "x", hosts: ["a.maison.example"] }), { show: ["spec"] }),
    mergePatch(`${THINGS}/a`, { spec: { name: "y" } }),
    mergePatch(`${THINGS}/a`, { spec: { hosts: ["a.b"] } }),
    mergePatch(`${THINGS}/a`, { spec: { min: 2 } }, { show: ["spec"] }),
  ],
  "CEL with Kubernetes' own functions": [
    ...serve({ schema: objectOf({ q: { type: "string", maxLength: 20, "x-kubernetes-validations": [{ rule: "quantity(self).isLessThan(quantity('10Gi'))" }] }, u: { type: "string", maxLength: 60, "x-kubernetes-validations": [{ rule: "isURL(self) && url(self).getScheme() == 'https'" }] }, ip: { type: "string", maxLength: 40, "x-kubernetes-validations": [{ rule: "isIP(self) && cidr('192.0.2.0/24').containsIP(self)" }] } }) }),
    post(THINGS, thing({ q: "20Gi" })),
    post(THINGS, thing({ u: "http://x.example" })),
    post(THINGS, thing({ ip: "198.51.100.1" })),
    post(THINGS, thing({ q: "1Gi", u: "https://x.example", ip: "192.0.2.7" }), { show: ["spec"] }),
  ],
  "status is apart": [
    ...serve({ schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } }, status: { type: "object", properties: { ready: { type: "integer" } } } } }, subresources: { status: {} } }),
    post(THINGS, thing({ size: 1 }, { status: { ready: 7 } }), { show: ["spec", "status", "metadata.generation"] }),
    mergePatch(`${THINGS}/a/status`, { spec: { size: 9 }, status: { ready: 1 } }, { show: ["spec", "status", "metadata.generation"] }),
    mergePatch(`${THINGS}/a`, { spec: { size: 2 }, status: { ready: 8 } }, { show: ["spec", "status", "metadata.generation"] }),
    get(`${THINGS}/a/scale`),
  ],
  "scale": [
    ...serve({ schema: { type: "object", properties: { spec: { type: "object", properties: { replicas: { type: "integer" } } }, status: { type: "object", properties: { replicas: { type: "integer" }, selector: { type: "string" } } } } }, subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" } } }),
    post(THINGS, thing({ replicas: 2 }), { show: "none" }),
    get(`${THINGS}/a/scale`),
    put(`${THINGS}/a/scale`, { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a", namespace: "$NS" }, spec: { replicas: 5 } }, { show: ["spec"] }),
    mergePatch(`${THINGS}/a/status`, { status: { replicas: 5, selector: "app=a" } }, { show: "code" }),
    get(`${THINGS}/a/scale`, { show: ["spec", "status"] }),
    get(`${THINGS}/a`, { show: ["spec", "metadata.generation"] }),
  ],
  "printer columns": [
    ...serve({ columns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }, { name: "Colour", type: "string", jsonPath: ".spec.colour", priority: 1, description: "what it looks like" }, { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" }] }),
    post(THINGS, thing({ size: 4 }), { show: "none" }),
    get(THINGS, { accept: TABLE, show: ["columnDefinitions.*.name", "columnDefinitions.*.type", "columnDefinitions.*.priority", "columnDefinitions.*.description", "rows.*.cells.0", "rows.*.cells.1", "rows.*.cells.2"] }),
  ],
  "columns without any": [...serve({}), post(THINGS, thing(), { show: "none" }), get(THINGS, { accept: TABLE, show: ["columnDefinitions.*.name", "rows.*.cells.0"] })],
  "server-side apply follows the schema's lists": [
    ...serve({ schema: objectOf({ byName: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], items: { type: "object", required: ["name"], properties: { name: { type: "string" }, v: { type: "integer" } } } }, set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } }, atomic: { type: "array", items: { type: "string" } } }) }),
    apply(`${THINGS}/a`, "me", thing({ byName: [{ name: "one", v: 1 }], set: ["x"], atomic: ["p"] }), { show: ["spec", "metadata.managedFields"] }),
    apply(`${THINGS}/a`, "you", thing({ byName: [{ name: "two", v: 2 }], set: ["y"] }), { show: ["spec"] }),
    apply(`${THINGS}/a`, "you", thing({ atomic: ["q"] }), { show: ["code", "message"] }),
    post(THINGS, { ...thing({ byName: [{ name: "d" }, { name: "d" }] }), metadata: { name: "dup" } }),
    post(THINGS, { ...thing({ set: ["s", "s"] }), metadata: { name: "dup" } }),
  ],
  "definitions that are refused": [
    post(CRDS, { ...crd(), metadata: { name: "wrong.$NS.example" } }),
    post(CRDS, crd({ schema: { type: "object", properties: { spec: { type: "odd" } } } })),
    post(CRDS, crd({ schema: { type: "string" } })),
    post(CRDS, crd({ schema: { type: "object", properties: { a: { type: "object", properties: { b: {} } } } } })),
    post(CRDS, crd({ schema: objectOf({ size: { type: "integer", default: "x" } }) })),
    post(CRDS, crd({ schema: objectOf({ x: { type: "integer", "x-kubernetes-validations": [{ rule: "self.nope(" }] } }) }), { show: ["code", "reason", "details.causes.*.field", "details.causes.*.reason"] }),
    post(CRDS, crd({ columns: [{ name: "x", type: "odd", jsonPath: "spec" }] })),
    post(CRDS, crd({ more: { versions: [] } }), { show: ["code", "reason", "details.causes.*.field", "details.causes.*.reason"] }),
    post(CRDS, crd({ more: { scope: "Odd", names: { plural: "Things", kind: "thing" } } }), { show: ["code", "reason", "details.causes.*.field", "details.causes.*.reason"] }),
  ],
  "a definition takes its objects with it": [...serve({}), post(THINGS, thing(), { show: "none" }), remove(`${CRDS}/things.$NS.example`, undefined, { show: "code" }), untilGone(`${CRDS}/things.$NS.example`), untilGone(THINGS)],
  "a wrong kind or version in the body": [...serve({}), post(THINGS, { ...thing(), kind: "Other" }), post(THINGS, { ...thing(), apiVersion: "$NS.example/v2" }), get("$NS.example/v2/things")],
  "two versions of one object": [
    post(CRDS, crd({ more: { versions: ["v1", "v2"].map((name) => ({ name, served: true, storage: name === "v1", schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } })) } }), { show: "none" }),
    until(THINGS, { kind: "ThingList" }),
    until("$NS.example/v2/things", { kind: "ThingList" }),
    post(THINGS, thing({ size: 1 }), { show: ["apiVersion"] }),
    get("$NS.example/v2/things/a", { show: ["apiVersion", "spec"] }),
    get("/apis/$NS.example", { show: ["versions", "preferredVersion"] }),
  ],
});

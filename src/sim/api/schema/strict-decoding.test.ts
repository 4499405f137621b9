import { describe, expect, it } from "vitest";
import type { JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import { schemaOf } from "../../../objects/schema/schema-of.ts";
import { decodeObject } from "./decode-object.ts";
import { duplicateFields } from "./duplicate-fields.ts";
import { pruneCustomResource } from "./prune-custom-resource.ts";
import { strictErrors } from "./strict-errors.ts";

const schemas = {
  Deployment: schemaOf({ group: "apps", version: "v1", kind: "Deployment" })!,
  Pod: schemaOf({ group: "", version: "v1", kind: "Pod" })!,
  ConfigMap: schemaOf({ group: "", version: "v1", kind: "ConfigMap" })!,
  ClusterRole: schemaOf({ group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole" })!,
  Lease: schemaOf({ group: "coordination.k8s.io", version: "v1", kind: "Lease" })!,
};
const container = (fields: object): JsonValue => ({ spec: { template: { spec: { containers: [{ name: "a", ...fields }] } } } }) as JsonValue;
const WRONG_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

// What the API server 1.36.3 answers to the same bodies.
describe("type errors", () => {
  it.each([
    ["Deployment", { spec: { replicas: "x" } }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"],
    ["Deployment", { spec: { replicas: 1.5 } }, "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"],
    ["Deployment", { spec: { replicas: 3000000000 } }, "json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"],
    ["Deployment", { spec: { paused: "true" } }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool"],
    ["Deployment", { spec: [] }, "json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec"],
    ["Deployment", { spec: "a" }, "json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec"],
    ["Deployment", container({ image: 5 }), "json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.image of type string"],
    ["Deployment", { spec: { template: { spec: { containers: { a: 1 } } } } }, "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container"],
    ["Deployment", { spec: { template: { spec: { containers: ["a"] } } } }, "json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container"],
    ["Deployment", { spec: { strategy: { rollingUpdate: { maxSurge: {} } } } }, "json: cannot unmarshal object into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32"],
    ["Deployment", { spec: { strategy: { rollingUpdate: { maxSurge: 1.5 } } } }, "json: cannot unmarshal number 1.5 into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32"],
    ["Deployment", { spec: { selector: { matchLabels: { a: 5 } } } }, "json: cannot unmarshal number into Go struct field LabelSelector.spec.selector.matchLabels of type string"],
    ["Deployment", container({ resources: { limits: { cpu: "1zz" } } }), WRONG_QUANTITY],
    ["Deployment", container({ resources: { limits: { cpu: true } } }), WRONG_QUANTITY],
    ["Pod", { metadata: { creationTimestamp: "zap" } }, 'parsing time "zap" as "2006-01-02T15:04:05Z07:00": cannot parse "zap" as "2006"'],
    ["Pod", { metadata: { creationTimestamp: 5 } }, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string"],
    ["Pod", { metadata: { labels: { a: true } } }, "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"],
    ["ConfigMap", { binaryData: { a: "%%%" } }, "illegal base64 data at input byte 0"],
    ["ConfigMap", { data: { a: 5 } }, "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"],
    ["ClusterRole", { rules: [{ verbs: "get" }] }, "json: cannot unmarshal string into Go struct field PolicyRule.rules.verbs of type []string"],
    ["Lease", { spec: { renewTime: "2020-01-01" } }, 'parsing time "2020-01-01" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "" as "T"'],
  ] as const)("%s %j", (kind, object, message) => {
    expect(decodeObject(schemas[kind], object as unknown as JsonValue).typeError).toBe(message);
  });
});

describe("decodeObject", () => {
  it("names unknown fields with indices, in the document's order, and drops them", () => {
    const { value, unknownFields } = decodeObject(schemas.Deployment, {
      spec: { foo: 1, template: { spec: { containers: [{ name: "a", bar: {}, ports: [{ containerPort: 1, x: 1 }] }] } }, zip: [] },
    });
    expect(unknownFields).toEqual(["spec.foo", "spec.template.spec.containers[0].bar", "spec.template.spec.containers[0].ports[0].x", "spec.zip"]);
    expect(JSON.stringify(value)).not.toMatch(/foo|bar|zip|"x"/);
  });

  it("drops nulls and zeros that are never written, keeps those behind pointers", () => {
    const { value } = decodeObject(schemas.Pod, {
      apiVersion: "v1", kind: "Pod", metadata: { name: "p", labels: {}, creationTimestamp: null },
      spec: { containers: [{ name: "a", image: "i", args: [], stdin: false, env: [{ name: "E", value: "" }] }], hostNetwork: false, automountServiceAccountToken: false, nodeName: "", priority: 0 },
    });
    expect(value).toEqual({
      apiVersion: "v1", kind: "Pod", metadata: { name: "p" },
      spec: { containers: [{ name: "a", image: "i", env: [{ name: "E" }], resources: {} }], automountServiceAccountToken: false, priority: 0 },
      status: {},
    });
  });

  it("writes what Go always writes", () => {
    const { value } = decodeObject(schemas.Pod, { spec: { containers: [] }, status: { conditions: [{ type: "Ready", status: "True" }] } });
    expect(value).toEqual({
      metadata: {}, spec: { containers: [] }, status: { conditions: [{ type: "Ready", status: "True", lastProbeTime: null, lastTransitionTime: null }] },
    });
  });

  it("gives quantities and times their canonical form", () => {
    const { value } = decodeObject(schemas.Pod, {
      metadata: { creationTimestamp: "2026-01-01T02:00:00.5+02:00" }, spec: { containers: [{ name: "a", resources: { limits: { cpu: "0.5", memory: 1024 } } }] },
    });
    expect(value).toMatchObject({ metadata: { creationTimestamp: "2026-01-01T00:00:00Z" }, spec: { containers: [{ resources: { limits: { cpu: "500m", memory: "1024" } } }] } });
  });

  it("gives a canonical object back as it is", () => {
    const object = { metadata: { name: "c" }, data: { a: "" } };
    expect(decodeObject(schemas.ConfigMap, object).value).toBe(object);
  });
});

describe("duplicateFields", () => {
  it.each([
    ['{"a":1,"b":{"a":1}}', []],
    ['{"metadata":{"name":"x","name":"y"},"spec":{"containers":[{"name":"a"},{"name":"a","name":"b"}]}}', ["metadata.name", "spec.containers[1].name"]],
    ['{ "a\\"b" : [ 1 , { } , [ ] , "x,}" ] , "a\\"b" : null }', ['a"b']],
    ['{"a":{"b":1,"b":2,"b":3},"a":{}}', ["a.b", "a"]],
    ["[]", []],
  ])("%s", (text, expected) => {
    expect(duplicateFields(text)).toEqual(expected);
  });
});

describe("pruneCustomResource", () => {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          a: { type: "string" },
          list: { type: "array", items: { type: "object", properties: { x: { type: "string" } } } },
          map: { type: "object", additionalProperties: { type: "object", properties: { y: { type: "string" } } } },
          free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { strict: { type: "object", properties: { k: { type: "string" } } } } },
          embedded: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "object" } } },
        },
      },
    },
  };

  it("drops what is not declared, and says where", () => {
    const object = {
      apiVersion: "e/v1", kind: "T", metadata: { name: "t", whatever: 1 }, extra: 1,
      spec: { a: "1", b: 2, list: [{ x: "1", z: 1 }], map: { k: { y: "1", z: 1 } }, free: { q: 1, strict: { k: "1", l: 1 } }, embedded: { apiVersion: "v1", kind: "K", metadata: {}, other: 1 } },
    };
    expect(pruneCustomResource(schema, object)).toEqual(["extra", "spec.b", "spec.embedded.other", "spec.free.strict.l", "spec.list[0].z", "spec.map.k.z"]);
    expect(object.spec).toEqual({
      a: "1", list: [{ x: "1" }], map: { k: { y: "1" } }, free: { q: 1, strict: { k: "1" } }, embedded: { apiVersion: "v1", kind: "K", metadata: {} },
    });
  });
});

describe("strictErrors", () => {
  it("decodes in place and lists duplicate and unknown fields as the text has them", () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","name":"c"},"data":{},"zap":1}';
    const object = JSON.parse(text) as KubeObject;
    expect(strictErrors({ schema: schemas.ConfigMap }, object, text)).toEqual({ unknown: ['duplicate field "metadata.name"', 'unknown field "zap"'], wrong: [] });
    expect(object).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } });
  });

  it("checks the metadata of custom resources", () => {
    const object = { apiVersion: "e/v1", kind: "T", metadata: { name: "t", zip: 1 }, spec: { a: 1 } } as unknown as KubeObject;
    const custom = { version: { schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } } } };
    expect(strictErrors({ schema: undefined, custom }, object)).toEqual({ unknown: ['unknown field "metadata.zip"', 'unknown field "spec.a"'], wrong: [] });
    expect(object).toEqual({ apiVersion: "e/v1", kind: "T", metadata: { name: "t" }, spec: {} });
  });
});

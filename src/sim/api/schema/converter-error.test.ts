import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../objects/kube-object.ts";
import { schemaOf } from "../../../objects/schema/schema-of.ts";
import { converterError } from "./converter-error.ts";

const schema = schemaOf({ group: "apps", version: "v1", kind: "Deployment" })!;
const container = (fields: object): JsonValue => ({ spec: { template: { spec: { containers: [{ name: "web", ...fields }] } } } }) as JsonValue;

// As the API server 1.36.3 answers strategic merge patches.
describe("converterError", () => {
  it.each([
    [{ spec: { replicas: 3 } }, undefined],
    [{ spec: { replicas: 3, bogus: 1 } }, undefined],
    [{ spec: { replicas: "x" } }, "unrecognized type: int32"],
    [{ spec: { replicas: 1.5 } }, "cannot convert float64 to int32"],
    [{ spec: { paused: "true" } }, "unrecognized type: bool"],
    [{ spec: "x" }, "cannot restore struct from: string"],
    [{ spec: [] }, "cannot restore struct from: slice"],
    [{ spec: { template: { spec: { containers: { a: 1 } } } } }, "cannot restore slice from map"],
    [container({ image: 5 }), "cannot convert int64 to string"],
    [{ metadata: { labels: { a: 5 } } }, "cannot convert int64 to string"],
    [{ metadata: { labels: "x" } }, "cannot restore map from string"],
    [container({ resources: { limits: { cpu: "zz" } } }), "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    [{ spec: { strategy: { rollingUpdate: { maxSurge: {} } } } }, "json: cannot unmarshal object into Go value of type int32"],
    [{ metadata: { creationTimestamp: "x" } }, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ])("%j", (object, message) => {
    expect(converterError(schema, object as JsonValue)).toBe(message);
  });
});

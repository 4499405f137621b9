import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { defaultCustomResource } from "./default-custom-resource.ts";
import { pruneCustomResource } from "./prune-custom-resource.ts";
import { structuralErrorsOfVersions } from "./structural-schema.ts";
import { patternOf, validateCustomResource } from "./validate-custom-resource.ts";

interface Recorded {
  schema: object;
  cases: { spec: JsonValue; errors?: string[]; result?: JsonValue }[];
  schemas: { schema: object; errors: string[] }[];
}

// What a real API server 1.36.3 answered to the same objects and the same definitions.
const recorded = JSON.parse(readFileSync(new URL("./recorded-validation.json", import.meta.url), "utf8")) as Recorded;
const textOf = (error: { field: string; body: string; type: string }): string => `${error.field}: ${error.body} (${error.type})`;

describe("custom resources as recorded", () => {
  it.each(recorded.cases.map((one) => [JSON.stringify(one.spec), one] as const))("%s", (_, { spec, errors, result }) => {
    const object: JsonObject = { apiVersion: "v.example/v1", kind: "Valval", metadata: { name: "x" }, spec: structuredClone(spec) };
    pruneCustomResource(recorded.schema, object);
    defaultCustomResource(recorded.schema, object);
    expect(validateCustomResource(recorded.schema, object).map(textOf).sort()).toEqual(errors ?? []);
    if (errors === undefined) expect(object["spec"]).toEqual(result);
  });
});

describe("structural schemas as recorded", () => {
  it.each(recorded.schemas.map((one) => [JSON.stringify(one.schema), one] as const))("%s", (_, { schema, errors }) => {
    expect(structuralErrorsOfVersions([{ schema: { openAPIV3Schema: schema } }]).map(textOf).sort()).toEqual([...errors].sort());
  });

  it("names the version where versions have schemas of their own", () => {
    const versions = [{ schema: { openAPIV3Schema: { type: "object" } } }, { schema: { openAPIV3Schema: {} } }];
    expect(structuralErrorsOfVersions(versions).map((error) => error.field)).toEqual(["spec.versions[1].schema.openAPIV3Schema.type"]);
  });
});

describe("ratcheting", () => {
  const schema = {
    type: "object",
    properties: {
      a: { type: "string", maxLength: 1 },
      b: { type: "string", maxLength: 1 },
      items: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: { type: "object", properties: { k: { type: "string" }, v: { type: "string", maxLength: 1 } } } },
    },
  };

  it("holds only what changed against an object", () => {
    const old = { a: "long", b: "x", items: [{ k: "1", v: "long" }, { k: "2", v: "x" }] };
    expect(validateCustomResource(schema, { ...old }, old)).toEqual([]);
    expect(validateCustomResource(schema, { ...old, b: "longer" }, old).map((error) => error.field)).toEqual(["b"]);
    const items = [{ k: "2", v: "long" }, { k: "1", v: "long" }];
    expect(validateCustomResource(schema, { ...old, items }, old).map((error) => error.field)).toEqual(["items[0].v"]);
    expect(validateCustomResource(schema, old).map((error) => error.field)).toEqual(["a", "items[0].v"]);
  });
});

describe("defaultCustomResource", () => {
  it("copies defaults, so that objects never share with the schema", () => {
    const schema = { type: "object", properties: { list: { type: "array", default: [{ a: 1 }] } } };
    const [one, two] = [{} as { list: { a: number }[] }, {} as { list: { a: number }[] }];
    defaultCustomResource(schema, one);
    defaultCustomResource(schema, two);
    one.list[0]!.a = 2;
    expect(two.list).toEqual([{ a: 1 }]);
  });
});

describe("patternOf", () => {
  it.each([["(?i)^abc$", "ABC", true], ["\\Aab\\z", "ab", true], ["^[a-z\\-]+$", "a-b", true], ["^\\d+$", "x", false]])("%s on %s", (pattern, text, expected) => {
    expect(patternOf(pattern).test(text)).toBe(expected);
  });
});

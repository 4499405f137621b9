import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homelabJsonSchema, homelabJsonSchemaText } from "./json-schema.ts";

type Node = { [key: string]: unknown };

test("the committed file is current: npx tsx scripts/write-schema.ts writes it", () => {
  expect(readFileSync(join(import.meta.dirname, "../../schema/homelab.schema.json"), "utf8")).toBe(homelabJsonSchemaText());
});

test("every map is closed, every pattern is one that an editor can read, every reference leads somewhere", () => {
  const root = homelabJsonSchema();
  const definitions = Object.keys(root["$defs"] as object);
  const visit = (node: unknown, path: string) => {
    if (typeof node !== "object" || node === null) return;
    const one = node as Node;
    if (typeof one["pattern"] === "string") expect(() => new RegExp(one["pattern"] as string, "u"), path).not.toThrow();
    if (typeof one["$ref"] === "string") expect(definitions).toContain((one["$ref"] as string).replace("#/$defs/", ""));
    if (one["type"] === "object" && one["properties"] !== undefined && !path.includes(".objects.")) expect(one["additionalProperties"], path).toBe(false);
    for (const [key, child] of Object.entries(one)) visit(child, `${path}.${key}`);
  };
  visit(root, "");
});

test("what people write most has a description", () => {
  const described = (node: unknown): boolean => typeof node === "object" && node !== null && (typeof (node as Node)["description"] === "string" || typeof (node as Node)["$ref"] === "string");
  const definitions = homelabJsonSchema()["$defs"] as Record<string, { properties?: Record<string, unknown> }>;
  for (const name of ["Machine", "SitePart", "Kubernetes", "Platform", "App", "Service", "Job", "CronJob", "Promise"]) {
    const without = Object.entries(definitions[name]?.properties ?? {}).filter(([, field]) => !described(field)).map(([field]) => field);
    expect(without, name).toEqual([]);
  }
});

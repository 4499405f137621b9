/** Fills the defaults of a custom resource's schema (apiextensions' structural defaulting), in place. Nulls that may not be null go first. */
import { cloneJson } from "../../../lib/json.ts";
import type { JsonValue } from "../../../objects/kube-object.ts";

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  default?: JsonValue;
  nullable?: boolean;
}

/** Changes `object`, a private copy. Defaults are copied: the schema is never shared with an object. */
export function defaultCustomResource(openAPIV3Schema: object, object: object): void {
  const schema = openAPIV3Schema as Schema;
  dropNulls(object as JsonValue, schema);
  fill(object as JsonValue, schema);
}

const hasDefault = (schema: Schema | undefined): boolean => schema?.default !== undefined && schema.default !== null;

function valuesSchema(schema: Schema | undefined): Schema | undefined {
  return typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** A null where null is not allowed and no default stands ready is as if the field were not there. */
function dropNulls(value: JsonValue, schema: Schema | undefined): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
    return;
  }
  for (const key of Object.keys(value)) {
    const child = schema?.properties?.[key] ?? valuesSchema(schema);
    if (value[key] === null && child !== undefined && !child.nullable && !hasDefault(child)) delete value[key];
    else dropNulls(value[key]!, child);
  }
}

const isDefaultableNull = (value: JsonValue, schema: Schema | undefined): boolean => value === null && schema !== undefined && !schema.nullable && hasDefault(schema);

function fill(value: JsonValue, schema: Schema | undefined): void {
  if (schema === undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (isDefaultableNull(item, schema.items)) value[index] = cloneJson(schema.items!.default!);
      fill(value[index]!, schema.items);
    }
    return;
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (!hasDefault(property)) continue;
    if (!Object.hasOwn(value, key) || isDefaultableNull(value[key]!, property)) value[key] = cloneJson(property.default!);
  }
  for (const key of Object.keys(value)) {
    const property = schema.properties?.[key];
    const child = property ?? valuesSchema(schema);
    if (property === undefined && isDefaultableNull(value[key]!, child)) value[key] = cloneJson(child!.default!);
    fill(value[key]!, child);
  }
}

/** Drops what a custom resource's schema does not declare (apiextensions' pruning), in place. */
import type { JsonValue } from "../../../objects/kube-object.ts";

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
}

const META_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

/** Changes `object`, a private copy. Returns the paths of what it dropped, sorted: `spec.foo`, `spec.list[2].bar`. */
export function pruneCustomResource(openAPIV3Schema: object, object: object): string[] {
  const dropped: string[] = [];
  prune(object as JsonValue, { ...(openAPIV3Schema as Schema), "x-kubernetes-embedded-resource": true }, "", dropped);
  return dropped.sort();
}

const child = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function prune(value: JsonValue, schema: Schema | undefined, path: string, dropped: string[]): void {
  if (typeof value !== "object" || value === null) return;
  const keepsUnknown = schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (keepsUnknown) keepUnknown(item, schema?.items, `${path}[${index}]`, dropped);
      else prune(item, schema?.items, `${path}[${index}]`, dropped);
    }
    return;
  }
  for (const key of Object.keys(value)) {
    if (schema?.["x-kubernetes-embedded-resource"] && META_FIELDS.has(key)) continue;
    const property = Object.hasOwn(schema?.properties ?? {}, key) ? schema!.properties![key] : undefined;
    if (property !== undefined) prune(value[key]!, property, child(path, key), dropped);
    else if (schema?.additionalProperties !== undefined && schema.additionalProperties !== false) {
      const { additionalProperties } = schema;
      if (typeof additionalProperties === "object") prune(value[key]!, additionalProperties, child(path, key), dropped);
      else if (!keepsUnknown) prune(value[key]!, undefined, child(path, key), dropped);
    } else if (!keepsUnknown) {
      dropped.push(child(path, key));
      delete value[key];
    }
  }
}

/** Items below a list that keeps unknown fields: kept as well, unless their own schema says otherwise for what it declares. */
function keepUnknown(value: JsonValue, schema: Schema | undefined, path: string, dropped: string[]): void {
  if (schema === undefined) return;
  prune(value, { ...schema, "x-kubernetes-preserve-unknown-fields": true }, path, dropped);
}

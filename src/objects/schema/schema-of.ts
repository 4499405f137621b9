/** The schema of a built-in kind, read from the generated table when first asked for. */
import { assert } from "../../lib/assert.ts";
import { hasFields, longName, readFields, readType, specialDefinition } from "./parse-definition.ts";
import { definitions, kinds } from "./table.generated.ts";
import type { GroupVersionKind, ObjectType, TypeSchema } from "./type-schema.ts";

const read = new Map<string, TypeSchema>();

function resolve(name: string): TypeSchema {
  const known = read.get(name) ?? specialDefinition(name);
  if (known) return known;
  const line = definitions[name];
  assert(line !== undefined, `the schema table has no definition ${name}`);
  if (hasFields(line)) {
    const object: ObjectType = { kind: "object", definition: longName(name), fields: new Map(), atomic: false };
    read.set(name, object);
    readFields(line, object, resolve);
    return object;
  }
  const type: TypeSchema = line === "" ? { kind: "object", definition: longName(name), fields: new Map(), atomic: false } : readType(line, resolve);
  read.set(name, type);
  return type;
}

/** The schema of a kind of the API server; undefined for what it does not serve (custom resources: `schemaFromCrd`). */
export function schemaOf(gvk: GroupVersionKind): ObjectType | undefined {
  const name = kinds[`${gvk.group}/${gvk.version}/${gvk.kind}`];
  if (name === undefined) return undefined;
  const type = resolve(name);
  return type.kind === "object" ? type : undefined;
}

/** `metadata` of every object: what custom resources have besides their own schema. */
export function objectMetaSchema(): ObjectType {
  const type = resolve("meta.v1.ObjectMeta");
  assert(type.kind === "object", "ObjectMeta is an object");
  return type;
}

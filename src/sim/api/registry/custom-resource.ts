/** Custom resources on their way in: pruned, defaulted, and checked against the schema of their definition. */
import { cloneJson, equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { evaluateRules } from "../cel/evaluate-rules.ts";
import { apiVersionOf, type ResourceType } from "../resource-types.ts";
import { defaultCustomResource } from "../schema/default-custom-resource.ts";
import { pruneCustomResource } from "../schema/prune-custom-resource.ts";
import { validateCustomResource } from "../schema/validate-custom-resource.ts";
import type { FieldError } from "../status.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "../validation/object-meta.ts";

type CrdSchema = Record<string, unknown>;

function schemaOfType(type: ResourceType): CrdSchema | undefined {
  return type.custom?.version.schema?.openAPIV3Schema as CrdSchema | undefined;
}

/** Drops what the schema does not know, then fills its defaults. Changes `object`, a private copy. */
export function customDefaults(type: ResourceType, object: KubeObject): void {
  const schema = schemaOfType(type);
  if (schema === undefined) return;
  pruneCustomResource(schema, object);
  defaultCustomResource(schema, object);
}

/** What was read before, by the type as it is served now: a changed definition makes new types. */
const read = new WeakMap<ResourceType, WeakMap<KubeObject, KubeObject>>();

/**
 * A stored object in the version of `type`, with the defaults that its definition has by now: objects are not rewritten when a
 * definition changes, so reading fills what is missing. The very same reference when nothing changes.
 */
export function customAsRead(type: ResourceType, object: KubeObject): KubeObject {
  let known = read.get(type);
  if (known === undefined) read.set(type, (known = new WeakMap()));
  let found = known.get(object);
  if (found === undefined) {
    const copy = cloneJson(object) as KubeObject;
    copy.apiVersion = apiVersionOf(type);
    copy.kind = type.kind;
    const schema = schemaOfType(type);
    if (schema !== undefined) defaultCustomResource(schema, copy);
    found = equalJson(copy, object) ? object : copy;
    known.set(object, found);
  }
  return found;
}

export function validateCustom(type: ResourceType, object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const errors = old === undefined ? validateObjectMeta(object.metadata, type.namespaced) : validateObjectMetaUpdate(object.metadata, old.metadata);
  const schema = schemaOfType(type);
  if (schema === undefined) return errors;
  errors.push(...validateCustomResource(schema, object, old));
  // Rules only make sense on what has the right shape.
  if (errors.length === 0) errors.push(...evaluateRules(schema, cloneJson(object), old === undefined ? undefined : cloneJson(old)));
  return errors;
}

/** Server-side apply: lays the configuration over the live object, removes what the applier dropped and nobody else owns, and refuses to take what others own. */
import type { JsonObject, JsonValue, KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import type { ObjectType } from "../../../objects/schema/type-schema.ts";
import { ApiError, badRequest } from "../status.ts";
import { checkTyped, typedErrorText } from "./check-typed.ts";
import { compareTyped } from "./compare-typed.ts";
import { difference, goJson, intersection, isEmpty, pathsOf, pathText, recursiveDifference, sortKeys, union, type FieldSet } from "./field-set.ts";
import { decodeManagers, encodeManagers, managerId, type ManagerEntry, type Managers } from "./managed-fields.ts";
import { mergeTyped } from "./merge-typed.ts";
import { bareError } from "./patch-errors.ts";
import { ensureNamedFieldsAreMembers, removeItems } from "./remove-items.ts";
import { toFieldSet } from "./to-field-set.ts";
import { trackChange, UNOWNED } from "./track-update.ts";
import { deepEqual } from "./typed-value.ts";
import { conflictMessage, updateManagers, type ApplyConflict } from "./update-managers.ts";
import { zeroObject } from "./zero-object.ts";

export interface ApplyOptions {
  schema: ObjectType;
  /** The stored object; undefined when apply creates it. */
  live: KubeObject | undefined;
  /** What the applier sent, as it is (not defaulted). */
  config: KubeObject;
  manager: string;
  force: boolean;
  /** Of the request: `apps/v1`. */
  apiVersion: string;
  subresource?: string;
  /** RFC 3339, to the second. */
  now: string;
  resetFields?: FieldSet;
}

/** With conflicts there is no object. `changed` is false when the configuration was already what is live. */
export type ApplyResult =
  | { object: KubeObject; changed: boolean; conflicts: readonly [] }
  | { object: undefined; changed: false; conflicts: readonly ApplyConflict[] };

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Updates that nobody tracked before the first apply belong to this manager (apimachinery's skipnonapplied). */
const BEFORE_FIRST_APPLY = "before-first-apply";
/** kubectl's own server-side manager may take over what its client-side apply recorded. */
const KUBECTL = "kubectl";

/**
 * Throws `ApiError` for what upstream refuses before merging (managedFields in the configuration, undeclared fields, duplicate keys). Conflicts are returned;
 * `applyConflict` makes the error of them. The object is merged, with its managedFields, but not defaulted, validated or stored.
 */
export function serverSideApply(options: ApplyOptions): ApplyResult {
  const { schema, config, live } = options;
  if (config.metadata?.managedFields !== undefined && config.metadata.managedFields !== null) throw badRequest("metadata.managedFields must be nil");
  const problems = checkTyped(schema, config as JsonValue);
  if (problems.length > 0) throw bareError(`failed to create typed patch object (${nameOf(config)}): ${typedErrorText(problems)}`);
  const result = applyOnce(options, options.force);
  if (options.manager !== KUBECTL) return result;
  const settled = result.conflicts.length === 0 ? result : takeOverClientSide(options, result.conflicts);
  return settled.object === undefined || live === undefined ? settled : { ...settled, object: syncLastApplied(settled.object, config) };
}

function nameOf(object: KubeObject): string {
  const groupVersion = object.apiVersion.includes("/") ? object.apiVersion : `/${object.apiVersion}`;
  return `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}; ${groupVersion}, Kind=${object.kind}`;
}

function applyOnce(options: ApplyOptions, force: boolean): ApplyResult {
  const { schema, config, apiVersion, now, resetFields } = options;
  const subresource = options.subresource ?? "";
  const managers = decodeManagers(options.live?.metadata.managedFields) ?? new Map();
  const zero = zeroObject(schema);
  const live = (options.live === undefined ? { ...zero, apiVersion: config.apiVersion, kind: config.kind } : withoutManagedFields(options.live)) as JsonObject;
  if (managers.size === 0 && options.live !== undefined) {
    trackChange(managers, schema, zero, live, { manager: BEFORE_FIRST_APPLY, apiVersion, subresource, now, ...(resetFields ? { resetFields } : {}) });
  }
  const self: ManagerEntry = { manager: options.manager || "unknown", operation: "Apply", apiVersion, subresource, set: toFieldSet(schema, config as JsonValue) };
  const id = managerId(self);
  const last = managers.get(id);
  if (resetFields) self.set = recursiveDifference(self.set, resetFields);
  managers.set(id, { ...self, ...(last?.time ? { time: last.time } : {}), ...(last?.stored ? { stored: last.stored } : {}) });
  const merged = mergeTyped(schema, live, config as JsonValue) as JsonObject;
  const kept = last === undefined || isEmpty(last.set) ? merged : prune(schema, merged, managers, last.set);
  // What a removal emptied is null, and decoding drops it. Of a custom resource only the metadata is decoded: it keeps its nulls, as upstream does.
  const pruned = schema.definition === undefined ? withMetadata(kept, live) : (dropNulls(kept, live) as JsonObject);
  const { conflicts } = updateManagers({ schema, before: live, after: pruned, managers, self: id, force, ...(resetFields ? { resetFields } : {}) });
  if (conflicts.length > 0) return { object: undefined, changed: false, conflicts };
  const changed = !deepEqual(live, pruned);
  settleSelf(managers, id, last, changed ? now : undefined);
  return { object: withManagedFields(pruned, encodeManagers(managers)), changed, conflicts: [] };
}

/** What nobody may own is taken off the applier's set; the time moves only when the object changed. */
function settleSelf(managers: Managers, id: string, last: ManagerEntry | undefined, now: string | undefined): void {
  const entry = managers.get(id);
  if (entry === undefined) return;
  const set = difference(entry.set, UNOWNED);
  if (isEmpty(set)) {
    managers.delete(id);
    return;
  }
  const time = now ?? last?.time;
  managers.set(id, { ...entry, set, ...(time ? { time } : {}) });
}

function withMetadata(object: JsonObject, live: JsonObject): JsonObject {
  const { metadata } = object;
  if (metadata === undefined || metadata === live["metadata"]) return object;
  return { ...object, metadata: dropNulls(metadata, live["metadata"]) };
}

/** Without the nulls that `known` does not have; what both share is not looked at. */
function dropNulls(value: JsonValue, known: JsonValue | undefined): JsonValue {
  if (value === known || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const shared = new Set(Array.isArray(known) ? known : []);
    return value.map((item) => (shared.has(item) ? item : dropNulls(item, undefined)));
  }
  const before = typeof known === "object" && known !== null && !Array.isArray(known) ? known : undefined;
  const out: JsonObject = {};
  for (const key in value) {
    const child = value[key]!;
    if (child === null && before?.[key] !== null) continue;
    out[key] = dropNulls(child, before?.[key]);
  }
  return out;
}

/**
 * Removes what the applier owned last time and does not name now, unless someone else owns it: an item is removed only when the applier owned the item itself
 * and nobody else owns anything in it.
 */
function prune(schema: ObjectType, merged: JsonObject, managers: Managers, last: FieldSet): JsonObject {
  const ensure = (set: FieldSet): FieldSet => ensureNamedFieldsAreMembers(schema, set);
  const remove = (set: FieldSet): JsonObject => (removeItems(schema, merged, set) ?? {}) as JsonObject;
  const mergedSet = ensure(toFieldSet(schema, merged));
  let pruned = remove(ensure(last));
  if (pruned === merged) return merged;
  // Back in comes what any manager owns, the applier's new configuration included.
  let managed: FieldSet = {};
  for (const entry of managers.values()) managed = union(managed, entry.set);
  pruned = remove(difference(mergedSet, union(ensure(toFieldSet(schema, pruned)), ensure(managed))));
  // And what nobody owns, but the applier did not own either.
  return remove(intersection(difference(mergedSet, ensure(toFieldSet(schema, pruned))), ensure(last)));
}

/** kubectl's upgrade path: conflicts on fields that its last client-side apply set, and that are still so, are its own. */
function takeOverClientSide(options: ApplyOptions, conflicts: readonly ApplyConflict[]): ApplyResult {
  const allowed = lastAppliedFields(options);
  if (allowed === undefined) return { object: undefined, changed: false, conflicts };
  const paths = new Set(allowed);
  const rest = conflicts.filter((conflict) => !paths.has(conflict.field));
  if (rest.length > 0) return { object: undefined, changed: false, conflicts: rest };
  return applyOnce(options, true);
}

function lastAppliedFields({ live, schema, apiVersion }: ApplyOptions): string[] | undefined {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  if (live === undefined || !text) return undefined;
  const lastApplied = parseObject(text);
  if (lastApplied === undefined || lastApplied["apiVersion"] !== apiVersion || checkTyped(schema, lastApplied).length > 0) return undefined;
  const comparison = compareTyped(schema, lastApplied, live as JsonValue);
  let set = toFieldSet(schema, lastApplied);
  for (const changed of [comparison.modified, comparison.added, comparison.removed]) set = difference(set, changed);
  return pathsOf(set).map(pathText);
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // An annotation that is no JSON allows nothing, as upstream.
    return undefined;
  }
}

function syncLastApplied(object: KubeObject, config: KubeObject): KubeObject {
  if (!object.metadata.annotations?.[LAST_APPLIED]) return object;
  const { [LAST_APPLIED]: _, ...annotations } = config.metadata.annotations ?? {};
  const { annotations: __, ...metadata } = config.metadata;
  const plain = { ...config, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) } };
  const value = `${goJson(sortKeys(plain as unknown as JsonValue))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [LAST_APPLIED]: value } } };
}

function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields(object: JsonObject, managedFields: ManagedFieldsEntry[] | undefined): KubeObject {
  const whole = object as unknown as KubeObject;
  return managedFields === undefined ? whole : { ...whole, metadata: { ...whole.metadata, managedFields } };
}

/** The 409 with one cause for each field. */
export function applyConflict(conflicts: readonly ApplyConflict[]): ApiError {
  return new ApiError(409, "Conflict", conflictMessage(conflicts), {
    causes: conflicts.map((conflict) => ({ reason: "FieldManagerConflict", message: conflict.message, field: conflict.field })),
  });
}

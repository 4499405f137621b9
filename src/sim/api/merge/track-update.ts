/** `managedFields` after a create, update or patch (anything but apply): the writer owns what it changed, everyone else loses it. */
import type { JsonValue, KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import type { ObjectType } from "../../../objects/schema/type-schema.ts";
import { difference, EMPTY, fieldSet, isEmpty, recursiveDifference, union, type FieldSet } from "./field-set.ts";
import { capUpdateManagers, decodeManagers, encodeManagers, managerId, type ManagerEntry, type Managers } from "./managed-fields.ts";
import { updateManagers } from "./update-managers.ts";
import { zeroObject } from "./zero-object.ts";

export interface TrackOptions {
  schema: ObjectType;
  /** The stored object; undefined for a create. */
  previous: KubeObject | undefined;
  /** The object to store, defaulted, sharing with `previous` what did not change. */
  next: KubeObject;
  /** The field manager's name; empty means `unknown`. */
  manager: string;
  /** Of the request: `apps/v1`. */
  apiVersion: string;
  /** `status`, `scale`, …; empty for the object itself. */
  subresource?: string;
  /** RFC 3339, to the second. */
  now: string;
  /** What this endpoint resets, and so never gives to anyone: `fieldSet(["f:status"])`. */
  resetFields?: FieldSet;
}

/** Never owned by anyone (apimachinery's stripmeta). */
export const UNOWNED: FieldSet = fieldSet(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"].map((name) => ["f:metadata", `f:${name}`]),
);

const SELF = "current-operation";

/** The new `metadata.managedFields`, or undefined for none. `next` is not changed. When nothing changed, the very entries of before come back. */
export function trackUpdate(options: TrackOptions): ManagedFieldsEntry[] | undefined {
  const { previous, next } = options;
  const before = previous?.metadata.managedFields;
  const managers = startingManagers(options);
  if (managers === undefined) return undefined;
  // Objects that lost their managers stay without: only a create (or an apply) starts tracking.
  if (managers.size === 0 && previous !== undefined) return undefined;
  const changed = trackChange(managers, options.schema, previous ?? zeroObject(options.schema), next, options);
  if (!changed && managersAreThoseOf(managers, before)) return before;
  capUpdateManagers(managers);
  return encodeManagers(managers);
}

/** The managers to start from: those the writer sent (it may edit them), else the stored ones. Undefined when the writer reset them. */
function startingManagers({ previous, next, subresource }: TrackOptions): Managers | undefined {
  const stored = previous?.metadata.managedFields;
  const sent = next.metadata.managedFields;
  if (!subresource && sent !== undefined && sent !== stored) {
    const isReset = sent.length === 0 || (sent.length === 1 && Object.keys(sent[0]!).length === 0);
    if (isReset) return previous === undefined ? new Map() : undefined;
    const decoded = decodeManagers(sent);
    if (decoded !== undefined && decoded.size > 0) return decoded;
  }
  return decodeManagers(stored) ?? new Map();
}

function managersAreThoseOf(managers: Managers, entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (managers.size !== (entries?.length ?? 0)) return false;
  let index = 0;
  for (const entry of managers.values()) if (entry.stored !== entries![index++] || entry.set !== (entry.stored?.fieldsV1 ?? EMPTY)) return false;
  return true;
}

/** Gives the writer what differs between the two objects; returns whether it got anything. Shared with apply, for objects nobody tracked before. */
export function trackChange(
  managers: Managers,
  schema: ObjectType,
  before: JsonValue | KubeObject,
  after: JsonValue | KubeObject,
  writer: { manager: string; apiVersion: string; subresource?: string; now: string; resetFields?: FieldSet },
): boolean {
  const { comparison } = updateManagers({
    schema,
    before: before as JsonValue,
    after: after as JsonValue,
    managers,
    self: SELF,
    force: true,
    ...(writer.resetFields ? { resetFields: writer.resetFields } : {}),
  });
  let set = union(comparison.modified, comparison.added);
  if (writer.resetFields) set = recursiveDifference(set, writer.resetFields);
  set = difference(set, UNOWNED);
  if (isEmpty(set)) return false;
  const entry: ManagerEntry = {
    manager: writer.manager || "unknown",
    operation: "Update",
    apiVersion: writer.apiVersion,
    subresource: writer.subresource ?? "",
    // Upstream translates the entries of `scale` to those of the object, and their time gets lost on the way.
    ...(writer.subresource === "scale" ? {} : { time: writer.now }),
    set,
  };
  const id = managerId(entry);
  const mine = managers.get(id);
  managers.set(id, mine === undefined ? entry : { ...entry, set: union(set, mine.set), ...(mine.stored ? { stored: mine.stored } : {}) });
  return true;
}

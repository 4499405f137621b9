/** The list in `metadata.managedFields`: who owns what. Entries are keyed by manager, operation, version and subresource; a set is never changed in place. */
import type { JsonObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import { shared, union, type FieldSet } from "./field-set.ts";

export interface ManagerEntry {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  subresource: string;
  /** RFC 3339, to the second. */
  time?: string;
  set: FieldSet;
  /** The stored entry while the set is still the stored one: written back as it is. */
  stored?: ManagedFieldsEntry;
}

export type Managers = Map<string, ManagerEntry>;

/** Above this many Update entries the oldest are merged (apimachinery's DefaultMaxUpdateManagers). */
export const MAX_UPDATE_MANAGERS = 10;
const OLD_UPDATES_MANAGER = "ancient-changes";

/** Ids by what they are made of: a cluster has few writers, and asks for their ids at every write. */
const ids = new Map<string, string>();
const ID_COUNT_MAX = 10_000;

/** Apply entries keep one entry over versions; Update entries have one for each. The text is what upstream sorts and prints by. */
export function managerId(entry: { manager: string; operation: string; apiVersion: string; subresource: string }): string {
  const { manager, operation, apiVersion, subresource } = entry;
  const parts = `${operation}\u0000${apiVersion}\u0000${subresource}\u0000${manager}`;
  let id = ids.get(parts);
  if (id === undefined) {
    id = JSON.stringify({
      ...(manager ? { manager } : {}),
      operation,
      ...(operation === "Apply" ? {} : { apiVersion }),
      ...(subresource ? { subresource } : {}),
    });
    if (ids.size >= ID_COUNT_MAX) ids.clear();
    ids.set(parts, id);
  }
  return id;
}

/** Undefined when the entries are not valid: the caller then uses the stored ones. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    if (entry.operation !== "Apply" && entry.operation !== "Update") return undefined;
    if (!entry.apiVersion || (entry.fieldsType !== undefined && entry.fieldsType !== "FieldsV1")) return undefined;
    const { manager = "", operation, apiVersion, subresource = "", time } = entry;
    const set = (entry.fieldsV1 ?? {}) as FieldSet;
    const decoded: ManagerEntry = time ? { manager, operation, apiVersion, subresource, time, set, stored: entry } : { manager, operation, apiVersion, subresource, set, stored: entry };
    managers.set(managerId(decoded), decoded);
  }
  return managers;
}

/** What `metadata.managedFields` gets: sorted by operation, time, manager, version, subresource. Undefined when nobody owns anything. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(compareEntries).map((entry) => {
    const { stored } = entry;
    if (stored !== undefined && stored.fieldsV1 === (entry.set as JsonObject) && stored.time === entry.time && stored.apiVersion === entry.apiVersion) return stored;
    const fieldsV1 = shared(entry.set) as JsonObject;
    const encoded: ManagedFieldsEntry = entry.manager
      ? { manager: entry.manager, operation: entry.operation, apiVersion: entry.apiVersion }
      : { operation: entry.operation, apiVersion: entry.apiVersion };
    if (entry.time) encoded.time = entry.time;
    encoded.fieldsType = "FieldsV1";
    encoded.fieldsV1 = fieldsV1;
    if (entry.subresource) encoded.subresource = entry.subresource;
    return encoded;
  });
}

function compareEntries(left: ManagerEntry, right: ManagerEntry): number {
  return (
    order(left.operation, right.operation) ||
    order(left.time ?? "", right.time ?? "") ||
    order(left.manager, right.manager) ||
    order(left.apiVersion, right.apiVersion) ||
    order(left.subresource, right.subresource)
  );
}

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Merges the oldest Update entries into one per version until at most `MAX_UPDATE_MANAGERS` are left. */
export function capUpdateManagers(managers: Managers): void {
  if (managers.size <= MAX_UPDATE_MANAGERS) return;
  const updaters = [...managers].filter(([, entry]) => entry.operation === "Update");
  let count = updaters.length;
  if (count <= MAX_UPDATE_MANAGERS) return;
  updaters.sort(([leftId, left], [rightId, right]) => order(left.time ?? "", right.time ?? "") || order(leftId, rightId));
  const firstOfVersion = new Map<string, string>();
  for (const [id, entry] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) return;
    const first = firstOfVersion.get(entry.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(entry.apiVersion, id);
      continue;
    }
    const { apiVersion } = entry;
    const bucket: ManagerEntry = { manager: OLD_UPDATES_MANAGER, operation: "Update", apiVersion, subresource: "", set: entry.set };
    const bucketId = managerId(bucket);
    const into = managers.get(bucketId) ?? managers.get(first)!;
    if (!managers.has(bucketId)) managers.delete(first);
    managers.delete(id);
    managers.set(bucketId, { ...bucket, set: union(entry.set, into.set), ...(entry.time ? { time: entry.time } : {}) });
    count--;
  }
}

/** The step that updates and applies share: who loses what when an object changes (structured-merge-diff, merge/update.go). */
import type { TypeSchema } from "../../../objects/schema/type-schema.ts";
import type { Value } from "./typed-value.ts";
import { compareTyped, type Comparison } from "./compare-typed.ts";
import { difference, intersection, isEmpty, pathsOf, pathText, recursiveDifference, union, type FieldSet } from "./field-set.ts";
import type { ManagerEntry, Managers } from "./managed-fields.ts";

export interface ApplyConflict {
  manager: string;
  /** `conflict with "kubectl" using apps/v1`: the cause's message. */
  message: string;
  /** `.spec.replicas`. */
  field: string;
}

export type UpdateResult = { conflicts: readonly ApplyConflict[]; comparison: Comparison };

export interface UpdateOptions {
  schema: TypeSchema;
  before: Value;
  after: Value;
  managers: Managers;
  /** The id of the manager who writes: it does not lose anything to itself. */
  self: string;
  force: boolean;
  resetFields?: FieldSet;
}

/** Changes `managers` in place (a working copy of the caller); entries that own nothing any more go. With conflicts nothing is changed. */
export function updateManagers(options: UpdateOptions): UpdateResult {
  const { managers, self, resetFields } = options;
  const comparison = withoutFields(compareTyped(options.schema, options.before, options.after), resetFields);
  const changed = union(comparison.modified, comparison.added);
  const conflicting = new Map<string, FieldSet>();
  for (const [id, entry] of managers) {
    if (id === self) continue;
    const both = intersection(entry.set, changed);
    if (!isEmpty(both)) conflicting.set(id, both);
  }
  if (!options.force && conflicting.size > 0) return { conflicts: conflictsOf(managers, conflicting), comparison };
  for (const [id, entry] of managers) {
    if (id === self) continue;
    const taken = conflicting.get(id);
    let set = taken === undefined ? entry.set : difference(entry.set, taken);
    set = difference(set, comparison.removed);
    if (set !== entry.set) managers.set(id, { ...entry, set });
  }
  for (const [id, entry] of managers) if (isEmpty(entry.set)) managers.delete(id);
  return { conflicts: [], comparison };
}

function withoutFields(comparison: Comparison, fields: FieldSet | undefined): Comparison {
  if (fields === undefined || isEmpty(fields)) return comparison;
  return {
    added: recursiveDifference(comparison.added, fields),
    modified: recursiveDifference(comparison.modified, fields),
    removed: recursiveDifference(comparison.removed, fields),
  };
}

function conflictsOf(managers: Managers, conflicting: ReadonlyMap<string, FieldSet>): ApplyConflict[] {
  const conflicts: ApplyConflict[] = [];
  for (const id of [...conflicting.keys()].sort()) {
    const entry = managers.get(id)!;
    for (const path of pathsOf(conflicting.get(id)!)) {
      conflicts.push({ manager: entry.manager, message: `conflict with ${printed(entry)}`, field: pathText(path) });
    }
  }
  return conflicts;
}

function printed(entry: ManagerEntry): string {
  const name = JSON.stringify(entry.manager);
  const where = entry.subresource ? `${name} with subresource ${JSON.stringify(entry.subresource)}` : name;
  return entry.operation === "Update" ? `${where} using ${entry.apiVersion}` : where;
}

/** `Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas`, or the list by manager. */
export function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  if (conflicts.length === 1) return `Apply failed with 1 conflict: ${conflicts[0]!.message}: ${conflicts[0]!.field}`;
  const lines: string[] = [];
  let last = "";
  for (const conflict of conflicts) {
    const who = conflict.message.replace(/^conflict /, "conflicts ");
    if (who !== last) lines.push(`${who}:`);
    last = who;
    lines.push(`- ${conflict.field}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

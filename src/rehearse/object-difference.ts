/** What a changed file changes in the cluster: objects that come, change and go. Compares what is asked for, not what runs. */
import { equalJson } from "../lib/json.ts";
import type { KubeObject } from "../objects/kube-object.ts";

/** What names an object, whatever is in it. */
export type ObjectName = Pick<KubeObject, "apiVersion" | "kind"> & { metadata: { namespace?: string; name: string } };

export interface ChangedObject {
  object: KubeObject;
  /** Fields that differ: `spec.replicas`, `spec.template.spec.containers[0].image`. */
  fields: readonly FieldChange[];
}

export interface FieldChange {
  path: string;
  /** Undefined: not there. */
  before: unknown;
  after: unknown;
}

export interface ObjectDifference {
  added: readonly KubeObject[];
  changed: readonly ChangedObject[];
  removed: readonly ObjectName[];
}

export function objectKey({ apiVersion, kind, metadata }: ObjectName): string {
  return `${apiVersion}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

export function compareObjects(before: readonly KubeObject[], after: readonly KubeObject[]): ObjectDifference {
  const old = new Map(before.map((object) => [objectKey(object), object]));
  const next = new Map(after.map((object) => [objectKey(object), object]));
  const changed: ChangedObject[] = [];
  for (const [key, object] of next) {
    const previous = old.get(key);
    if (previous === undefined || equalJson(previous, object)) continue;
    changed.push({ object, fields: fieldChanges(previous, object, "") });
  }
  return { added: after.filter((object) => !old.has(objectKey(object))), changed, removed: before.filter((object) => !next.has(objectKey(object))) };
}

function fieldChanges(before: unknown, after: unknown, path: string): FieldChange[] {
  if (equalJson(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) return before.flatMap((item, index) => fieldChanges(item, after[index], `${path}[${index}]`));
  if (!isMap(before) || !isMap(after)) return [{ path, before, after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((key) => fieldChanges(before[key], after[key], joined(path, key)));
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A key with dots in it (a label, a file name) is set apart. */
function joined(path: string, key: string): string {
  if (/[^\w-]/.test(key)) return `${path}["${key}"]`;
  return path === "" ? key : `${path}.${key}`;
}

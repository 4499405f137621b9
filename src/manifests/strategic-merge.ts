/**
 * Strategic merge patch for the built-in kinds: lists of objects that have a merge key are merged by it, other lists are replaced.
 * Directives: `$patch: delete | replace | merge`, `$deleteFromPrimitiveList/FIELD`, `$retainKeys`; `$setElementOrder` is accepted and has no effect on content.
 */
import type { JsonObject, JsonValue } from "../objects/kube-object.ts";
import { isJsonObject } from "./merge-patch.ts";

/** Field name → merge key. The few names that mean different things in different kinds are in `EXCEPTIONS`. Source: `x-kubernetes-patch-merge-key` of the OpenAPI of 1.36. */
const MERGE_KEYS: Record<string, string> = {
  containers: "name", initContainers: "name", ephemeralContainers: "name", env: "name", volumes: "name", volumeMounts: "mountPath", volumeDevices: "devicePath",
  imagePullSecrets: "name", secrets: "name", hostAliases: "ip", topologySpreadConstraints: "topologyKey", resourceClaims: "name", schedulingGates: "name",
  conditions: "type", ownerReferences: "uid", webhooks: "name", ports: "containerPort", podIPs: "ip", hostIPs: "ip", addresses: "type",
};

/** Lists that have one of the names above and another key, by `KIND.path.of.fields`; undefined: replaced as a whole. */
const EXCEPTIONS: Record<string, string | undefined> = {
  "Service.spec.ports": "port",
  "ServiceAccount.imagePullSecrets": undefined,
  "NetworkPolicy.spec.ingress.ports": undefined,
  "NetworkPolicy.spec.egress.ports": undefined,
  "Endpoints.subsets.ports": undefined,
  "EndpointSlice.ports": undefined,
  "HorizontalPodAutoscaler.status.conditions": "type",
};

/** Lists of plain values that merge as sets. */
const PRIMITIVE_SETS = new Set(["finalizers"]);

/** Keys that speak about the merge and never reach the object. */
const DIRECTIVES = ["$patch", "$retainKeys"];

export class StrategicMergeFailed extends Error {
  override name = "StrategicMergeFailed";
}

/** The patched object; `target` is not changed. Throws `StrategicMergeFailed` for a directive that makes no sense. */
export function strategicMerge(target: JsonObject, patch: JsonObject, kind: string): JsonObject {
  return mergeObject(target, patch, kind) ?? {};
}

function mergeObject(target: JsonObject | undefined, patch: JsonObject, path: string): JsonObject | undefined {
  const directive = patch.$patch;
  if (directive === "delete") return undefined;
  if (directive === "replace") return stripDirectives(patch) as JsonObject;
  if (directive !== undefined && directive !== "merge") throw new StrategicMergeFailed(`${path}: unknown $patch ${JSON.stringify(directive)}, expected delete, replace or merge`);
  const result: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (DIRECTIVES.includes(key) || key.startsWith("$setElementOrder/")) continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const field = key.slice("$deleteFromPrimitiveList/".length);
      const gone = Array.isArray(value) ? value : [];
      const list = result[field];
      if (Array.isArray(list)) result[field] = list.filter((item) => !gone.includes(item));
      continue;
    }
    if (value === null) {
      delete result[key];
      continue;
    }
    const here = `${path}.${key}`;
    const current = result[key];
    if (isJsonObject(value)) {
      const merged = mergeObject(isJsonObject(current) ? current : undefined, value, here);
      if (merged === undefined) delete result[key];
      else result[key] = merged;
    } else if (Array.isArray(value)) result[key] = mergeList(Array.isArray(current) ? current : [], value, here, key);
    else result[key] = value;
  }
  const retain = patch.$retainKeys;
  if (Array.isArray(retain)) {
    for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  }
  return result;
}

function mergeKeyOf(path: string, field: string): string | undefined {
  return path in EXCEPTIONS ? EXCEPTIONS[path] : MERGE_KEYS[field];
}

function mergeList(current: JsonValue[], patch: JsonValue[], path: string, field: string): JsonValue[] {
  if (PRIMITIVE_SETS.has(field)) return [...current, ...patch.filter((item) => !current.includes(item))];
  const replace = patch.some((item) => isJsonObject(item) && item.$patch === "replace");
  if (replace) return patch.filter((item) => !(isJsonObject(item) && item.$patch === "replace")).map(stripDirectives);
  const mergeKey = mergeKeyOf(path, field);
  if (mergeKey === undefined) return patch.map(stripDirectives);
  const result = [...current];
  for (const item of patch) {
    if (!isJsonObject(item)) throw new StrategicMergeFailed(`${path}: an element is not an object; this list merges by ${mergeKey}`);
    const wanted = item[mergeKey];
    if (wanted === undefined) throw new StrategicMergeFailed(`${path}: an element lacks its merge key ${mergeKey}`);
    const index = result.findIndex((old) => isJsonObject(old) && old[mergeKey] === wanted);
    const old = index < 0 ? undefined : result[index];
    const merged = mergeObject(isJsonObject(old) ? old : undefined, item, path);
    if (merged === undefined) {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(merged);
    else result[index] = merged;
  }
  return result;
}

function stripDirectives(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(stripDirectives);
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, field] of Object.entries(value)) if (!key.startsWith("$")) copy[key] = field === null ? null : stripDirectives(field);
  return copy;
}

/** A JSON patch made by a policy or a webhook, with the words of upstream's library for what does not apply. */
import type { JsonObject, JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import { jsonPatch } from "../merge/json-patch.ts";

/** One operation after the other, to name the one that does not apply. Undefined when a test fails. */
export function applyJsonPatch(object: KubeObject, operations: JsonValue): KubeObject | string | undefined {
  let patched = object;
  for (const operation of operations as JsonObject[]) {
    try {
      patched = jsonPatch(patched, [operation]);
    } catch {
      if (operation.op === "test") return undefined;
      const path = String(operation.path);
      const missing = path.lastIndexOf("/") > 0 ? "path" : "key";
      if (operation.op === "remove" && missing === "key") return `remove operation does not apply: doc is missing path: "${path}": missing value`;
      return `${operation.op} operation does not apply: doc is missing ${missing}: ${operation.op === "replace" ? path : `"${path}"`}: missing value`;
    }
  }
  return patched;
}

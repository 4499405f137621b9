/** The short hash in generated names: FNV-1a over the template and the collision count, safe-encoded. Its own, yet stable: no client computes upstream's. */
import { fnv32, fnv32a } from "../../lib/fnv32.ts";
import { stableJson } from "../../lib/json.ts";
import { safeEncode } from "../../lib/safe-encode.ts";

export function templateHash(value: unknown, collisionCount?: number): string {
  return safeEncode(String(fnv32a(stableJson(value) + (collisionCount === undefined ? "" : `/${collisionCount}`))));
}

/** How Go's encoding/json writes text that may end up in HTML. */
function goJson(value: unknown): string {
  return stableJson(value).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The hash of a StatefulSet's revision, equal to upstream's (`HashControllerRevision`: FNV-1 over the revision's JSON and the collision count). */
export function revisionHash(data: unknown, collisionCount: number | undefined): string {
  return safeEncode(String(fnv32(goJson(data) + (collisionCount === undefined ? "" : String(collisionCount)))));
}

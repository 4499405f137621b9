/** The short hash in generated names: FNV-1a over the template and the collision count, safe-encoded. Its own, yet stable: no client computes upstream's. */
import { fnv32a } from "../../lib/fnv32.ts";
import { stableJson } from "../../lib/json.ts";
import { safeEncode } from "../../lib/safe-encode.ts";

export function templateHash(value: unknown, collisionCount?: number): string {
  return safeEncode(String(fnv32a(stableJson(value) + (collisionCount === undefined ? "" : `/${collisionCount}`))));
}

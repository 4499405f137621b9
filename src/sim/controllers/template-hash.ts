/** The short hash in generated names: FNV-1a over the template and the collision count, safe-encoded. Its own, yet stable: no client computes upstream's. */
import { fnv32a } from "../../lib/fnv32.ts";
import { safeEncode } from "../../lib/safe-encode.ts";

function stable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stable);
  if (value === null || typeof value !== "object") return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) sorted[key] = stable((value as Record<string, unknown>)[key]);
  return sorted;
}

export function templateHash(value: unknown, collisionCount?: number): string {
  const text = JSON.stringify(stable(value)) + (collisionCount === undefined ? "" : `/${collisionCount}`);
  return safeEncode(String(fnv32a(text)));
}

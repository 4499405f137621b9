/** FNV, 32 bits, over UTF-8 bytes: the short hashes behind Kubernetes' generated names (Go `hash/fnv` New32 and New32a). */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a. */
export function fnv32a(text: string | Uint8Array): number {
  let hash = OFFSET;
  for (const byte of typeof text === "string" ? Buffer.from(text, "utf8") : text) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}

/** FNV-1. */
export function fnv32(text: string): number {
  let hash = OFFSET;
  for (const byte of Buffer.from(text, "utf8")) hash = Math.imul(hash, PRIME) ^ byte;
  return hash >>> 0;
}

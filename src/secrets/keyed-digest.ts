/**
 * What a plan's hash covers of a secret: a digest that shows that the value changed and nothing else. It is keyed, because a plain hash of a
 * short password can be found by trying; and the key is a secret of the same file, so that everybody who may read the secrets, and nobody
 * else, computes the same plan hash, also after the file's data key was made anew (`sops rotate`).
 */
import { createHmac } from "node:crypto";
import { assert } from "../lib/assert.ts";
import type { OpenSecrets } from "./open-secrets.ts";
import type { Chance } from "./sealed-document.ts";

export const DIGEST_KEY_NAME = "kubernest-digest-key";
const KEY_BYTES = 32;

/** Makes the key on first need. True when the file has to be saved. */
export function ensureDigestKey(secrets: OpenSecrets, chance: Chance): boolean {
  if (secrets.has(DIGEST_KEY_NAME)) return false;
  secrets.ensure(DIGEST_KEY_NAME, () => Buffer.from(chance.randomBytes(KEY_BYTES)).toString("base64url"));
  return true;
}

/** 64 hexadecimal digits over name and value; undefined when there is no such secret. */
export function secretDigest(secrets: OpenSecrets, name: string): string | undefined {
  const key = secrets.get(DIGEST_KEY_NAME);
  assert(key !== undefined, "ensureDigestKey comes first");
  const value = secrets.get(name);
  return value === undefined ? undefined : createHmac("sha256", key).update(`${name}\0${value}`, "utf8").digest("hex");
}

/** How a diff speaks of it. */
export function secretInDiff(name: string, before: string | undefined, after: string | undefined): string {
  const state = before === after ? "unchanged" : before === undefined ? "new" : after === undefined ? "removed" : "changed";
  return `‹secret: ${name}, ${state}›`;
}

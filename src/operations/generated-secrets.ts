/** Secrets that nobody chooses: made once, when they are first needed, and kept in the secrets file, because a cluster cannot be restored without them. */
import type { Homelab } from "../config/homelab.ts";
import { ENCRYPTION_KEY_SECRET, K3S_TOKEN_SECRET } from "../steps/made-secrets.ts";
import { assert } from "../lib/assert.ts";

export interface GeneratedSecret {
  /** Its name in the secrets file; never changes. */
  readonly name: string;
  make(): string;
}

export interface SecretAccess {
  get(name: string): string | undefined;
  /** A keyed digest of its value, 64 hexadecimal digits; undefined when it has none. */
  digest(name: string): string | undefined;
  /** Makes the key for digests where the file has none, as one that sops made. Where it cannot be kept, that is told, and there are no digests. */
  ensureDigests(): Promise<void>;
  /** Makes those that are missing and saves them before anything rests on them. False, with the reason told, when they cannot be kept. */
  ensure(wanted: readonly GeneratedSecret[]): Promise<boolean>;
}

/** 32 bytes each: what secretbox wants, and more than anybody guesses. */
export function generatedSecrets(homelab: Homelab, randomHex: (bytes: number) => string): GeneratedSecret[] {
  const { distribution, secretsEncryption } = homelab.kubernetes;
  if (distribution === "k3s") return [{ name: K3S_TOKEN_SECRET, make: () => randomHex(32) }];
  if (!secretsEncryption) return [];
  return [
    {
      name: ENCRYPTION_KEY_SECRET,
      make: () => {
        const key = Buffer.from(randomHex(32), "hex");
        assert(key.length === 32, "secretbox takes keys of 32 bytes");
        return key.toString("base64");
      },
    },
  ];
}

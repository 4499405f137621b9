/** The files of the real sops, and the keys that they are made for. The keys are published with these tests: they protect nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAgeIdentities } from "../../src/secrets/identities.ts";
import { parseOpenSshSeed } from "../../src/secrets/openssh-private-key.ts";
import { SshEd25519Identity } from "../../src/secrets/ssh-ed25519.ts";

export const KEYS = join(import.meta.dirname, "keys");
export const AGE_KEY_FILE = join(KEYS, "test-only.age.txt");
export const SSH_KEY_FILE = join(KEYS, "test-only-ed25519");

export const ageIdentities = parseAgeIdentities(readFileSync(AGE_KEY_FILE, "utf8"), AGE_KEY_FILE);
export const sshIdentity = new SshEd25519Identity(parseOpenSshSeed(readFileSync(SSH_KEY_FILE, "utf8"), SSH_KEY_FILE)!);
export const AGE_RECIPIENT = /public key: (age1\S+)/.exec(readFileSync(AGE_KEY_FILE, "utf8"))![1]!;
export const SSH_RECIPIENT = sshIdentity.recipient;

export function golden(name: string): string {
  return readFileSync(join(import.meta.dirname, "golden", name), "utf8");
}

/** The data key of a file: wrapped for each recipient as an armored age file, and unwrapped with the identities that were found. */
import { armor, Decrypter, Encrypter, type Identity, type Recipient } from "age-encryption";
import { DATA_KEY_BYTES } from "./ciphertext.ts";
import type { AgeKey } from "./metadata.ts";
import { SecretsFailed } from "./secrets-failed.ts";
import { parseSshPublicKey, SshEd25519Recipient } from "./ssh-ed25519.ts";

const RECIPIENT_HINT = "A recipient is an age public key (age1…) or an ssh-ed25519 public key (ssh-ed25519 AAAA…).";

/** Throws `SecretsFailed` when it is none that can be encrypted for here. Comments of SSH keys are dropped. */
export function normalRecipient(text: string): string {
  const recipient = text.trim();
  recipientOf(recipient);
  return recipient.startsWith("ssh-") ? recipient.split(/\s+/).slice(0, 2).join(" ") : recipient;
}

function recipientOf(text: string): string | Recipient {
  if (text.startsWith("ssh-ed25519 ")) return new SshEd25519Recipient(parseSshPublicKey(text));
  if (text.startsWith("AGE-SECRET-KEY-")) throw new SecretsFailed("key-invalid", "a private key was given where a public one is meant", `Keep it out of the file. ${RECIPIENT_HINT}`);
  if (text.startsWith("ssh-")) throw new SecretsFailed("unsupported", `SSH keys of type ${text.split(" ")[0]} are not encrypted for here`, RECIPIENT_HINT);
  try {
    new Encrypter().addRecipient(text);
  } catch (cause) {
    throw new SecretsFailed("key-invalid", `${text.slice(0, 80)} is no recipient`, RECIPIENT_HINT, { cause });
  }
  return text;
}

export async function wrapDataKey(dataKey: Uint8Array, recipients: readonly string[]): Promise<AgeKey[]> {
  const wrapped: AgeKey[] = [];
  for (const recipient of recipients) {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipientOf(recipient));
    wrapped.push({ recipient, enc: `${armor.encode(await encrypter.encrypt(dataKey)).trimEnd()}\n` });
  }
  return wrapped;
}

/** Undefined when none of the identities opens any of the keys. */
export async function unwrapDataKey(keys: readonly AgeKey[], identities: readonly (string | Identity)[]): Promise<Buffer | undefined> {
  if (identities.length === 0) return undefined;
  for (const { enc } of keys) {
    const decrypter = new Decrypter();
    for (const identity of identities) decrypter.addIdentity(identity);
    try {
      const dataKey = await decrypter.decrypt(armor.decode(enc));
      if (dataKey.length === DATA_KEY_BYTES) return Buffer.from(dataKey);
    } catch {
      // Not for us, or damaged: another key may open. The caller names all places where identities were looked for.
      continue;
    }
  }
  return undefined;
}

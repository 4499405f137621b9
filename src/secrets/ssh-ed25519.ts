/**
 * ssh-ed25519 keys as age recipients and identities, as age's own `agessh` has them: the SSH key is turned into an X25519 key, tweaked with
 * the hash of the SSH public key, and wraps the file key.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { type Identity, type Recipient, Stanza } from "age-encryption";
import { SecretsFailed } from "./secrets-failed.ts";

const KEY_TYPE = "ssh-ed25519";
const LABEL = Buffer.from("age-encryption.org/v1/ssh-ed25519");
const CIPHER = "chacha20-poly1305";
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** Each wrapping key is used once, so that the nonce may be fixed. */
const NONCE = Buffer.alloc(12);
const NOTHING = Buffer.alloc(0);

/** The wire form of an SSH public key: its type and its 32 bytes, each with its length before it. */
export function sshWireForm(publicKey: Uint8Array): Buffer {
  return Buffer.concat([withLength(Buffer.from(KEY_TYPE)), withLength(publicKey)]);
}

function withLength(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The 32 bytes of `ssh-ed25519 AAAA… comment`. */
export function parseSshPublicKey(line: string): Uint8Array {
  const [type, blob = ""] = line.trim().split(/\s+/);
  const bytes = Buffer.from(blob, "base64");
  const key = bytes.subarray(-KEY_BYTES);
  if (type !== KEY_TYPE || !bytes.equals(sshWireForm(key))) throw new SecretsFailed("key-invalid", `${shortened(line)} is no ssh-ed25519 public key`, "Take the line from ~/.ssh/id_ed25519.pub, whole.");
  return key;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

export class SshEd25519Recipient implements Recipient {
  readonly #wire: Buffer;
  readonly #theirs: Uint8Array;

  constructor(publicKey: Uint8Array) {
    this.#wire = sshWireForm(publicKey);
    try {
      this.#theirs = ed25519.utils.toMontgomery(publicKey);
    } catch (cause) {
      throw new SecretsFailed("key-invalid", "an ssh-ed25519 public key that is no point of its curve", "Take the line from ~/.ssh/id_ed25519.pub, whole.", { cause });
    }
  }

  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    const ephemeral = randomBytes(KEY_BYTES);
    const share = x25519.getPublicKey(ephemeral);
    const wrappingKey = wrappingKeyOf(x25519.getSharedSecret(ephemeral, this.#theirs), this.#wire, share, this.#theirs);
    const cipher = createCipheriv(CIPHER, wrappingKey, NONCE, { authTagLength: TAG_BYTES });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new Stanza([KEY_TYPE, fingerprint(this.#wire), unpadded(share)], body)];
  }
}

export class SshEd25519Identity implements Identity {
  readonly #wire: Buffer;
  readonly #secret: Uint8Array;
  readonly #ours: Uint8Array;

  /** `seed`: the private half, 32 bytes. */
  constructor(seed: Uint8Array) {
    this.#wire = sshWireForm(ed25519.getPublicKey(seed));
    this.#secret = createHash("sha512").update(seed).digest().subarray(0, KEY_BYTES);
    this.#ours = x25519.getPublicKey(this.#secret);
  }

  /** As `.pub` files have it, without a comment. */
  get recipient(): string {
    return `${KEY_TYPE} ${this.#wire.toString("base64")}`;
  }

  unwrapFileKey(stanzas: Stanza[]): Uint8Array | null {
    for (const stanza of stanzas) {
      const [type, print, shareText] = stanza.args;
      if (type !== KEY_TYPE || print !== fingerprint(this.#wire) || shareText === undefined) continue;
      const share = Buffer.from(shareText, "base64");
      if (share.length !== KEY_BYTES || stanza.body.length <= TAG_BYTES) continue;
      try {
        const wrappingKey = wrappingKeyOf(x25519.getSharedSecret(this.#secret, share), this.#wire, share, this.#ours);
        const decipher = createDecipheriv(CIPHER, wrappingKey, NONCE, { authTagLength: TAG_BYTES });
        decipher.setAuthTag(stanza.body.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(stanza.body.subarray(0, -TAG_BYTES)), decipher.final()]);
      } catch {
        // The fingerprint is four bytes: another key may have the same. The next stanza may be ours.
        continue;
      }
    }
    return null;
  }
}

function wrappingKeyOf(secret: Uint8Array, wire: Buffer, share: Uint8Array, recipient: Uint8Array): Buffer {
  const tweak = Buffer.from(hkdfSync("sha256", NOTHING, wire, LABEL, KEY_BYTES));
  const tweaked = x25519.getSharedSecret(tweak, secret);
  return Buffer.from(hkdfSync("sha256", tweaked, Buffer.concat([share, recipient]), LABEL, KEY_BYTES));
}

function fingerprint(wire: Buffer): string {
  return unpadded(createHash("sha256").update(wire).digest().subarray(0, 4));
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

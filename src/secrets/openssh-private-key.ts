/** An OpenSSH private key file (`-----BEGIN OPENSSH PRIVATE KEY-----`): its ed25519 seed. What has a passphrase is refused, with the way out. */
import { SecretsFailed } from "./secrets-failed.ts";

const MAGIC = "openssh-key-v1\0";
const SEED_BYTES = 32;

/** `where` names the file in errors. Undefined when it holds a key of another type. */
export function parseOpenSshSeed(text: string, where: string): Uint8Array | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1];
  if (body === undefined) {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return undefined;
    throw new SecretsFailed("key-invalid", `${where} is no OpenSSH private key`, "Name a private key file, not its .pub.");
  }
  const reader = new WireReader(Buffer.from(body.replace(/\s/g, ""), "base64"), where);
  if (reader.take(MAGIC.length).toString("latin1") !== MAGIC) throw reader.broken();
  const cipher = reader.text().toString();
  reader.text(); // the name of the key derivation
  reader.text(); // its options
  if (reader.number() !== 1) throw reader.broken();
  reader.text(); // the public key
  if (cipher !== "none") {
    throw new SecretsFailed("key-invalid", `${where} is protected with a passphrase, and is not asked for here`, "Use an age key (kubernest makes one on first need), or a key of its own without a passphrase: SOPS_AGE_SSH_PRIVATE_KEY_FILE.");
  }
  const inner = new WireReader(reader.text(), where);
  if (inner.number() !== inner.number()) throw reader.broken();
  if (inner.text().toString() !== "ssh-ed25519") return undefined;
  const publicKey = inner.text();
  const both = inner.text();
  if (publicKey.length !== SEED_BYTES || both.length !== 2 * SEED_BYTES || !both.subarray(SEED_BYTES).equals(publicKey)) throw reader.broken();
  return both.subarray(0, SEED_BYTES);
}

class WireReader {
  #at = 0;
  readonly #bytes: Buffer;
  readonly #where: string;
  constructor(bytes: Buffer, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw this.broken();
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(): number {
    return this.take(4).readUInt32BE();
  }

  text(): Buffer {
    return this.take(this.number());
  }

  broken(): SecretsFailed {
    return new SecretsFailed("key-invalid", `${this.#where} is a damaged OpenSSH private key`, `Check it:  ssh-keygen -y -f ${this.#where}`);
  }
}

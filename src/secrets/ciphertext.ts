/**
 * One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`. The path of its key is authenticated with it, so that a value that was
 * changed, or moved to another name, does not open.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { assert } from "../lib/assert.ts";
import { decodedValue, plainValue, type PlainValue } from "./plain-value.ts";

/** SOPS draws 32 bytes, and so do we: it reads other lengths, but writes none. */
export const IV_BYTES = 32;
export const DATA_KEY_BYTES = 32;
/** A shorter tag would be easier to forge, and Node would take it. */
const TAG_BYTES = 16;
const ALGORITHM = "aes-256-gcm";
const FORM = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/]+={0,2}),iv:([A-Za-z0-9+/]+={0,2}),tag:([A-Za-z0-9+/]+={0,2}),type:([a-z]+)\]$/;

export function looksSealed(text: string): boolean {
  return text.startsWith("ENC[AES256_GCM,");
}

/** What is authenticated with a value: the keys from the root, each with a colon after it. Places in a list are not named. */
export function pathData(path: readonly string[]): string {
  return `${path.join(":")}:`;
}

/** An empty text stays empty, as SOPS leaves it. */
export function seal(value: PlainValue, dataKey: Uint8Array, additional: string, iv: Uint8Array): string {
  assert(dataKey.length === DATA_KEY_BYTES && iv.length === IV_BYTES, "a data key and an initialisation vector of 32 bytes");
  if (value.bytes.length === 0) return "";
  const cipher = createCipheriv(ALGORITHM, dataKey, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(additional, "utf8"));
  const data = Buffer.concat([cipher.update(value.bytes), cipher.final()]);
  // SOPS has no way to write "bytes": what was read as such is written as text.
  const type = value.type === "bytes" ? "str" : value.type;
  return `ENC[AES256_GCM,data:${data.toString("base64")},iv:${Buffer.from(iv).toString("base64")},tag:${cipher.getAuthTag().toString("base64")},type:${type}]`;
}

/** Undefined when it does not open: another key, another path, or changed. */
export function unseal(text: string, dataKey: Uint8Array, additional: string): PlainValue | undefined {
  if (text === "") return plainValue("str", "");
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [data, iv, tag] = match.slice(1, 4).map((part) => Buffer.from(part, "base64")) as [Buffer, Buffer, Buffer];
  if (tag.length !== TAG_BYTES || iv.length === 0) return undefined;
  const decipher = createDecipheriv(ALGORITHM, dataKey, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(additional, "utf8"));
  decipher.setAuthTag(tag);
  try {
    return decodedValue(match[4]!, Buffer.concat([decipher.update(data), decipher.final()]));
  } catch {
    // Node says "unable to authenticate data" and nothing more; the caller knows which value it was.
    return undefined;
  }
}

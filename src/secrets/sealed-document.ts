/**
 * A whole SOPS file: encrypted from plain text, opened and verified, written in the clear. The code over all values (`mac`) is what shows
 * that one was removed or put in; it does not cover names of readable values, empty texts and nulls, which is SOPS's format.
 */
import { createHash } from "node:crypto";
import { IV_BYTES, looksSealed, pathData, seal, unseal } from "./ciphertext.ts";
import { applyEdits, type Edit } from "./edits.ts";
import type { EncryptionRule } from "./encryption-rule.ts";
import { layOut, type Layout, type Leaf } from "./layout.ts";
import { type AgeKey, type Metadata, metadataObject, type NewMetadata, parseMetadata, renderMetadataYaml, RESTORE_HINT } from "./metadata.ts";
import { plainValue, type PlainValue } from "./plain-value.ts";
import { SecretsFailed } from "./secrets-failed.ts";
import { writtenCiphertext, writtenValue } from "./written-scalar.ts";

export interface Chance {
  randomBytes(count: number): Uint8Array;
}

export interface OpenDocument {
  readonly layout: Layout;
  readonly metadata: Metadata;
  /** Every value in the clear. Nulls are left out: SOPS neither encrypts nor counts them. */
  readonly values: ReadonlyMap<Leaf, PlainValue>;
}

/** Hashed first where only encrypted values count, so that the two codes of one file never agree: SOPS's constant, `sha256("sops")`. */
const MAC_ONLY_ENCRYPTED_START = createHash("sha256").update("sops").digest();

/** Opens every value and verifies the file. Throws `SecretsFailed`: a value that does not open is named with its keys. */
export function openDocument(text: string, file: string, dataKey: Uint8Array): OpenDocument {
  const opened = openValues(text, file, dataKey);
  const { mac, lastModified } = opened.metadata;
  const expected = unseal(mac, dataKey, lastModified);
  if (expected === undefined) throw new SecretsFailed("tampered", `${file}: sops.mac does not open: it, or sops.lastmodified, was changed without the key`, RESTORE_HINT);
  if (expected.bytes.toString("utf8") !== macOf(opened)) {
    throw new SecretsFailed("tampered", `${file}: a value was removed, added in the clear, or put in another order: the file does not agree with sops.mac`, RESTORE_HINT);
  }
  return opened;
}

/** Values without the verification over all of them, for files that we are changing ourselves. */
export function openValues(text: string, file: string, dataKey: Uint8Array): OpenDocument {
  const layout = layOut(text, file);
  const metadata = parseMetadata(layout.documents[0], file);
  const values = new Map<Leaf, PlainValue>();
  for (const document of layout.documents) {
    for (const leaf of document.leaves) {
      if (leaf.value === null) continue;
      values.set(leaf, metadata.rule.isEncrypted(leaf.path) ? openLeaf(leaf, leaf.value, file, dataKey) : leaf.value);
    }
  }
  return { layout, metadata, values };
}

function openLeaf(leaf: Leaf, written: PlainValue, file: string, dataKey: Uint8Array): PlainValue {
  const sealed = written.type === "str" ? written.bytes.toString("utf8") : undefined;
  if (sealed === "") return written;
  const name = leaf.path.join(":");
  if (sealed === undefined || !looksSealed(sealed)) throw new SecretsFailed("tampered", `${file}: ${name}: this value is not encrypted, and it should be`, `If you wrote it there: take it out, and add it with  kubernest secret set ${leaf.path[0] ?? "NAME"}  or  sops edit ${file}`);
  const value = unseal(sealed, dataKey, pathData(leaf.path));
  if (value === undefined) throw new SecretsFailed("tampered", `${file}: ${name}: this value was changed without the key, or was moved here from another name`, RESTORE_HINT);
  return value;
}

/** Over all values in the order of the file, in capital hexadecimal digits. */
export function macOf({ layout, metadata, values }: OpenDocument): string {
  return macOver(layout, metadata.rule, (leaf) => values.get(leaf));
}

function macOver(layout: Layout, rule: EncryptionRule, valueOf: (leaf: Leaf) => PlainValue | null | undefined): string {
  const hash = createHash("sha512");
  if (rule.macOnlyEncrypted) hash.update(MAC_ONLY_ENCRYPTED_START);
  for (const document of layout.documents) {
    for (const leaf of document.leaves) {
      const value = valueOf(leaf);
      // In a list SOPS keeps a comment as an item; decrypted it is a comment again, and comments do not count.
      if (value === null || value === undefined || value.type === "comment") continue;
      if (!rule.macOnlyEncrypted || rule.isEncrypted(leaf.path)) hash.update(value.bytes);
    }
  }
  return hash.digest("hex").toUpperCase();
}

export interface EncryptRequest {
  readonly text: string;
  readonly file: string;
  readonly rule: EncryptionRule;
  readonly dataKey: Uint8Array;
  readonly age: readonly AgeKey[];
  /** RFC 3339, whole seconds. */
  readonly lastModified: string;
}

/** The file of a plain text: values and comments encrypted where they stand, the sops block at the end of each document. */
export function encryptDocument(request: EncryptRequest, chance: Chance): string {
  const { text, file, rule, dataKey } = request;
  const layout = layOut(text, file);
  if (layout.documents.some((document) => document.metadata !== undefined)) throw new SecretsFailed("unreadable", `${file}: it has a sops block, so it is encrypted already`, "A key named sops is kept for SOPS itself.");
  const sealIn = (value: PlainValue, path: readonly string[]): string => seal(value, dataKey, pathData(path), chance.randomBytes(IV_BYTES));
  const mac = seal(plainValue("str", macOver(layout, rule, (leaf) => leaf.value)), dataKey, request.lastModified, chance.randomBytes(IV_BYTES));
  const edits: Edit[] = [];
  for (const document of layout.documents) {
    for (const { value, path, span, inFlow } of document.leaves) {
      if (value === null || !rule.isEncrypted(path)) continue;
      edits.push({ span, text: writtenCiphertext(sealIn(value, path), inFlow ? "flow" : "block") + lineEndOf(text, span) });
    }
    for (const { text: comment, path, span } of document.comments) {
      if (rule.isEncrypted(path) && comment !== "") edits.push({ span, text: sealIn(plainValue("comment", comment), path) });
    }
    edits.push(metadataEdit(text, document, layout, { age: request.age, lastModified: request.lastModified, mac, rule }));
  }
  return applyEdits(text, edits);
}

/** A block scalar ends with its line; what replaces it must, too. */
function lineEndOf(text: string, [from, to]: Leaf["span"]): string {
  return to > from && text[to - 1] === "\n" ? "\n" : "";
}

function metadataEdit(text: string, document: Layout["documents"][number], layout: Layout, metadata: NewMetadata): Edit {
  const at = document.end;
  if (!document.isFlow) {
    if (layout.format === "json") return { span: [0, text.length], text: `${JSON.stringify({ sops: metadataObject(metadata) }, null, "\t")}\n` };
    return { span: [at, at], text: `${at > 0 && text[at - 1] !== "\n" ? "\n" : ""}${renderMetadataYaml(metadata)}` };
  }
  const from = text.slice(0, at).trimEnd().length;
  const body = JSON.stringify(metadataObject(metadata), null, "\t").replaceAll("\n", "\n\t");
  return { span: [from, at], text: `${document.isEmpty ? "" : ","}\n\t"sops": ${body}\n` };
}

/** The file in the clear. Comments that do not open are left as they are, as SOPS leaves them. */
export function decryptDocument(text: string, file: string, dataKey: Uint8Array): string {
  const { layout, values, metadata } = openDocument(text, file, dataKey);
  const edits: Edit[] = [];
  for (const document of layout.documents) {
    for (const leaf of document.leaves) {
      const value = values.get(leaf);
      if (value === undefined || !metadata.rule.isEncrypted(leaf.path)) continue;
      const dash = text.lastIndexOf("-", leaf.span[0]);
      if (value.type === "comment") edits.push({ span: [dash, leaf.span[1]], text: `#${value.bytes.toString("utf8")}` });
      else edits.push({ span: leaf.span, text: writtenValue(value, leaf.inFlow ? "flow" : "block") + lineEndOf(text, leaf.span) });
    }
    const paths = new Map([...document.comments, ...document.leaves].flatMap(({ path }) => path.map((_, index) => path.slice(0, index))).map((path) => [pathData(path), path]));
    for (const comment of document.comments) {
      const candidates = [pathData(comment.path), ...paths.keys(), pathData([])];
      const opened = looksSealed(comment.text) ? candidates.map((data) => unseal(comment.text, dataKey, data)).find((value) => value !== undefined) : undefined;
      if (opened !== undefined) edits.push({ span: comment.span, text: opened.bytes.toString("utf8") });
    }
    if (document.metadata !== undefined) edits.push({ span: metadataSpan(text, document), text: "" });
  }
  return applyEdits(text, edits);
}

function metadataSpan(text: string, document: Layout["documents"][number]): Leaf["span"] {
  const { keySpan, valueSpan } = document.metadata!.key;
  if (!document.isFlow) return [text.lastIndexOf("\n", keySpan[0]) + 1, valueSpan[1]];
  const before = text.slice(0, keySpan[0]).trimEnd();
  if (before.endsWith(",")) return [before.length - 1, valueSpan[1]];
  const after = /^\s*,/.exec(text.slice(valueSpan[1]))?.[0].length ?? 0;
  return [keySpan[0], valueSpan[1] + after];
}

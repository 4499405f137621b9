/**
 * A secrets file in memory: names and values at its root. What is changed is encrypted at once with the file's own data key; everything else
 * keeps its ciphertext, its place and its comments. Values are private fields: printing or serialising the object shows none.
 */
import { assert } from "../lib/assert.ts";
import { DATA_KEY_BYTES, IV_BYTES, looksSealed, pathData, seal, unseal } from "./ciphertext.ts";
import { normalRecipient, unwrapDataKey, wrapDataKey } from "./data-key.ts";
import { applyEdits, type Edit } from "./edits.ts";
import type { EncryptionRule } from "./encryption-rule.ts";
import { type LaidOutDocument, layOut, METADATA_KEY, type Span, type TopKey } from "./layout.ts";
import { type AgeKey, ageObjects, type Metadata, parseMetadata, renderAgeYaml } from "./metadata.ts";
import type { OpenSecrets } from "./open-secrets.ts";
import { plainValue, type PlainValue, textOf } from "./plain-value.ts";
import { type Chance, decryptDocument, encryptDocument, macOf, type OpenDocument, openDocument, openValues } from "./sealed-document.ts";
import { SecretsFailed } from "./secrets-failed.ts";
import { writtenCiphertext, writtenString } from "./written-scalar.ts";
import type { Identity } from "age-encryption";

export interface SecretsPorts extends Chance {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** Names are readable without a key. Undefined when the text is no SOPS file that can be read. */
export function secretNames(text: string, file: string): string[] {
  return (layOut(text, file).documents[0]?.topKeys ?? []).map((key) => key.name);
}

/** What the file says about itself without a key. */
export function secretsMetadata(text: string, file: string): Metadata {
  return parseMetadata(layOut(text, file).documents[0], file);
}

/** Undefined when none of the identities opens it. Throws `SecretsFailed` when it was tampered with. */
export async function openSecrets(text: string, file: string, identities: readonly (string | Identity)[], ports: SecretsPorts): Promise<SecretsFile | undefined> {
  const dataKey = await unwrapDataKey(secretsMetadata(text, file).age, identities);
  if (dataKey === undefined) return undefined;
  openDocument(text, file, dataKey);
  return new SecretsFile(text, file, dataKey, ports, false);
}

/** An encrypted file of `text`, a plain YAML or JSON text; empty for a file without secrets yet. */
export async function createSecrets(request: { readonly text?: string; readonly file: string; readonly recipients: readonly string[]; readonly rule: EncryptionRule }, ports: SecretsPorts): Promise<SecretsFile> {
  const { text = "", file, rule } = request;
  const recipients = [...new Set(request.recipients.map(normalRecipient))];
  if (recipients.length === 0) throw new SecretsFailed("key-invalid", `${file}: there is nobody to encrypt it for`, "Name a recipient: an age public key (age1…).");
  const dataKey = Buffer.from(ports.randomBytes(DATA_KEY_BYTES));
  const age = await wrapDataKey(dataKey, recipients);
  return new SecretsFile(encryptDocument({ text, file, rule, dataKey, age, lastModified: rfc3339(ports.now()) }, ports), file, dataKey, ports, true);
}

function rfc3339(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
}

export class SecretsFile implements OpenSecrets {
  readonly file: string;
  #text: string;
  #dataKey: Buffer;
  readonly #ports: SecretsPorts;
  #open: OpenDocument;
  #hasChanges: boolean;

  /** Made by `openSecrets` and `createSecrets`, which have verified the text. */
  constructor(text: string, file: string, dataKey: Buffer, ports: SecretsPorts, hasChanges: boolean) {
    this.file = file;
    this.#text = text;
    this.#dataKey = dataKey;
    this.#ports = ports;
    this.#open = openValues(text, file, dataKey);
    this.#hasChanges = hasChanges;
  }

  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  names(): string[] {
    return this.#document.topKeys.map((key) => key.name);
  }

  recipients(): string[] {
    return this.#open.metadata.age.map((key) => key.recipient);
  }

  has(name: string): boolean {
    return this.#topKey(name) !== undefined;
  }

  /** Undefined when there is no such name, or its value is null. Throws when it is a mapping, a list, or no text. */
  get(name: string): string | undefined {
    const bytes = this.getBytes(name);
    if (bytes === undefined) return undefined;
    const text = textOf(this.#open.values.get(this.#topKey(name)!.leaf!)!);
    if (text === undefined) throw new SecretsFailed("value-invalid", `${this.file}: ${name} holds bytes that are no text`, "Take them as bytes.");
    return text;
  }

  getBytes(name: string): Buffer | undefined {
    const key = this.#topKey(name);
    if (key === undefined) return undefined;
    if (key.leaf === undefined) throw new SecretsFailed("value-invalid", `${this.file}: ${name} is a mapping or a list, and a secret is one value`, `Give each value a name of its own:  sops edit ${this.file}`);
    return this.#open.values.get(key.leaf)?.bytes;
  }

  /** False, and nothing changed, when it has that value already. */
  set(name: string, value: string): boolean {
    this.#refuseName(name);
    const key = this.#topKey(name);
    if (key !== undefined && key.leaf === undefined) throw new SecretsFailed("value-invalid", `${this.file}: ${name} is a mapping or a list, and is not replaced by one value`, `Take it out first:  kubernest secret rm ${name}`);
    const before = key?.leaf === undefined ? undefined : this.#open.values.get(key.leaf);
    if (before !== undefined && before.type === "str" && before.bytes.equals(Buffer.from(value, "utf8"))) return false;
    const isEncrypted = this.#open.metadata.rule.isEncrypted([name]);
    const place = key?.leaf?.inFlow === true || this.#document.isFlow ? "flow" : "block";
    const written = isEncrypted ? writtenCiphertext(this.#seal(plainValue("str", value), pathData([name])), place) : writtenString(value, place);
    this.#edit([key === undefined ? this.#addition(name, written) : this.#replacement(key.valueSpan, written)]);
    return true;
  }

  /** False when there is no such name. */
  delete(name: string): boolean {
    const key = this.#topKey(name);
    if (key === undefined) return false;
    this.#edit([{ span: this.#wholeSpan(key), text: "" }]);
    return true;
  }

  /** The value that is kept; made and kept when there is none. */
  ensure(name: string, make: () => string): string {
    const kept = this.get(name);
    if (kept !== undefined && kept !== "") return kept;
    const made = make();
    assert(made !== "", "a generated secret is not empty");
    this.set(name, made);
    return made;
  }

  /** Makes the file readable for exactly these. Who stays keeps what they have; when somebody leaves, the data key and all ciphertext are made anew. */
  async setRecipients(wanted: readonly string[]): Promise<void> {
    const { age, otherKeys } = this.#open.metadata;
    const kept = new Map(age.map((key) => [comparableRecipient(key.recipient), key]));
    // Who is there already may be of a kind that is not encrypted for here, and stays.
    const recipients = [...new Set(wanted.map((each) => (kept.has(comparableRecipient(each)) ? comparableRecipient(each) : normalRecipient(each))))];
    if (recipients.length === 0) throw new SecretsFailed("key-invalid", `${this.file}: nobody would be left to open it`, "Add another recipient first.");
    const isLeft = [...kept.keys()].some((recipient) => !recipients.includes(recipient));
    if (isLeft) {
      if (otherKeys.length > 0) throw new SecretsFailed("unsupported", `${this.file}: it is also encrypted for ${otherKeys.join(", ")} keys, which a new data key cannot be encrypted for here`, `Use sops:  sops rotate --in-place --rm-age RECIPIENT ${this.file}`);
      this.#rotate();
      this.#writeAgeKeys(await wrapDataKey(this.#dataKey, recipients));
      return;
    }
    const added = await wrapDataKey(this.#dataKey, recipients.filter((recipient) => !kept.has(recipient)));
    if (added.length > 0) this.#writeAgeKeys([...age, ...added]);
  }

  /** The text of the file. Unchanged when nothing was changed; else with its time and its code anew. */
  render(): string {
    if (!this.#hasChanges) return this.#text;
    const lastModified = rfc3339(this.#ports.now());
    const mac = this.#seal(plainValue("str", macOf(this.#open)), lastModified);
    const edits: Edit[] = [];
    for (const document of this.#open.layout.documents) {
      const place = document.isFlow ? "flow" : "block";
      for (const [name, written] of [["lastmodified", JSON.stringify(lastModified)], ["mac", writtenCiphertext(mac, place)]] as const) {
        const span = metadataValueSpan(document, name);
        if (span !== undefined) edits.push({ span, text: written });
      }
    }
    const text = applyEdits(this.#text, edits);
    openDocument(text, this.file, this.#dataKey);
    return text;
  }

  /** What `render` gave is on disk. */
  wasSaved(text: string): void {
    this.#text = text;
    this.#open = openValues(text, this.file, this.#dataKey);
    this.#hasChanges = false;
  }

  /** The whole file in the clear. For tests and for handing it to a tool's standard input; never for the disk. */
  inTheClear(): string {
    return decryptDocument(this.render(), this.file, this.#dataKey);
  }

  get #document(): LaidOutDocument {
    return this.#open.layout.documents[0]!;
  }

  #topKey(name: string): TopKey | undefined {
    return this.#document.topKeys.find((key) => key.name === name);
  }

  #seal(value: PlainValue, additional: string): string {
    return seal(value, this.#dataKey, additional, this.#ports.randomBytes(IV_BYTES));
  }

  #edit(edits: readonly Edit[]): void {
    this.#text = applyEdits(this.#text, edits);
    this.#open = openValues(this.#text, this.file, this.#dataKey);
    this.#hasChanges = true;
  }

  #refuseName(name: string): void {
    if (name === METADATA_KEY) throw new SecretsFailed("value-invalid", `${METADATA_KEY} is SOPS's own key`, "Take another name.");
    if (!/^[^\s\p{Cc}][^\p{Cc}]*$/u.test(name)) throw new SecretsFailed("value-invalid", `${JSON.stringify(name)} is no name for a secret`, "A name is one line, and does not begin with a space.");
  }

  #replacement(span: Span, written: string): Edit {
    const old = this.#text.slice(...span);
    // `name:` without a value ends at its colon; a block of lines ends with its last line.
    return { span, text: `${old === "" && !/\s$/.test(this.#text.slice(0, span[0])) ? " " : ""}${written}${old.endsWith("\n") ? "\n" : ""}` };
  }

  /** Before the sops block, which stays last. */
  #addition(name: string, written: string): Edit {
    const [at] = this.#document.metadata!.key.keySpan;
    const indent = this.#text.slice(this.#text.lastIndexOf("\n", at) + 1, at);
    const entry = this.#document.isFlow ? `${JSON.stringify(name)}: ${written},${/^\s*$/.test(indent) ? `\n${indent}` : " "}` : `${writtenString(name, "block")}: ${written}\n${indent}`;
    return { span: [at, at], text: entry };
  }

  #wholeSpan(key: TopKey): Span {
    if (!this.#document.isFlow) {
      const lineEnd = this.#text.indexOf("\n", Math.max(key.keySpan[1], key.valueSpan[1] - 1));
      return [this.#text.lastIndexOf("\n", key.keySpan[0]) + 1, lineEnd === -1 ? this.#text.length : lineEnd + 1];
    }
    const after = /^\s*,\s*/.exec(this.#text.slice(key.valueSpan[1]));
    if (after !== null) return [key.keySpan[0], key.valueSpan[1] + after[0].length];
    return [this.#text.slice(0, key.keySpan[0]).search(/\s*,\s*$/), key.valueSpan[1]];
  }

  #writeAgeKeys(age: readonly AgeKey[]): void {
    this.#edit(this.#open.layout.documents.flatMap((document) => (document.metadata === undefined ? [] : [ageEdit(this.#text, document, age)])));
  }

  /** A new data key: every value and comment is encrypted anew, since who left may have kept the old one. */
  #rotate(): void {
    const old = this.#dataKey;
    this.#dataKey = Buffer.from(this.#ports.randomBytes(DATA_KEY_BYTES));
    const edits: Edit[] = [];
    for (const document of this.#open.layout.documents) {
      for (const leaf of document.leaves) {
        const value = this.#open.values.get(leaf);
        if (value === undefined || !this.#open.metadata.rule.isEncrypted(leaf.path)) continue;
        edits.push({ span: leaf.span, text: writtenCiphertext(this.#seal(value, pathData(leaf.path)), leaf.inFlow ? "flow" : "block") + (this.#text.slice(...leaf.span).endsWith("\n") ? "\n" : "") });
      }
      for (const comment of document.comments) {
        const opened = looksSealed(comment.text) ? unseal(comment.text, old, pathData(comment.path)) : undefined;
        if (opened !== undefined) edits.push({ span: comment.span, text: this.#seal(opened, pathData(comment.path)) });
      }
    }
    this.#edit(edits);
  }
}

/** Without the comment of an SSH key. */
export function comparableRecipient(recipient: string): string {
  return recipient.startsWith("ssh-") ? recipient.trim().split(/\s+/).slice(0, 2).join(" ") : recipient.trim();
}

function metadataValueSpan(document: LaidOutDocument, name: string): Span | undefined {
  const node = document.metadata?.map.get(name, true);
  return node?.range ? [node.range[0], node.range[1]] : undefined;
}

function ageEdit(text: string, document: LaidOutDocument, age: readonly AgeKey[]): Edit {
  const { map } = document.metadata!;
  const old = metadataValueSpan(document, "age");
  const first = (map.items[0]!.key as { range: [number, number, number] }).range[0];
  const indent = text.slice(text.lastIndexOf("\n", first) + 1, first);
  if (document.isFlow || map.flow === true) {
    const list = JSON.stringify(ageObjects(age), null, "\t").replaceAll("\n", `\n${indent}`);
    return old === undefined ? { span: [first, first], text: `"age": ${list},\n${indent}` } : { span: old, text: list };
  }
  const list = renderAgeYaml(age, indent);
  if (old === undefined) return { span: [first, first], text: `age:\n${list}\n${indent}` };
  const lineStart = text.lastIndexOf("\n", old[0]) + 1;
  return { span: [lineStart, old[1]], text: list + (text[old[1] - 1] === "\n" ? "\n" : "") };
}

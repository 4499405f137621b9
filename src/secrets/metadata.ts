/** The `sops` block: who can open the file, when it was last written, and the code that all values are verified with. */
import { encryptionRule, type EncryptionRule } from "./encryption-rule.ts";
import type { LaidOutDocument } from "./layout.ts";
import { writtenString } from "./written-scalar.ts";
import { SecretsFailed } from "./secrets-failed.ts";

/** The release of SOPS whose format is written. */
export const FORMAT_VERSION = "3.13.3";

export interface AgeKey {
  readonly recipient: string;
  /** The data key, encrypted for this recipient: an armored age file. */
  readonly enc: string;
}

export interface Metadata {
  readonly age: readonly AgeKey[];
  /** Kinds of keys that are kept as they are and opened through an installed sops: `pgp`, `kms`, … */
  readonly otherKeys: readonly string[];
  readonly lastModified: string;
  readonly mac: string;
  readonly rule: EncryptionRule;
}

const OTHER_KEYS = ["pgp", "kms", "gcp_kms", "hckms", "azure_kv", "hc_vault"];
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[-+]\d\d:\d\d)$/;

export function parseMetadata(document: LaidOutDocument | undefined, file: string): Metadata {
  const found = document?.metadata?.plain;
  if (found === undefined) throw new SecretsFailed("unreadable", `${file}: there is no sops block, so nothing in it is encrypted`, `Encrypt it:  sops encrypt --in-place ${file}`);
  const groups = listOf(found["key_groups"]);
  if (groups.length > 1) throw new SecretsFailed("unsupported", `${file}: its data key is split over ${groups.length} key groups (Shamir's secret sharing), which is not supported`, "Use one group of keys, or work with the file through sops.");
  const keys: Readonly<Record<string, unknown>> = [...OTHER_KEYS, "age"].some((kind) => listOf(found[kind]).length > 0) ? found : (groups[0] ?? {});
  const age = listOf(keys["age"]).map((entry) => ({ recipient: String(entry["recipient"] ?? ""), enc: String(entry["enc"] ?? "") }));
  const otherKeys = OTHER_KEYS.filter((kind) => listOf(keys[kind]).length > 0);
  if (age.length === 0 && otherKeys.length === 0) throw new SecretsFailed("unreadable", `${file}: the sops block names no keys`, "Take the file from the last commit.");
  const [, time, zone] = RFC3339.exec(String(found["lastmodified"] ?? "")) ?? [];
  const mac = found["mac"];
  if (time === undefined || typeof mac !== "string" || mac === "") throw new SecretsFailed("tampered", `${file}: sops.${time === undefined ? "lastmodified" : "mac"} is missing or no longer what SOPS wrote, so the file cannot be verified`, RESTORE_HINT);
  return { age, otherKeys, lastModified: `${time}${zone}`, mac, rule: encryptionRule(found, file) };
}

export const RESTORE_HINT = "Somebody changed it without the key: look at what changed (git diff), and take back the last version that was good.";

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null) : [];
}

export interface NewMetadata {
  readonly age: readonly AgeKey[];
  readonly lastModified: string;
  readonly mac: string;
  readonly rule: EncryptionRule;
}

/** As SOPS writes it: keys in alphabetical order, four spaces. */
export function renderMetadataYaml(metadata: NewMetadata): string {
  const fields: [string, string][] = [
    ["age", `\n${renderAgeYaml(metadata.age, "    ")}`],
    ["lastmodified", ` "${metadata.lastModified}"`],
    ["mac", ` ${metadata.mac}`],
    [metadata.rule.name, ` ${writtenString(metadata.rule.text, "block")}`],
    ["version", ` ${FORMAT_VERSION}`],
  ];
  if (metadata.rule.macOnlyEncrypted) fields.push(["mac_only_encrypted", " true"]);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `sops:\n${fields.map(([name, value]) => `    ${name}:${value}\n`).join("")}`;
}

/** The list of age keys without its last line end, each line indented from `indent`. */
export function renderAgeYaml(age: readonly AgeKey[], indent: string): string {
  const lines = age.flatMap(({ recipient, enc }) => [`    - enc: |`, ...enc.trimEnd().split("\n").map((line) => `        ${line}`), `      recipient: ${writtenString(recipient, "block")}`]);
  return lines.map((line) => indent + line).join("\n");
}

export function metadataObject(metadata: NewMetadata): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    age: ageObjects(metadata.age),
    lastmodified: metadata.lastModified,
    mac: metadata.mac,
    [metadata.rule.name]: metadata.rule.text,
    version: FORMAT_VERSION,
    ...(metadata.rule.macOnlyEncrypted ? { mac_only_encrypted: true } : {}),
  };
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function ageObjects(age: readonly AgeKey[]): { enc: string; recipient: string }[] {
  return age.map(({ recipient, enc }) => ({ enc, recipient }));
}

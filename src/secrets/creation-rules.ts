/** `.sops.yaml`: who a new file is encrypted for, and which of its values. The first rule whose path_regex matches counts, as in SOPS. */
import { dirname, join, relative, resolve } from "node:path";
import { isMap, parseDocument } from "yaml";
import type { SecretEnvironment } from "../ports/secret-environment.ts";
import { normalRecipient } from "./data-key.ts";
import { encryptionRule, type EncryptionRule, regexMatcher } from "./encryption-rule.ts";
import { SecretsFailed } from "./secrets-failed.ts";

export interface CreationRule {
  /** The `.sops.yaml` it stands in. */
  readonly from: string;
  readonly recipients: readonly string[];
  /** Kinds of keys that only an installed sops encrypts for. */
  readonly otherKeys: readonly string[];
  readonly rule: EncryptionRule;
}

const DEPTH_MAX = 100;
const OTHER_KEYS = ["pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri"];

/** Looked for beside the file and in every directory above. Undefined when there is none, or it has no creation rules; `noMatchIn` when all its rules are for other files. */
export async function findCreationRule(file: string, environment: SecretEnvironment): Promise<CreationRule | { readonly noMatchIn: string } | undefined> {
  let directory = dirname(resolve(file));
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const path = join(directory, ".sops.yaml");
    const text = await environment.readFile(path);
    if (text !== undefined) return creationRuleFor(text, path, relative(directory, resolve(file)));
    if (dirname(directory) === directory) return undefined;
    directory = dirname(directory);
  }
  return undefined;
}

/** `file`: relative to the directory of `.sops.yaml`. */
export function creationRuleFor(text: string, path: string, file: string): CreationRule | { readonly noMatchIn: string } | undefined {
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error !== undefined || !(document.contents === null || isMap(document.contents))) throw new SecretsFailed("unreadable", `${path}: ${error?.message.split("\n")[0] ?? "it is no mapping"}`, "Mend it; SOPS reads it, too.");
  const rules = (document.toJS() as { creation_rules?: unknown } | null)?.creation_rules;
  if (!Array.isArray(rules) || rules.length === 0) return undefined;
  for (const [index, given] of (rules as Record<string, unknown>[]).entries()) {
    const where = `${path}: creation_rules[${index}]`;
    const pattern = given["path_regex"];
    if (typeof pattern === "string" && pattern !== "" && !regexMatcher(pattern, `${where}.path_regex`)(file)) continue;
    return ruleFrom(given, where, path);
  }
  return { noMatchIn: path };
}

function ruleFrom(given: Record<string, unknown>, where: string, path: string): CreationRule {
  const groups = Array.isArray(given["key_groups"]) ? (given["key_groups"] as Record<string, unknown>[]) : [];
  if (groups.length > 1) throw new SecretsFailed("unsupported", `${where}: ${groups.length} key groups (Shamir's secret sharing) are not supported`, "Use one group of keys, or make the file with sops.");
  const keys = groups[0] ?? given;
  if (keys["merge"] !== undefined) throw new SecretsFailed("unsupported", `${where}: merge is not supported`, "List the keys in the group itself.");
  return {
    from: path,
    recipients: [...new Set(texts(keys["age"], `${where}.age`).map(normalRecipient))],
    otherKeys: OTHER_KEYS.filter((kind) => keys[kind] !== undefined && keys[kind] !== "" && !(Array.isArray(keys[kind]) && (keys[kind] as unknown[]).length === 0)),
    rule: encryptionRule(given, where),
  };
}

/** One text with commas, or a list; within key groups each text may hold commas, too. */
function texts(value: unknown, where: string): string[] {
  const list: unknown[] = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return list.flatMap((item) => {
    if (typeof item !== "string") throw new SecretsFailed("key-invalid", `${where}: a text is expected`, "Write age1…, with commas between several, or a list.");
    return item.split(",").map((part) => part.trim()).filter((part) => part !== "");
  });
}

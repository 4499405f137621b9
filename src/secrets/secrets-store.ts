/** The secrets file on disk: opened with the keys of whoever runs this, made on first need, written whole. */
import { assert } from "../lib/assert.ts";
import type { SecretEnvironment } from "../ports/secret-environment.ts";
import { ensureOwnAgeKey, type OwnAgeKey } from "./age-key-file.ts";
import { findCreationRule } from "./creation-rules.ts";
import { encryptionRule } from "./encryption-rule.ts";
import { findIdentities } from "./identities.ts";
import type { OpenSecrets } from "./open-secrets.ts";
import { openBySops, SecretsBySops } from "./secrets-by-sops.ts";
import { SecretsFailed } from "./secrets-failed.ts";
import { createSecrets, openSecrets, SecretsFile, secretsMetadata } from "./secrets-file.ts";

export interface LoadedSecrets {
  readonly secrets: OpenSecrets;
  /** As it was read; undefined when the file is not there yet. */
  readonly textBefore: string | undefined;
}

/** Who may read the file, where git and other people see it: nobody but its owner needs to read it here. */
const FILE_MODE = 0o600;

/** Undefined when the file is not there. Throws `SecretsFailed`: no key, tampered with, not SOPS. */
export async function loadSecrets(file: string, environment: SecretEnvironment): Promise<LoadedSecrets | undefined> {
  const text = await environment.readFile(file);
  if (text === undefined) return undefined;
  const { age, otherKeys } = secretsMetadata(text, file);
  const recipients = age.map((key) => key.recipient);
  const found = await findIdentities(environment, recipients);
  const opened = await openSecrets(text, file, found.identities, environment);
  if (opened !== undefined) return { secrets: opened, textBefore: text };
  if (otherKeys.length > 0 || found.problems.length > 0 || recipients.some((recipient) => !isOurs(recipient))) {
    const bySops = await openBySops(file, environment);
    if (bySops !== undefined) return { secrets: bySops, textBefore: text };
  }
  const needed = [...recipients, ...otherKeys.map((kind) => `${kind} keys (these need an installed sops, and there is none)`)].join(", ");
  const problems = found.problems.map((problem) => ` ${problem}`).join("");
  throw new SecretsFailed("no-key", `${file}: none of your keys opens it; it is encrypted for ${needed}`, `Looked at ${found.missing.length === 0 ? "all places where SOPS looks" : `${found.missing.join(", ")}: nothing there`}.${problems} Put the key there, or ask one of those who can open it:  kubernest secret recipients add YOUR-PUBLIC-KEY`);
}

function isOurs(recipient: string): boolean {
  return recipient.startsWith("age1pq1") || recipient.startsWith("ssh-ed25519 ") || /^age1[^1]*$/.test(recipient);
}

export interface CreatedSecrets extends LoadedSecrets {
  /** Set when the file is encrypted for the user's own key alone, since nobody else is named. */
  readonly ownKey: OwnAgeKey | undefined;
}

/** A file without secrets yet, not on disk before it is saved. For `recipients`, else for those of `.sops.yaml`, else for the user's own age key. */
export async function newSecrets(file: string, recipients: readonly string[], environment: SecretEnvironment): Promise<CreatedSecrets> {
  const found = await findCreationRule(file, environment);
  if (found !== undefined && "noMatchIn" in found && recipients.length === 0) {
    throw new SecretsFailed("key-invalid", `${found.noMatchIn}: none of its creation rules is for ${file}`, "Add one, or name who may read it in the homelab's file:  secrets: { recipients: [age1…] }");
  }
  const creation = found === undefined || "noMatchIn" in found ? undefined : found;
  const rule = creation?.rule ?? encryptionRule({}, file);
  if (recipients.length === 0 && (creation?.otherKeys.length ?? 0) > 0) {
    throw new SecretsFailed("unsupported", `${creation!.from}: its rule for ${file} names ${creation!.otherKeys.join(", ")} keys, which a new file is not encrypted for here`, `Make it with sops, once:  sops edit ${file}`);
  }
  const named = recipients.length > 0 ? recipients : (creation?.recipients ?? []);
  const ownKey = named.length === 0 ? await ensureOwnAgeKey(environment) : undefined;
  const secrets = await createSecrets({ file, recipients: ownKey === undefined ? named : [ownKey.recipient], rule }, environment);
  const { identities } = await findIdentities(environment, secrets.recipients());
  if ((await openSecrets(secrets.render(), file, identities, environment)) === undefined) {
    throw new SecretsFailed("no-key", `${file}: it would be encrypted for ${named.join(", ")}, and none of your keys could open it again`, "Add your own public key to the recipients, or put your private key where SOPS looks for it (docs/secrets.md).");
  }
  return { secrets, textBefore: undefined, ownKey };
}

/** Writes what changed, and returns what to go on with. Refuses when the file changed on disk since it was loaded: the other change would be lost. */
export async function saveSecrets<Loaded extends LoadedSecrets>(loaded: Loaded, environment: SecretEnvironment): Promise<Loaded> {
  const { secrets, textBefore } = loaded;
  if (!secrets.hasChanges) return loaded;
  if ((await environment.readFile(secrets.file)) !== textBefore) throw new SecretsFailed("value-invalid", `${secrets.file} was changed by somebody else in the meantime; nothing was written`, "Run it again.");
  if (secrets instanceof SecretsFile) {
    const text = secrets.render();
    await environment.replaceFile(secrets.file, text, FILE_MODE);
    secrets.wasSaved(text);
    return { ...loaded, textBefore: text };
  }
  assert(secrets instanceof SecretsBySops, "secrets are opened here or by sops");
  await secrets.save(environment);
  return { ...loaded, textBefore: await environment.readFile(secrets.file) };
}

/** The homelab's secrets, opened once; the exit code to end with when they cannot be. Without a file nothing is asked of anybody. */
import { resolve } from "node:path";
import { processSecretEnvironment } from "../adapters/process-secret-environment.ts";
import type { Homelab } from "../config/homelab.ts";
import type { GeneratedSecret, SecretAccess } from "../operations/generated-secrets.ts";
import { DIGEST_KEY_NAME, ensureDigestKey, secretDigest } from "../secrets/keyed-digest.ts";
import { SecretsFailed } from "../secrets/secrets-failed.ts";
import type * as SecretsStore from "../secrets/secrets-store.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { secretsFile } from "./homelab-file.ts";

/** Encryption takes longer to load than most of a command takes: not before there is something to open. */
const store = (): Promise<typeof SecretsStore> => import("../secrets/secrets-store.ts");

/** `homelabFile`: the file that the homelab was read from. */
export async function openSecretsOf(homelab: Homelab, homelabFile: string, io: CommandIo): Promise<SecretAccess | number> {
  const shown = secretsFile(homelabFile, homelab);
  const file = resolve(io.cwd, shown);
  const environment = processSecretEnvironment(io.env);
  let loaded: SecretsStore.LoadedSecrets | SecretsStore.CreatedSecrets | undefined;
  try {
    if ((await environment.readFile(file)) !== undefined) loaded = await (await store()).loadSecrets(file, environment);
  } catch (error) {
    if (!(error instanceof SecretsFailed)) throw error;
    io.stderr(`${error.message}\n${error.hint}\n`);
    return EXIT.failed;
  }
  return {
    get: (name) => loaded?.secrets.get(name),
    digest: (name) => (loaded?.secrets.has(DIGEST_KEY_NAME) === true ? secretDigest(loaded.secrets, name) : undefined),
    async ensureDigests() {
      if (loaded === undefined || loaded.secrets.has(DIGEST_KEY_NAME) || loaded.secrets.names().length === 0) return;
      const { loadSecrets, saveSecrets } = await store();
      try {
        ensureDigestKey(loaded.secrets, environment);
        loaded = await saveSecrets(loaded, environment);
        io.debug(`${DIGEST_KEY_NAME}: made, and kept in ${file}`);
      } catch (error) {
        if (!(error instanceof SecretsFailed) && (error as NodeJS.ErrnoException).code === undefined) throw error;
        loaded = await loadSecrets(file, environment);
        io.stderr(`${file}: no key for digests could be kept there: ${(error as Error).message}\nA plan that is approved now does not notice that a secret has changed.\n`);
      }
    },
    async ensure(wanted: readonly GeneratedSecret[]) {
      const missing = wanted.filter(({ name }) => loaded?.secrets.get(name) === undefined);
      if (missing.length === 0) return true;
      const [{ newSecrets, saveSecrets }, { keepItSafe }] = await Promise.all([store(), import("../secrets/age-key-file.ts")]);
      try {
        loaded ??= await newSecrets(file, homelab.secrets.recipients, environment);
        for (const { name, make } of missing) loaded.secrets.set(name, make());
        ensureDigestKey(loaded.secrets, environment);
        loaded = await saveSecrets(loaded, environment);
      } catch (error) {
        if (!(error instanceof SecretsFailed)) throw error;
        io.stderr(`${error.message}\n${error.hint}\n`);
        return false;
      }
      io.stderr(`${missing.map(({ name }) => name).join(", ")}: made, and kept in ${shown}\n`);
      if ("ownKey" in loaded && loaded.ownKey !== undefined) io.stderr(`${keepItSafe(loaded.ownKey)}\n`);
      return true;
    },
  };

}

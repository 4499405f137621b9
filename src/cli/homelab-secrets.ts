/** The homelab's secrets, opened once; the exit code to end with when they cannot be. Without a file nothing is asked of anybody. */
import { isAbsolute, join } from "node:path";
import { processSecretEnvironment } from "../adapters/process-secret-environment.ts";
import type { Homelab } from "../config/homelab.ts";
import type { GeneratedSecret, SecretAccess } from "../operations/generated-secrets.ts";
import { keepItSafe } from "../secrets/age-key-file.ts";
import { SecretsFailed } from "../secrets/secrets-failed.ts";
import { type CreatedSecrets, type LoadedSecrets, loadSecrets, newSecrets, saveSecrets } from "../secrets/secrets-store.ts";
import { type CommandIo, EXIT } from "./command.ts";

export async function openSecretsOf(homelab: Homelab, io: CommandIo): Promise<SecretAccess | number> {
  const file = isAbsolute(homelab.secrets.file) ? homelab.secrets.file : join(io.cwd, homelab.secrets.file);
  const environment = processSecretEnvironment(io.env);
  let loaded: LoadedSecrets | CreatedSecrets | undefined;
  try {
    loaded = await loadSecrets(file, environment);
  } catch (error) {
    if (!(error instanceof SecretsFailed)) throw error;
    io.stderr(`${error.message}\n${error.hint}\n`);
    return EXIT.failed;
  }
  return {
    get: (name) => loaded?.secrets.get(name),
    async ensure(wanted: readonly GeneratedSecret[]) {
      const missing = wanted.filter(({ name }) => loaded?.secrets.get(name) === undefined);
      if (missing.length === 0) return true;
      try {
        loaded ??= await newSecrets(file, homelab.secrets.recipients, environment);
        for (const { name, make } of missing) loaded.secrets.set(name, make());
        loaded = await saveSecrets(loaded, environment);
      } catch (error) {
        if (!(error instanceof SecretsFailed)) throw error;
        io.stderr(`${error.message}\n${error.hint}\n`);
        return false;
      }
      io.stderr(`${missing.map(({ name }) => name).join(", ")}: made, and kept in ${homelab.secrets.file}\n`);
      if ("ownKey" in loaded && loaded.ownKey !== undefined) io.stderr(`${keepItSafe(loaded.ownKey)}\n`);
      return true;
    },
  };
}

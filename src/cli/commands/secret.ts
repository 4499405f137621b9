/** `kubernest secret`: names, values and readers of the homelab's secrets file. A value is read from standard input or asked for, never taken from arguments. */
import { isAbsolute, join } from "node:path";
import { processSecretEnvironment } from "../../adapters/process-secret-environment.ts";
import { plainReport } from "../../checks/report/plain.ts";
import { loadHomelab } from "../../config/load.ts";
import { nearestName } from "../../lib/nearest-name.ts";
import type { SecretEnvironment } from "../../ports/secret-environment.ts";
import { keepItSafe } from "../../secrets/age-key-file.ts";
import { normalRecipient } from "../../secrets/data-key.ts";
import { DIGEST_KEY_NAME, ensureDigestKey } from "../../secrets/keyed-digest.ts";
import { SecretsFailed } from "../../secrets/secrets-failed.ts";
import { comparableRecipient, SecretsFile, secretNames, secretsMetadata } from "../../secrets/secrets-file.ts";
import { type CreatedSecrets, loadSecrets, newSecrets, saveSecrets } from "../../secrets/secrets-store.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { HOMELAB_FILES, homelabFile, secretsFile } from "../homelab-file.ts";

const HELP = `
Actions:
  list                    the names, one a line; needs no key
  set NAME                keep a value, from standard input or asked for; makes the file, and a key, on first need
  get NAME                print the value
  rm NAME                 take it out
  recipients              who can open the file
  recipients add KEY      let an age1… or ssh-ed25519 key open it, too
  recipients rm KEY       take that away: everything is encrypted anew with a new data key

The file is secrets.file of the homelab (secrets.sops.yaml beside it), a SOPS file: edit it with  sops edit  as well.

Exit codes:
  0    done
  1    no such secret, no key that opens the file, or a file that was tampered with
  3    the homelab file is invalid
  130  the question was interrupted
`;

const ACTIONS = ["list", "set", "get", "rm", "recipients"] as const;

interface Place {
  /** As it is named to the user. */
  readonly file: string;
  readonly recipients: readonly string[];
  readonly environment: SecretEnvironment;
}

export const secretCommand: CommandModule = {
  configure(command) {
    command
      .argument("<action>", ACTIONS.join(", "))
      .argument("[name...]", "a secret's name; after recipients: add or rm, and a public key")
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const [action, ...rest] = args;
    const place = await placeOf(homelabFile(options, io), io);
    if (typeof place === "number") return place;
    try {
      if (action === "list" && rest.length === 0) return await list(place, io);
      if (action === "recipients") return await recipients(rest, place, io);
      if (rest.length === 1) {
        if (action === "set") return await set(rest[0]!, place, io);
        if (action === "get") return await get(rest[0]!, place, io);
        if (action === "rm") return await remove(rest[0]!, place, io);
      }
    } catch (error) {
      if (!(error instanceof SecretsFailed)) throw error;
      io.stderr(`${error.message}\n${error.hint}\n`);
      return EXIT.failed;
    }
    const meant = ACTIONS.some((one) => one === action) ? undefined : nearestName(action ?? "", ACTIONS);
    if (meant !== undefined || !ACTIONS.some((one) => one === action)) io.stderr(`secret ${action}: there is no such action${meant === undefined ? `; there are ${ACTIONS.join(", ")}` : `; did you mean ${meant}?`}\n`);
    else io.stderr(rest.length > 1 && action === "set" ? `A value is never given as an argument: other programs see those. Give it on standard input:  kubernest secret set ${rest[0]} < FILE\n` : `secret ${action}: ${action === "list" ? "takes no name" : "takes one name"}\n`);
    return EXIT.failed;
  },
};

/** Checks are not run: a secret that is missing is no reason not to set it. */
async function placeOf(file: string, io: CommandIo): Promise<Place | number> {
  const { homelab, findings } = await loadHomelab(file, { env: io.env, readFile: (path) => Promise.resolve(io.readFile(path)), resolve: (path) => (isAbsolute(path) ? path : join(io.cwd, path)) });
  if (homelab === undefined) {
    io.stderr(plainReport(findings.filter((finding) => finding.severity === "error")));
    return findings.some((finding) => finding.id === "unreadable-file" && finding.path.length === 0) ? EXIT.failed : EXIT.fileInvalid;
  }
  const { secrets } = homelab;
  return { file: secretsFile(file, homelab), recipients: secrets.recipients, environment: processSecretEnvironment(io.env, io.cwd) };
}

async function list({ file, environment }: Place, io: CommandIo): Promise<number> {
  const text = await environment.readFile(file);
  if (text === undefined) io.stderr(`There is no ${file} yet:  kubernest secret set NAME  makes it.\n`);
  else for (const name of secretNames(text, file)) if (name !== DIGEST_KEY_NAME) io.stdout(`${name}\n`);
  return EXIT.done;
}

async function set(name: string, { file, recipients, environment }: Place, io: CommandIo): Promise<number> {
  const loaded = await loadSecrets(file, environment);
  const value = await valueFor(name, io);
  if (value === undefined) return EXIT.interrupted;
  if (value === "") throw new SecretsFailed("value-invalid", `${name}: the value is empty, and nothing was written`, `Give it on standard input:  kubernest secret set ${name} < FILE`);
  const opened: CreatedSecrets = loaded === undefined ? await newSecrets(file, recipients, environment) : { ...loaded, ownKey: undefined };
  const isChanged = opened.secrets.set(name, value);
  ensureDigestKey(opened.secrets, environment);
  await saveSecrets(opened, environment);
  if (opened.ownKey?.isNew === true) io.stderr(keepItSafe(opened.ownKey));
  io.stderr(isChanged ? `${name} is set in ${file}\n` : `${name} has that value already\n`);
  return EXIT.done;
}

/** Undefined when the question was interrupted. The line end that an editor or echo adds is not part of the value. */
async function valueFor(name: string, io: CommandIo): Promise<string | undefined> {
  if (!io.canAsk) return (await io.readStdin()).replace(/\r?\n$/, "");
  const { password, isCancel } = await import("@clack/prompts");
  const answer = await password({ message: `The value of ${name}`, output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}

async function get(name: string, { file, environment }: Place, io: CommandIo): Promise<number> {
  const loaded = await loadSecrets(file, environment);
  const value = loaded?.secrets.get(name);
  if (value === undefined) return noSuchSecret(name, file, loaded?.secrets.names() ?? [], io);
  io.stdout(io.stdoutIsTerminal ? `${value}\n` : value);
  return EXIT.done;
}

async function remove(name: string, { file, environment }: Place, io: CommandIo): Promise<number> {
  const loaded = await loadSecrets(file, environment);
  if (loaded === undefined || !loaded.secrets.delete(name)) return noSuchSecret(name, file, loaded?.secrets.names() ?? [], io);
  await saveSecrets(loaded, environment);
  io.stderr(`${name} is no longer in ${file}. Whoever has an older copy of the file, git's included, still has the value.\n`);
  return EXIT.done;
}

function noSuchSecret(name: string, file: string, names: readonly string[], io: CommandIo): number {
  const meant = nearestName(name, names);
  io.stderr(`There is no secret ${name} in ${file}${meant === undefined ? "" : `; did you mean ${meant}?`}\n`);
  return EXIT.failed;
}

async function recipients(rest: readonly string[], { file, environment }: Place, io: CommandIo): Promise<number> {
  const text = await environment.readFile(file);
  if (text === undefined) {
    io.stderr(`There is no ${file} yet:  kubernest secret set NAME  makes it.\n`);
    return rest.length === 0 ? EXIT.done : EXIT.failed;
  }
  const { age, otherKeys } = secretsMetadata(text, file);
  const [verb, ...words] = rest;
  if (verb === undefined) {
    for (const { recipient } of age) io.stdout(`${recipient}\n`);
    if (otherKeys.length > 0) io.stderr(`And ${otherKeys.join(", ")} keys, which sops manages.\n`);
    return EXIT.done;
  }
  if ((verb !== "add" && verb !== "rm") || words.length === 0) {
    io.stderr("secret recipients: alone, or with add KEY, or with rm KEY\n");
    return EXIT.failed;
  }
  const given = words.join(" ");
  const key = verb === "add" ? normalRecipient(given) : comparableRecipient(given);
  const loaded = (await loadSecrets(file, environment))!;
  if (!(loaded.secrets instanceof SecretsFile)) throw new SecretsFailed("unsupported", `${file}: only sops opens it, so only sops changes who can`, `Run:  sops rotate --in-place --${verb}-age ${key} ${file}`);
  const before = loaded.secrets.recipients().map(comparableRecipient);
  if (before.includes(key) === (verb === "add")) {
    io.stderr(verb === "add" ? `${key} can open ${file} already\n` : `${key} is none of those who can open ${file}\n`);
    return verb === "add" ? EXIT.done : EXIT.failed;
  }
  await loaded.secrets.setRecipients(verb === "add" ? [...before, key] : before.filter((one) => one !== key));
  await saveSecrets(loaded, environment);
  io.stderr(verb === "add" ? `${key} can open ${file} now\n` : `${key} cannot open ${file} from now on. What it could read before it may still know: change those secrets.\n`);
  return EXIT.done;
}

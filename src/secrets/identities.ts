/** The private keys of whoever runs this, from where SOPS looks for them. What cannot be used is told, and only matters when nothing else opens the file. */
import { Decrypter, type Identity } from "age-encryption";
import type { SecretEnvironment } from "../ports/secret-environment.ts";
import { parseOpenSshSeed } from "./openssh-private-key.ts";
import { SecretsFailed } from "./secrets-failed.ts";
import { SshEd25519Identity } from "./ssh-ed25519.ts";

export interface FoundIdentities {
  /** age keys as text, SSH keys as objects. */
  readonly identities: readonly (string | Identity)[];
  /** Where something was looked for and nothing found. */
  readonly missing: readonly string[];
  /** What was found and cannot be used, a sentence each. */
  readonly problems: readonly string[];
}

const KEY_COMMAND_DEADLINE_MS = 60_000;

/** `$SOPS_AGE_KEY_FILE`, else `sops/age/keys.txt` in the user's configuration directory. */
export function ageKeyPath(environment: SecretEnvironment): string {
  const given = environment.variable("SOPS_AGE_KEY_FILE");
  return given !== undefined && given !== "" ? given : `${configDirectory(environment)}/sops/age/keys.txt`;
}

function configDirectory(environment: SecretEnvironment): string {
  const given = environment.variable("XDG_CONFIG_HOME");
  if (given !== undefined && given !== "") return given;
  return environment.platform === "darwin" ? `${environment.homeDirectory}/Library/Application Support` : `${environment.homeDirectory}/.config`;
}

/**
 * `recipients`: of the file that is to be opened; a command in `$SOPS_AGE_KEY_CMD` or `$SOPS_AGE_SSH_PRIVATE_KEY_CMD` is run once for each,
 * with the recipient in `$SOPS_AGE_RECIPIENT`, as SOPS does.
 */
export async function findIdentities(environment: SecretEnvironment, recipients: readonly string[] = []): Promise<FoundIdentities> {
  const identities: (string | Identity)[] = [];
  const missing: string[] = [];
  const problems: string[] = [];
  const attempt = async (where: string, find: () => Promise<readonly (string | Identity)[] | undefined>): Promise<void> => {
    try {
      const found = await find();
      if (found === undefined) missing.push(where);
      else identities.push(...found);
    } catch (error) {
      problems.push(error instanceof SecretsFailed ? `${error.message}. ${error.hint}` : `${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const fromFile = (path: string, parse: (text: string, where: string) => readonly (string | Identity)[]) => async () => {
    const text = await environment.readFile(path);
    return text === undefined ? undefined : parse(text, path);
  };
  const fromCommand = async (name: string, parse: (text: string, where: string) => readonly (string | Identity)[]): Promise<void> => {
    const command = environment.variable(name);
    if (command === undefined) return void missing.push(`$${name}`);
    for (const recipient of recipients) await attempt(`$${name}`, async () => parse(await outputOf(environment, name, command, recipient), `$${name}`));
  };

  const sshFile = environment.variable("SOPS_AGE_SSH_PRIVATE_KEY_FILE");
  if (sshFile === undefined) missing.push("$SOPS_AGE_SSH_PRIVATE_KEY_FILE");
  else await attempt(`$SOPS_AGE_SSH_PRIVATE_KEY_FILE (${sshFile})`, fromFile(sshFile, parseSshIdentity));
  await fromCommand("SOPS_AGE_SSH_PRIVATE_KEY_CMD", parseSshIdentity);
  const sshDefault = `${environment.homeDirectory}/.ssh/id_ed25519`;
  await attempt(sshDefault, fromFile(sshDefault, parseSshIdentity));

  const inline = environment.variable("SOPS_AGE_KEY");
  await attempt("$SOPS_AGE_KEY", () => Promise.resolve(inline === undefined ? undefined : parseAgeIdentities(inline.replace(/^#.*$/gm, "").split(/\s+/).join("\n"), "$SOPS_AGE_KEY")));
  const keyFile = environment.variable("SOPS_AGE_KEY_FILE");
  if (keyFile === undefined) missing.push("$SOPS_AGE_KEY_FILE");
  else await attempt(`$SOPS_AGE_KEY_FILE (${keyFile})`, fromFile(keyFile, parseAgeIdentities));
  await fromCommand("SOPS_AGE_KEY_CMD", parseAgeIdentities);
  const keyDefault = `${configDirectory(environment)}/sops/age/keys.txt`;
  if (keyDefault !== keyFile) await attempt(keyDefault, fromFile(keyDefault, parseAgeIdentities));
  return { identities, missing, problems };
}

function parseSshIdentity(text: string, where: string): Identity[] {
  const seed = parseOpenSshSeed(text, where);
  if (seed === undefined) throw new SecretsFailed("unsupported", `${where} is no ed25519 key, and only those are used here`, "Use an age key, or an ed25519 one.");
  return [new SshEd25519Identity(seed)];
}

/** One identity per line; empty lines and comments are passed over. No message holds any of it. */
export function parseAgeIdentities(text: string, where: string): string[] {
  const identities: string[] = [];
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("AGE-PLUGIN-")) throw new SecretsFailed("unsupported", `${where}:${index + 1}: age plugins are not run here`, "Use an age key of its own, or work with the file through sops.");
    try {
      new Decrypter().addIdentity(line);
    } catch {
      // What the library says may hold the key itself.
      throw new SecretsFailed("key-invalid", `${where}:${index + 1} is no age identity`, "A line is AGE-SECRET-KEY-1…, or a comment that begins with #.");
    }
    identities.push(line);
  }
  return identities;
}

async function outputOf(environment: SecretEnvironment, name: string, command: string, recipient: string): Promise<string> {
  const words = shellWords(command);
  if (words === undefined || words.length === 0) throw new SecretsFailed("key-invalid", `$${name}: its quotes do not end`, "It is split into words as a shell would, and run without one.");
  const result = await environment.runProgram(words, { variables: { SOPS_AGE_RECIPIENT: recipient }, deadlineMs: KEY_COMMAND_DEADLINE_MS });
  if (result === undefined) throw new SecretsFailed("key-invalid", `$${name}: there is no program ${words[0]}`, "Give its whole path.");
  if (result.code !== 0) throw new SecretsFailed("key-invalid", `$${name}: ${words[0]} ended with ${result.code}`, "Run it by hand to see why.");
  return Buffer.from(result.stdout).toString("utf8");
}

/** Words as a shell splits them: quotes and backslashes, no expansion. Undefined when a quote does not end. */
export function shellWords(command: string): string[] | undefined {
  const words: string[] = [];
  const word = /\s*((?:[^\s'"\\]+|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S])+)/y;
  let at = 0;
  while (command.slice(at).trim() !== "") {
    word.lastIndex = at;
    const match = word.exec(command);
    if (match === null) return undefined;
    at = word.lastIndex;
    words.push(match[1]!.replace(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single?: string, double?: string, escaped?: string) => single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped!));
  }
  return words;
}

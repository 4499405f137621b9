/** OpenSSH's known hosts: what a machine shows, whether that is known, and taking it over. By OpenSSH's own tools, so that hashed names and the user's settings hold. */
import { execFile } from "node:child_process";
import { appendFile, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface OfferedKey {
  /** `ED25519` */
  readonly type: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** A line of known_hosts. */
  readonly line: string;
}

export type Offer =
  | { readonly kind: "silent"; readonly why: string }
  | { readonly kind: "known" }
  | { readonly kind: "unknown" | "changed"; readonly keys: readonly OfferedKey[] };

const SCAN_TIMEOUT_SECONDS = 5;

export class KnownHosts {
  readonly #options: { readonly configFile: string | undefined; readonly env: Readonly<Record<string, string | undefined>> };
  #file: Promise<string> | undefined;

  constructor(options: { readonly configFile: string | undefined; readonly env: Readonly<Record<string, string | undefined>> }) {
    this.#options = options;
  }

  /** What the machine shows, compared with what is known. A machine behind a jump host cannot be asked this way. */
  async look(address: string, port: number, jump: string | undefined): Promise<Offer> {
    if (jump !== undefined) return { kind: "silent", why: `it is reached through ${jump}` };
    const scanned = await run("ssh-keyscan", ["-T", String(SCAN_TIMEOUT_SECONDS), "-p", String(port), "-t", "ed25519,ecdsa,rsa", address], { env: this.#env() }).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => error.stdout ?? "",
    );
    const lines = scanned.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    if (lines.length === 0) return { kind: "silent", why: `no SSH server answers at ${address}, port ${port}` };
    const name = port === 22 ? address : `[${address}]:${port}`;
    const known = await run("ssh-keygen", ["-F", name, "-f", await this.#path(address)], { env: this.#env() }).then(
      ({ stdout }) => stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
      () => [],
    );
    const keyOf = (line: string): string => line.split(/\s+/).slice(1, 3).join(" ");
    const shown = new Map(lines.map((line) => [keyOf(line).split(" ")[0]!, keyOf(line)]));
    const differs = known.some((line) => {
      const key = keyOf(line);
      const other = shown.get(key.split(" ")[0]!);
      return other !== undefined && other !== key && !known.some((one) => keyOf(one) === other);
    });
    // One of its keys that is another is enough: ssh refuses it, whichever it asks for first.
    if (!differs && known.some((line) => [...shown.values()].includes(keyOf(line)))) return { kind: "known" };
    return { kind: known.length > 0 ? "changed" : "unknown", keys: await Promise.all(lines.map(offered)) };
  }

  /** Writes the keys of one machine; `isReplacement` takes out what was known of it before. */
  async accept(keys: readonly OfferedKey[], isReplacement: boolean): Promise<void> {
    const [first] = keys;
    if (first === undefined) return;
    const name = first.line.split(" ")[0]!;
    const path = await this.#path(name.replace(/^\[|\](:\d+)?$/g, ""));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (isReplacement) await run("ssh-keygen", ["-R", name, "-f", path], { env: this.#env() });
    await appendFile(path, keys.map(({ line }) => `${line}\n`).join(""), { mode: 0o600 });
  }

  /** The file that ssh itself would write to for this address. */
  async #path(address: string): Promise<string> {
    this.#file ??= run("ssh", [...(this.#options.configFile === undefined ? [] : ["-F", this.#options.configFile]), "-G", address], { env: this.#env() }).then(({ stdout }) => {
      const said = /^userknownhostsfile (\S+)/m.exec(stdout)?.[1] ?? "~/.ssh/known_hosts";
      return said.startsWith("~/") ? join(this.#options.env["HOME"] ?? homedir(), said.slice(2)) : said;
    });
    return this.#file;
  }

  #env(): NodeJS.ProcessEnv {
    return { ...this.#options.env, LC_ALL: "C" };
  }
}

async function offered(line: string): Promise<OfferedKey> {
  const child = run("ssh-keygen", ["-lf", "-"]);
  child.child.stdin?.end(`${line}\n`);
  const { stdout } = await child;
  const [, fingerprint = "", ...rest] = stdout.trim().split(/\s+/);
  return { type: (rest.at(-1) ?? "").replace(/[()]/g, ""), fingerprint, line };
}

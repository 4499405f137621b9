/**
 * A machine that the real `ssh` reaches, in this process and without root: ssh2's server, a login shell on this computer with a home directory of its own, and a `sudo` that asks as
 * sudo does. Its connections can be cut in the middle of anything; what runs then runs on, as on a machine whose cable was pulled.
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import type { ShellTarget } from "../../src/ports/shell.ts";

const ADDRESS = "127.0.0.1";
const USER = "pi";

export interface SshMachineOptions {
  /** Lets its user in by password; without one, only by keys. */
  readonly password?: string;
  /** What sudo wants: nothing, or this. */
  readonly sudoPassword?: string;
  /** Has an ECDSA host key besides, which `reinstall` leaves alone. */
  readonly hasOtherKey?: boolean;
  /** Printed at each login, as by a profile that talks. */
  readonly greeting?: string;
}

/** Why machines cannot be made here; undefined where they can. */
export function whyNoSsh(): string | undefined {
  const missing = ["ssh", "ssh-keygen", "ssh-keyscan"].filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")} (the package is openssh-client)`;
}

/** The user's side: a home directory with a key, a configuration and known hosts of its own. */
export class SshUser {
  readonly home = mkdtempSync(join(tmpdir(), "kubernest-user-"));
  readonly configFile = join(this.home, "config");
  readonly knownHosts = join(this.home, "known_hosts");
  readonly keyFile = join(this.home, ".ssh", "id_ed25519");

  constructor() {
    mkdirSync(join(this.home, ".ssh"), { mode: 0o700 });
    makeKey(this.keyFile);
    writeFileSync(this.configFile, ["Host *", `  IdentityFile ${this.keyFile}`, "  IdentitiesOnly yes", "  IdentityAgent none", `  UserKnownHostsFile ${this.knownHosts}`, "  GlobalKnownHostsFile /dev/null", "  HashKnownHosts no", ""].join("\n"));
  }

  get publicKey(): string {
    return readFileSync(`${this.keyFile}.pub`, "utf8").trim();
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return { ...process.env, HOME: this.home, KUBERNEST_SSH_CONFIG: this.configFile };
  }

  /** Takes what the machine is, without a question. */
  know(machine: SshMachine): void {
    writeFileSync(this.knownHosts, `${existsSync(this.knownHosts) ? readFileSync(this.knownHosts, "utf8") : ""}${machine.knownHostLine}\n`);
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

export class SshMachine {
  readonly root = mkdtempSync(join(tmpdir(), "kubernest-machine-"));
  readonly home = join(this.root, "home");
  readonly #options: SshMachineOptions;
  readonly #connections = new Set<Connection>();
  #server: ssh2.Server | undefined;
  #port = 0;
  #keyCount = 0;

  private constructor(options: SshMachineOptions) {
    this.#options = options;
    mkdirSync(join(this.home, ".ssh"), { recursive: true, mode: 0o700 });
    mkdirSync(join(this.root, "bin"));
    const sudo = join(this.root, "bin", "sudo");
    writeFileSync(sudo, sudoScript(options.sudoPassword));
    chmodSync(sudo, 0o755);
  }

  static async start(options: SshMachineOptions = {}): Promise<SshMachine> {
    const machine = new SshMachine(options);
    await machine.#listen();
    return machine;
  }

  get port(): number {
    return this.#port;
  }

  get knownHostLine(): string {
    return `[${ADDRESS}]:${this.#port} ${readFileSync(`${this.#hostKey}.pub`, "utf8").split(" ").slice(0, 2).join(" ").trim()}`;
  }

  target(sudo: ShellTarget["sudo"] = "none"): ShellTarget {
    return { machine: "pi1", address: ADDRESS, user: USER, port: this.#port, key: undefined, jump: undefined, sudo };
  }

  get authorisedKeys(): string {
    const path = join(this.home, ".ssh", "authorized_keys");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  authorise(publicKey: string): void {
    writeFileSync(join(this.home, ".ssh", "authorized_keys"), `${publicKey}\n`, { mode: 0o600 });
  }

  /** As when its cable is pulled, for those who are connected: no goodbye. */
  cutConnections(): void {
    for (const connection of this.#connections) connection.end();
    this.#connections.clear();
  }

  /** Installed anew: another host key at the same address. */
  async reinstall(): Promise<void> {
    await this.#close();
    this.#keyCount++;
    await this.#listen();
  }

  /** Nothing listens any more; `start` again at the same address with `reinstall`. */
  async stop(): Promise<void> {
    await this.#close();
    rmSync(this.root, { recursive: true, force: true });
  }

  get #hostKey(): string {
    return join(this.root, `host-key-${this.#keyCount}`);
  }

  async #listen(): Promise<void> {
    if (!existsSync(this.#hostKey)) makeKey(this.#hostKey);
    const other = join(this.root, "host-key-other");
    if (!existsSync(other)) makeKey(other, "ecdsa");
    const server = new ssh2.Server({ hostKeys: [this.#hostKey, ...(this.#options.hasOtherKey === true ? [other] : [])].map((path) => readFileSync(path)) }, (connection) => this.#serve(connection));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, ADDRESS, resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async #close(): Promise<void> {
    this.cutConnections();
    await new Promise<void>((resolve) => (this.#server === undefined ? resolve() : void this.#server.close(() => resolve())));
    this.#server = undefined;
  }

  #serve(connection: Connection): void {
    this.#connections.add(connection);
    connection.on("close", () => this.#connections.delete(connection));
    // Someone who asks for the key and leaves (ssh-keyscan), or is cut off.
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      const methods: ssh2.AuthenticationType[] = this.#options.password === undefined ? ["publickey"] : ["publickey", "password"];
      if (context.username !== USER) return context.reject(methods);
      if (context.method === "password" && context.password === this.#options.password) return context.accept();
      if (context.method === "publickey" && this.#isAuthorised(context)) return context.accept();
      return context.reject(methods);
    });
    connection.on("session", (accept) => {
      const session = accept();
      session.on("env", (acceptEnv) => acceptEnv?.());
      session.on("exec", (acceptExec, _reject, { command }) => this.#run(command, acceptExec()));
    });
  }

  #isAuthorised(context: ssh2.PublicKeyAuthContext): boolean {
    return this.authorisedKeys.split("\n").some((line) => {
      const key = line.trim() === "" ? undefined : ssh2.utils.parseKey(line);
      if (key === undefined || key instanceof Error) return false;
      if (!key.getPublicSSH().equals(context.key.data)) return false;
      return context.signature === undefined || context.blob === undefined || key.verify(context.blob, context.signature, context.hashAlgo) === true;
    });
  }

  /** As sshd does: the login shell is given the command, in the home directory; when nobody listens any more it is not killed. */
  #run(command: string, channel: ServerChannel): void {
    const greet = this.#options.greeting === undefined ? "" : `echo '${this.#options.greeting}'; `;
    const child = spawn("sh", ["-c", `${greet}${command}`], { cwd: this.home, env: { PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`, HOME: this.home, USER, SSH_CONNECTION: `192.0.2.1 50000 ${ADDRESS} ${this.#port}` } });
    channel.pipe(child.stdin);
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => void (channel.writable && channel.write(chunk)));
    child.stderr.on("data", (chunk: Buffer) => void (channel.stderr.writable && channel.stderr.write(chunk)));
    // sshd's own ends of the pipes are closed: who writes finds out that nobody listens.
    channel.on("close", () => {
      child.stdin.end();
      child.stdout.destroy();
      child.stderr.destroy();
    });
    channel.on("error", () => undefined);
    child.on("close", (code) => {
      if (!channel.writable) return;
      channel.exit(code ?? 255);
      channel.end();
    });
  }
}

function makeKey(path: string, type: "ed25519" | "ecdsa" = "ed25519"): void {
  const { status, stderr } = spawnSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path]);
  if (status !== 0) throw new Error(stderr.toString());
}

/** `sudo -n -- COMMAND` and `sudo -S -p PROMPT -- COMMAND`, with sudo's own words; three wrong passwords are too many. */
function sudoScript(password: string | undefined): string {
  const ask = `[ "$asks" = yes ] || { echo "sudo: a password is required" >&2; exit 1; }
  tries=0
  while :; do
    printf "%s" "$prompt" >&2
    IFS= read -r word || { echo "sudo: no password was provided" >&2; exit 1; }
    [ "$word" = '${password}' ] && break
    tries=$((tries + 1))
    [ $tries -lt 3 ] || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
    echo "Sorry, try again." >&2
  done`;
  return `#!/bin/sh
asks=no prompt="Password: "
while [ "$1" != -- ]; do case $1 in -S) asks=yes;; -p) prompt=$2; shift;; esac; shift; done
shift
${password === undefined ? "" : ask}
KUBERNEST_TEST_SUDO=yes exec "$@"
`;
}

/** Reaches machines through the system's OpenSSH client: its configuration, agent, known hosts, jump hosts and hardware keys all count. Host keys are always verified. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type Shell, type ShellConnector, ShellFailed, type ShellTarget } from "../ports/shell.ts";
import { FramedSession } from "./framed-session.ts";
import { remoteCommand } from "./shell-dispatcher.ts";
import { sshFailure } from "./ssh-failure.ts";

export interface SshShellOptions {
  /** The program; `ssh` unless a test says otherwise. */
  readonly program?: string;
  /** A configuration file in place of the user's own. */
  readonly configFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asked at most once for each machine whose sudo wants one. Undefined: there is nobody to ask. */
  sudoPassword(machine: string): Promise<string | undefined>;
  debug(line: string): void;
}

/** A machine that is off answers nothing at all: without these, ssh waits for minutes. */
const KEEP_ALIVE_SECONDS = 5;
const KEEP_ALIVE_MISSES_MAX = 4;

export function sshArguments(target: ShellTarget, options: { readonly configFile: string | undefined; readonly connectTimeoutSeconds: number }): string[] {
  return [
    ...(options.configFile === undefined ? [] : ["-F", options.configFile]),
    "-T",
    // No questions: several machines are reached at once, and there may be no terminal.
    ...["BatchMode=yes", "StrictHostKeyChecking=yes", `ConnectTimeout=${options.connectTimeoutSeconds}`, `ServerAliveInterval=${KEEP_ALIVE_SECONDS}`, `ServerAliveCountMax=${KEEP_ALIVE_MISSES_MAX}`]
      .flatMap((option) => ["-o", option]),
    // What the user's configuration may hold for interactive sessions is in the way here.
    ...["RemoteCommand=none", "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "ControlMaster=no", "PermitLocalCommand=no"].flatMap((option) => ["-o", option]),
    ...(target.key === undefined ? [] : ["-i", target.key, "-o", "IdentitiesOnly=yes"]),
    ...(target.jump === undefined ? [] : ["-J", target.jump]),
    ...(target.port === 22 ? [] : ["-p", String(target.port)]),
    "-l",
    target.user,
    target.address,
  ];
}

export function sshConnector(options: SshShellOptions): ShellConnector {
  const passwords = new Map<string, Promise<string | undefined>>();
  return {
    async connect(target, { deadlineMs }): Promise<Shell> {
      let password: string | undefined;
      if (target.sudo === "password") {
        if (!passwords.has(target.machine)) passwords.set(target.machine, options.sudoPassword(target.machine));
        password = await passwords.get(target.machine);
        if (password === undefined) throw new ShellFailed("sudo-refused", target.machine, `${target.machine}: sudo wants a password, and there is nobody to ask`, "run this in a terminal, give it in KUBERNEST_SUDO_PASSWORD, or allow sudo without a password");
      }
      const nonce = `@${randomBytes(9).toString("hex")}`;
      const args = [...sshArguments(target, { configFile: options.configFile, connectTimeoutSeconds: Math.max(1, Math.ceil(deadlineMs / 1000)) }), remoteCommand(nonce, target.sudo)];
      options.debug(`${target.machine}: ${options.program ?? "ssh"} ${args.slice(0, -1).join(" ")}`);
      // A group of its own: Ctrl-C is for this program, which ends its sessions itself.
      const child = spawn(options.program ?? "ssh", args, { stdio: ["pipe", "pipe", "pipe"], env: { ...options.env, LC_ALL: "C" }, detached: true });
      try {
        await untilReady(child, target, nonce, password, deadlineMs);
      } catch (error) {
        if (error instanceof ShellFailed && error.code === "sudo-password-wrong") passwords.delete(target.machine);
        child.kill("SIGKILL");
        throw error;
      }
      return new FramedSession(target.machine, child, nonce);
    },
  };
}

/** Resolves when the far end runs scripts; what it printed before (a banner, a profile that talks) is dropped. */
function untilReady(child: ChildProcessWithoutNullStreams, target: ShellTarget, nonce: string, password: string | undefined, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let out = "";
    let said = "";
    let promptCount = 0;
    const end = (failure?: ShellFailed): void => {
      clearTimeout(timer);
      child.stdout.removeAllListeners("data");
      child.stderr.removeAllListeners("data");
      child.removeAllListeners("close");
      child.removeAllListeners("error");
      // The process may still end, and write to nobody.
      child.on("error", () => undefined);
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const timer = setTimeout(() => end(said === "" ? new ShellFailed("unreachable", target.machine, `${target.machine}: no answer from ${target.address} after ${Math.round(deadlineMs / 1000)} s`, `is it on, and at ${target.address}? try: ping ${target.address}`) : sshFailure(target, said, "no answer")), deadlineMs + 500);
    child.stdin.on("error", () => undefined);
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("latin1");
      if (new RegExp(`(^|\n)${nonce} ready \\d+\n`).test(out)) end();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const count = said.split(`${nonce} password`).length - 1;
      if (count === promptCount) return;
      promptCount = count;
      if (count === 1) child.stdin.write(`${password ?? ""}\n`);
      else end(new ShellFailed("sudo-password-wrong", target.machine, `${target.machine}: sudo does not take this password`, "run the same command again, and type it anew"));
    });
    child.on("error", (error: NodeJS.ErrnoException) => end(new ShellFailed("no-shell", target.machine, `${target.machine}: ${error.code === "ENOENT" ? "the OpenSSH client (ssh) is not installed" : error.message}`, "install it: the package is openssh-client")));
    child.on("close", (code, signal) => end(sshFailure(target, said, String(signal ?? code))));
  });
}

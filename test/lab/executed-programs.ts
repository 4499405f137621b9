/**
 * Every program that is executed on this computer while it records, with its arguments, as the kernel's audit subsystem sees them: containers and machines of a lab share
 * the kernel, so that both sides of a connection are there. The kernel waits for its reader, and counts what it lost: nothing is missed in silence.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Set on this process, and so on all that it starts; logins of machines set their own. Others have none, and are left out. */
const LOGIN_UID = "4200";
const RULE = ["always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "auid!=unset", "-k", "kubernest-test"];

/** Undefined where it can record. */
export function whyNotRecorded(): string | undefined {
  const { status, stdout, error } = spawnSync("auditctl", ["-s"], { encoding: "utf8" });
  if (error !== undefined || spawnSync("auditd", ["-h"]).error !== undefined) return "auditd is not installed: apt-get install auditd";
  if (status !== 0) return "the kernel's audit subsystem is not to be had here";
  return /^pid [1-9]/m.test(stdout) ? "another audit daemon reads the kernel's audit subsystem here" : undefined;
}

export class ExecutedPrograms {
  readonly #directory = mkdtempSync(join(tmpdir(), "kubernest-executed-"));
  readonly #log = join(this.#directory, "audit.log");
  #daemon: ChildProcess | undefined;

  async start(): Promise<void> {
    writeFileSync(
      join(this.#directory, "auditd.conf"),
      ["local_events = yes", `log_file = ${this.#log}`, "log_format = RAW", "flush = NONE", "max_log_file = 4000", "max_log_file_action = IGNORE", "num_logs = 0", "space_left = 75", "space_left_action = IGNORE", "admin_space_left = 50", "admin_space_left_action = IGNORE", "disk_full_action = IGNORE", "disk_error_action = IGNORE", "q_depth = 20000", ""].join("\n"),
      { mode: 0o640 },
    );
    this.#daemon = spawn("auditd", ["-n", "-c", this.#directory], { stdio: "ignore" });
    for (let count = 0; count < 100 && !/^pid [1-9]/m.test(auditctl("-s")); count++) await new Promise((resolve) => setTimeout(resolve, 100));
    auditctl("-b", "32768", "--backlog_wait_time", "60000");
    auditctl("--reset-lost");
    auditctl("-a", ...RULE);
    auditctl("-e", "1");
    writeFileSync("/proc/self/loginuid", LOGIN_UID);
  }

  /** Argument lists, one for each program; throws where the kernel had to lose any. */
  async read(): Promise<string[][]> {
    // What the kernel still holds is read within a moment.
    for (let count = 0; count < 100 && !/^backlog 0$/m.test(auditctl("-s")); count++) await new Promise((resolve) => setTimeout(resolve, 100));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const lost = /^lost (\d+)$/m.exec(auditctl("-s"))?.[1];
    if (lost !== "0") throw new Error(`${lost} records were lost: nothing can be said`);
    return parseExecuted(readFileSync(this.#log, "utf8"));
  }

  async stop(): Promise<void> {
    auditctl("-d", ...RULE);
    auditctl("-e", "0");
    const daemon = this.#daemon;
    if (daemon !== undefined && daemon.exitCode === null) {
      const ended = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function auditctl(...args: string[]): string {
  return spawnSync("auditctl", args, { encoding: "utf8" }).stdout;
}

/** `a0="sh"`, in hexadecimal digits where it holds anything unusual, and in pieces `a1[0]=…` where it is long, maybe over several records. */
export function parseExecuted(log: string): string[][] {
  const all = new Map<string, Map<number, Map<number, string>>>();
  for (const line of log.split("\n")) {
    const [, event, rest] = /^type=EXECVE msg=audit\(([^)]+)\): (?:argc=\d+ )?(.*)$/.exec(line) ?? [];
    if (event === undefined || rest === undefined) continue;
    const args = all.get(event) ?? new Map<number, Map<number, string>>();
    all.set(event, args);
    for (const [, index, piece, quoted, hex] of rest.matchAll(/\ba(\d+)(?:\[(\d+)\])?=(?:"([^"]*)"|([0-9A-F]*))(?= |$)/g)) {
      const pieces = args.get(Number(index)) ?? new Map<number, string>();
      args.set(Number(index), pieces);
      pieces.set(Number(piece ?? 0), quoted !== undefined ? Buffer.from(quoted, "utf8").toString("hex") : hex!);
    }
  }
  const inOrder = <T>(map: Map<number, T>): T[] => [...map].sort(([a], [b]) => a - b).map(([, value]) => value);
  return [...all.values()].map((args) => inOrder(args).map((pieces) => Buffer.from(inOrder(pieces).join(""), "hex").toString("utf8")));
}

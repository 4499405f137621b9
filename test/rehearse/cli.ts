/** The command as a user starts it, for tests: a process of its own, always ended, its output kept. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bundledProgram } from "./bundled-program.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
const MAIN = await bundledProgram();
const LOOK_PERIOD_MS = 25;
/** No command of these tests needs longer, and no serving one: a test that was cut short leaves nothing behind. */
const COMMAND_DEADLINE_MS = 60_000;
const SERVING_DEADLINE_MS = 300_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export class Started {
  readonly #child: ChildProcess;
  readonly #isGroup: boolean;
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;

  constructor(command: string, args: readonly string[], cwd: string, { env = {}, deadlineMs = COMMAND_DEADLINE_MS, isGroup = false }: { env?: NodeJS.ProcessEnv; deadlineMs?: number; isGroup?: boolean } = {}) {
    this.#isGroup = isGroup;
    this.#child = spawn(command, [...args], { cwd, detached: isGroup, env: { ...process.env, NO_COLOR: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.on("data", (data: Buffer) => (this.stdout += data.toString()));
    this.#child.stderr!.on("data", (data: Buffer) => (this.stderr += data.toString()));
    const deadline = setTimeout(() => this.signal("SIGKILL"), deadlineMs);
    this.ended = new Promise((done, fail) => {
      this.#child.on("error", fail);
      this.#child.on("close", (code, signal) => {
        clearTimeout(deadline);
        done({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    // Whoever waits for something else still learns of it through `until`.
    this.ended.catch(() => undefined);
  }

  /** To the whole group where it has one of its own, as a terminal's Ctrl-C. */
  signal(name: NodeJS.Signals): void {
    if (this.#isGroup) process.kill(-this.pid, name);
    else this.#child.kill(name);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until the condition holds; throws with all output when the process ends or the time is over before. */
  async until(what: string, isSo: () => boolean, withinMs: number): Promise<void> {
    const endMs = Date.now() + withinMs;
    while (!isSo()) {
      if (!this.isRunning || Date.now() > endMs) throw new Error(`${what}: ${this.isRunning ? `not within ${withinMs} ms` : "the process ended"}\n${this.stdout}\n${this.stderr}`);
      await pause(LOOK_PERIOD_MS);
    }
  }

  /** Ctrl-C, and the end. */
  async stop(): Promise<Ended> {
    if (this.isRunning) this.signal("SIGINT");
    return this.ended;
  }
}

/** `kubernest …`, as the package ships it. */
export function startKubernest(args: readonly string[], cwd: string, deadlineMs = SERVING_DEADLINE_MS): Started {
  return new Started(process.execPath, [MAIN, ...args], cwd, { env: { XDG_CACHE_HOME: resolve(cwd, ".cache") }, deadlineMs });
}

export function kubernest(args: readonly string[], cwd: string): Promise<Ended> {
  return startKubernest(args, cwd, COMMAND_DEADLINE_MS).ended;
}

export const FREE_PORTS = ["--port", "0", "--http-port", "0", "--https-port", "0"] as const;

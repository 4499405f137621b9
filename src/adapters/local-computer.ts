/** This computer, by Node: programs in process groups of their own, so that a deadline or Ctrl-C ends all that they started. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { access, constants, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { constants as osConstants, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type CommandResult, type Computer, ComputerFailed } from "../ports/computer.ts";

/** Where programs for root live; sudo and cron often leave some of them out. */
const ROOT_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/** Much more than any program prints that we read; a runaway is cut off there. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const LOCK_TAKEN = 75;
const LOCK_WITHIN_MS = 5_000;

export interface LocalComputer extends Computer {
  /** Ends the programs that are running: each `run` rejects with `interrupted`. Those that were started to outlive us go on. */
  interrupt(): void;
}

export function localComputer(env: Readonly<Record<string, string | undefined>>): LocalComputer {
  const path = [...new Set([...(env["PATH"] ?? "").split(delimiter).filter((one) => one !== ""), ...ROOT_PATH])].join(delimiter);
  const childEnv = { ...env, PATH: path, LC_ALL: "C.UTF-8" };
  const running = new Set<ChildProcess>();
  let isInterrupted = false;

  return {
    processor: process.arch,
    memoryBytes: totalmem(),
    isRoot: process.getuid?.() === 0,
    nowMs: () => Date.now(),
    sleep: async (durationMs) => void (await wait(durationMs)),

    run({ argv, input = "", deadlineMs }) {
      return new Promise<CommandResult>((resolve, reject) => {
        if (isInterrupted) return reject(new ComputerFailed("interrupted", `${argv[0]}: interrupted`));
        const child = spawn(argv[0]!, argv.slice(1), { env: childEnv, detached: true, stdio: ["pipe", "pipe", "pipe"] });
        running.add(child);
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          killGroup(child, "SIGKILL");
        }, deadlineMs);
        const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        let sizeBytes = 0;
        for (const name of ["stdout", "stderr"] as const) {
          child[name].on("data", (piece: Buffer) => {
            sizeBytes += piece.length;
            if (sizeBytes <= OUTPUT_BYTES_MAX) output[name].push(piece);
            else killGroup(child, "SIGKILL");
          });
        }
        // A program that does not read its input closes it: its exit code tells more than our EPIPE.
        child.stdin.on("error", () => undefined);
        child.stdin.end(input);
        const ended = (): void => {
          clearTimeout(timer);
          running.delete(child);
        };
        child.once("error", (error) => {
          ended();
          reject(new ComputerFailed("not-started", `${argv[0]}: ${error.message}`, { cause: error }));
        });
        child.once("close", (code, signal) => {
          ended();
          if (isLate) return reject(new ComputerFailed("timed-out", `${argv[0]}: not done after ${deadlineMs / 1000} s`));
          if (isInterrupted) return reject(new ComputerFailed("interrupted", `${argv[0]}: interrupted`));
          const text = (name: "stdout" | "stderr"): string => Buffer.concat(output[name]).toString("utf8");
          resolve({ code: exitCode(code, signal), stdout: text("stdout"), stderr: text("stderr") });
        });
      });
    },

    start(argv, { logFile }) {
      return new Promise<void>((resolve, reject) => {
        const log = openSync(logFile, "w", 0o600);
        const child = spawn(argv[0]!, argv.slice(1), { env: childEnv, cwd: "/", detached: true, stdio: ["ignore", log, log] });
        closeSync(log);
        child.once("error", (error) => reject(new ComputerFailed("not-started", `${argv[0]}: ${error.message}`, { cause: error })));
        child.once("spawn", () => {
          child.unref();
          resolve();
        });
      });
    },

    attach(argv, options) {
      return new Promise<number>((resolve, reject) => {
        const child = spawn(argv[0]!, argv.slice(1), { env: { ...env, ...options.env }, stdio: "inherit" });
        // The terminal sends Ctrl-C to the program as well: it decides. What is sent to us alone is passed on.
        const stay = (): void => undefined;
        const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
        process.on("SIGINT", stay);
        process.on("SIGTERM", pass);
        process.on("SIGHUP", pass);
        const ended = (): void => {
          process.off("SIGINT", stay);
          process.off("SIGTERM", pass);
          process.off("SIGHUP", pass);
        };
        child.once("error", (error) => {
          ended();
          reject(new ComputerFailed("not-started", `${argv[0]}: ${error.message}`, { cause: error }));
        });
        child.once("exit", (code, signal) => {
          ended();
          resolve(exitCode(code, signal));
        });
      });
    },

    async find(program) {
      for (const directory of path.split(delimiter)) {
        const candidate = join(directory, program);
        try {
          await access(candidate, constants.X_OK);
          return candidate;
        } catch {
          // Not there: the next directory may have it.
        }
      }
      return undefined;
    },

    async readText(file) {
      try {
        return await readFile(file, "utf8");
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },

    async writeText(file, text, mode) {
      await mkdir(dirname(file), { recursive: true });
      const temporary = `${file}.${process.pid}.tmp`;
      try {
        await writeFile(temporary, text, { mode });
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },

    async list(directory) {
      try {
        return (await readdir(directory)).sort();
      } catch (error) {
        if (isAbsent(error)) return [];
        throw error;
      }
    },

    /** flock(1) holds it for as long as its input is open: the kernel closes that when we end, however we end. */
    lock(file) {
      return new Promise((resolve, reject) => {
        const child = spawn("flock", ["--nonblock", "--conflict-exit-code", String(LOCK_TAKEN), file, "sh", "-c", "echo held; exec cat >/dev/null"], { env: childEnv, detached: true, stdio: ["pipe", "pipe", "ignore"] });
        const timer = setTimeout(() => child.kill("SIGKILL"), LOCK_WITHIN_MS);
        const closed = new Promise<number>((done) => child.once("close", (code, signal) => done(exitCode(code, signal))));
        child.once("error", (error) => {
          clearTimeout(timer);
          reject(new ComputerFailed("not-started", `flock: ${error.message}`, { cause: error }));
        });
        child.stdout.once("data", () => {
          clearTimeout(timer);
          resolve(async () => {
            child.stdin.end();
            await closed;
          });
        });
        void closed.then((code) => {
          clearTimeout(timer);
          if (code === LOCK_TAKEN) resolve(undefined);
          else reject(new ComputerFailed("not-started", `flock ${file}: ended with ${code}`));
        });
      });
    },

    interrupt() {
      isInterrupted = true;
      for (const child of running) killGroup(child, "SIGTERM");
    },
  };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : osConstants.signals[signal]);
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

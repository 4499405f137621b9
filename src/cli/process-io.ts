/** The real outside of a command: this process, its terminal, the disk. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { CommandIo } from "./command.ts";

/** Debug logs of so many runs are kept. */
const LOGS_COUNT_MAX = 20;
const WIDTH_DEFAULT = 80;

export function processIo(): CommandIo {
  const { env } = process;
  const cwd = process.cwd();
  const isTerminal = process.stderr.isTTY === true;
  const at = (path: string): string => resolve(cwd, path);
  const debugLogPath = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kubernest", "logs", `${new Date().toISOString().replace(/[:.]/g, "-")}-${process.pid}.log`);
  let hasLog = false;
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    cwd,
    env,
    isTerminal,
    stdoutIsTerminal: process.stdout.isTTY === true,
    canAsk: isTerminal && process.stdin.isTTY === true,
    width: process.stderr.columns || WIDTH_DEFAULT,
    colour: isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb",
    readFile: (path) => readFileSync(at(path), "utf8"),
    writeFile(path, text, options = {}) {
      // Whole or not at all: a reader never sees half a file, and an interruption leaves the old one.
      const target = at(path);
      mkdirSync(dirname(target), { recursive: true });
      const temporary = `${target}.${process.pid}.tmp`;
      try {
        writeFileSync(temporary, text, { mode: options.mode ?? 0o644 });
        renameSync(temporary, target);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
    exists: (path) => existsSync(at(path)),
    stampOf(path) {
      const found = statSync(at(path), { throwIfNoEntry: false });
      return found === undefined ? undefined : `${found.mtimeMs} ${found.size} ${found.ino}`;
    },
    list: (directory) => readdirSync(at(directory)).sort(),
    remove: (path) => rmSync(at(path), { force: true }),
    makeDirectory: (path) => void mkdirSync(at(path), { recursive: true }),
    now: () => Date.now(),
    onInterrupt(fn) {
      process.on("SIGINT", fn);
      process.on("SIGTERM", fn);
      return () => {
        process.off("SIGINT", fn);
        process.off("SIGTERM", fn);
      };
    },
    debug(line) {
      try {
        if (!hasLog) {
          startLog(debugLogPath);
          hasLog = true;
        }
        appendFileSync(debugLogPath, `${new Date().toISOString()} ${line}\n`);
      } catch {
        // A disk that takes no log must not stop the command; what failed is told on the screen anyway.
      }
    },
    debugLogPath,
  };
}

function startLog(path: string): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const old = readdirSync(directory).filter((name) => name.endsWith(".log")).sort();
  for (const name of old.slice(0, Math.max(0, old.length - LOGS_COUNT_MAX + 1))) rmSync(join(directory, name), { force: true });
  writeFileSync(path, "", { mode: 0o600 });
}

/** The real outside of a secrets file: this process's environment, the disk, the system's chance. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import type { ProgramResult, SecretEnvironment } from "../ports/secret-environment.ts";

/** Relative paths are of `directory`. */
export function processSecretEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env, directory: string = process.cwd()): SecretEnvironment {
  const at = (path: string): string => resolve(directory, path);
  return {
    variable: (name) => variables[name],
    homeDirectory: variables["HOME"] ?? homedir(),
    platform: process.platform,
    readFile: (path) =>
      readFile(at(path), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
        throw error;
      }),
    async replaceFile(path, text, mode) {
      // A link is followed, so that what it points to is replaced and the link stays.
      const target = await realpath(at(path)).catch(() => at(path));
      const kept = await stat(target).then(
        (found) => found.mode & 0o777,
        () => mode,
      );
      await mkdir(dirname(target), { recursive: true });
      const temporary = `${target}.${process.pid}.tmp`;
      try {
        await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
        await chmod(temporary, kept);
        await rename(temporary, target);
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async createPrivateFile(given, text) {
      const path = at(given);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
        // A link, unlike a rename, refuses to take the place of a file that is there.
        await link(temporary, path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await stat(path).catch(() => undefined)) !== undefined) return false;
        throw error;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    randomBytes: (count) => randomBytes(count),
    now: () => Date.now(),
    runProgram: (command, options) => runProgram(command, { ...options, directory, variables: { ...variables, ...options.variables } }),
  };
}

function runProgram(command: readonly string[], options: { directory: string; input?: string; variables: Readonly<Record<string, string | undefined>>; deadlineMs: number }): Promise<ProgramResult | undefined> {
  return new Promise((done, reject) => {
    const [program, ...args] = command;
    const child = spawn(program!, args, { cwd: options.directory, env: options.variables, stdio: ["pipe", "pipe", "pipe"], timeout: options.deadlineMs });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? done(undefined) : reject(error)));
    child.on("close", (code) => done({ code: code ?? 1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") }));
    child.stdin.on("error", () => {
      // A program that does not read its input closes the pipe; its exit code tells how it went.
    });
    child.stdin.end(options.input ?? "");
  });
}

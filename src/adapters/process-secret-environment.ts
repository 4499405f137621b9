/** The real outside of a secrets file: this process's environment, the disk, the system's chance. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname } from "node:path";
import type { ProgramResult, SecretEnvironment } from "../ports/secret-environment.ts";

export function processSecretEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): SecretEnvironment {
  return {
    variable: (name) => variables[name],
    homeDirectory: variables["HOME"] ?? homedir(),
    platform: process.platform,
    readFile: (path) =>
      readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
        throw error;
      }),
    async replaceFile(path, text, mode) {
      // A link is followed, so that what it points to is replaced and the link stays.
      const target = await realpath(path).catch(() => path);
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
    async createPrivateFile(path, text) {
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
    runProgram: (command, options) => runProgram(command, { ...options, variables: { ...variables, ...options.variables } }),
  };
}

function runProgram(command: readonly string[], options: { input?: string; variables: Readonly<Record<string, string | undefined>>; deadlineMs: number }): Promise<ProgramResult | undefined> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = command;
    const child = spawn(program!, args, { env: options.variables, stdio: ["pipe", "pipe", "pipe"], timeout: options.deadlineMs });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? resolve(undefined) : reject(error)));
    child.on("close", (code) => resolve({ code: code ?? 1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") }));
    child.stdin.on("error", () => {
      // A program that does not read its input closes the pipe; its exit code tells how it went.
    });
    child.stdin.end(options.input ?? "");
  });
}

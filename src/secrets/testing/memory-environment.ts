/** An outside for tests: files in memory, chance from a seed, programs as functions. */
import { createHash } from "node:crypto";
import type { ProgramResult, SecretEnvironment } from "../../ports/secret-environment.ts";

export interface MemoryEnvironment extends SecretEnvironment {
  readonly files: Map<string, { text: string; mode: number }>;
  readonly ran: { command: readonly string[]; input: string | undefined; variables: Readonly<Record<string, string>> | undefined }[];
}

export function memoryEnvironment(
  options: { files?: Record<string, string>; variables?: Record<string, string>; platform?: string; programs?: Record<string, (args: readonly string[], input: string | undefined) => Partial<ProgramResult>> } = {},
): MemoryEnvironment {
  const files = new Map(Object.entries(options.files ?? {}).map(([path, text]) => [path, { text, mode: 0o644 }]));
  const ran: MemoryEnvironment["ran"] = [];
  let draws = 0;
  return {
    files,
    ran,
    variable: (name) => options.variables?.[name],
    homeDirectory: "/home/me",
    platform: options.platform ?? "linux",
    readFile: (path) => Promise.resolve(files.get(path)?.text),
    replaceFile: (path, text, mode) => Promise.resolve(void files.set(path, { text, mode: files.get(path)?.mode ?? mode })),
    createPrivateFile(path, text) {
      if (files.has(path)) return Promise.resolve(false);
      files.set(path, { text, mode: 0o600 });
      return Promise.resolve(true);
    },
    randomBytes(count) {
      const blocks = Array.from({ length: Math.ceil(count / 32) }, () => createHash("sha256").update(`draw ${draws++}`).digest());
      return Buffer.concat(blocks).subarray(0, count);
    },
    now: () => Date.parse("2026-11-01T12:00:00Z"),
    runProgram(command, { input, variables }) {
      ran.push({ command, input, variables });
      const program = options.programs?.[command[0]!];
      return Promise.resolve(program === undefined ? undefined : { code: 0, stdout: Buffer.alloc(0), stderr: "", ...program(command.slice(1), input) });
    },
  };
}

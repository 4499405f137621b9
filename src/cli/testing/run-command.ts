/** A command against a small outside: files in memory, no terminal, no clock that moves. For tests. */
import { Command } from "commander";
import type { CommandIo, CommandModule } from "../command.ts";

export interface CommandEnded {
  code: number;
  stdout: string;
  stderr: string;
  /** By path, as the command left them. */
  files: Record<string, string>;
}

/** What commander refuses ends with 1 and its words, as in the program. `files` is written to. */
export async function runCommand(module: CommandModule, args: readonly string[], files: Record<string, string> = {}, over: Partial<CommandIo> = {}): Promise<CommandEnded> {
  let stdout = "";
  let stderr = "";
  const io = {
    stdout: (text: string) => void (stdout += text),
    stderr: (text: string) => void (stderr += text),
    cwd: "/home/me",
    env: {},
    isTerminal: false,
    stdoutIsTerminal: false,
    canAsk: false,
    width: 80,
    colour: false,
    readFile: (path: string) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      return text;
    },
    writeFile: (path: string, text: string) => void (files[path] = text),
    exists: (path: string) => files[path] !== undefined,
    now: () => Date.parse("2026-11-01"),
    ...over,
  } as unknown as CommandIo;
  const command = new Command("x").exitOverride().configureOutput({ writeErr: (text) => void (stderr += text) });
  module.configure(command);
  try {
    command.parse(args, { from: "user" });
  } catch {
    return { code: 1, stdout, stderr, files };
  }
  const code = await module.run(command.processedArgs.filter((arg): arg is string => typeof arg === "string"), command.opts(), io);
  return { code, stdout, stderr, files };
}

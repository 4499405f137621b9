/** What only the shell itself can do: change its own variables, leave, wait for what it started. */
import type { ContainerFiles } from "./container-files.ts";
import { PROGRAMS, resolvePath, type Run, type Wait } from "./shell-programs.ts";
import { type Io, Leave, type ShellState } from "./shell-state.ts";

export interface BuiltinShell {
  state: ShellState;
  files: ContainerFiles;
  /** Started with `&`, in order. */
  background: Run[];
  program(command: readonly string[], io: Io): Run;
  text(text: string, io: Io): Run;
}

/** Undefined where there is no such builtin. */
export function* runBuiltin(name: string, args: readonly string[], io: Io, shell: BuiltinShell): Generator<Wait, number | undefined> {
  const { state } = shell;
  switch (name) {
    case "exit":
      throw new Leave("exit", args[0] === undefined ? state.status : Number(args[0]) & 255);
    case "return":
      throw new Leave("return", args[0] === undefined ? state.status : Number(args[0]) & 255);
    case "break":
    case "continue":
      throw new Leave(name, 0);
    case "cd":
      state.directory = resolvePath(args[0] ?? "/root", state.directory);
      return 0;
    case "export":
    case "readonly":
    case "local":
    case "declare":
      for (const arg of args) {
        const [key, value] = arg.split(/=(.*)/s) as [string, string | undefined];
        if (value !== undefined) state.variables.set(key, value);
        if (name === "export") state.exported.add(key);
      }
      return 0;
    case "unset":
      for (const arg of args) state.variables.delete(arg);
      return 0;
    case "set":
      for (const arg of args) if (/^[-+]\w*e/.test(arg)) state.exitsOnError = arg.startsWith("-");
      return 0;
    case "shift":
      state.params = [state.params[0] ?? "sh", ...state.params.slice(1 + Number(args[0] ?? 1))];
      return 0;
    case "trap":
      for (const signal of args.slice(1)) state.traps.set(signal.replace(/^SIG/, ""), args[0]!);
      return 0;
    case "exec":
      if (args.length === 0) return 0;
      throw new Leave("exit", yield* shell.program(args, io));
    case "eval":
      return yield* shell.text(args.join(" "), io);
    case ".":
    case "source": {
      const text = shell.files.read(resolvePath(args[0] ?? "", state.directory));
      if (text === undefined) {
        io.err(`sh: .: can't open '${args[0]}': No such file or directory\n`);
        return 2;
      }
      return yield* shell.text(text, io);
    }
    case "command":
      if (args[0] !== "-v") return yield* shell.program(args, io);
      if (args[1] !== undefined && Object.hasOwn(PROGRAMS, args[1])) {
        io.out(`/bin/${args[1]}\n`);
        return 0;
      }
      return 1;
    case "time":
    case "nohup":
    case "exec_":
      return yield* shell.program(args, io);
    case "timeout":
      return yield* shell.program(args.filter((arg) => !arg.startsWith("-")).slice(1), io);
    case "read":
      return readLine(args, io, state);
    case "wait":
      for (const run of shell.background.splice(0)) yield* run;
      return 0;
    case "kill":
    case "umask":
    case "ulimit":
    case "alias":
    case "hash":
      return 0;
    default:
      return undefined;
  }
}

/** `read a b`: the next line, its last variable taking what is left. 1 at the end of the input. */
function readLine(args: readonly string[], { input }: Io, state: ShellState): number {
  const names = args.filter((arg) => !arg.startsWith("-"));
  const end = input.text.indexOf("\n");
  const line = end < 0 ? input.text : input.text.slice(0, end);
  const isEnd = input.text === "";
  input.text = end < 0 ? "" : input.text.slice(end + 1);
  const words = line.trim().split(/\s+/);
  (names.length > 0 ? names : ["REPLY"]).forEach((name, index, all) => {
    state.variables.set(name, index === all.length - 1 ? words.slice(index).join(" ") : (words[index] ?? ""));
  });
  return isEnd ? 1 : 0;
}

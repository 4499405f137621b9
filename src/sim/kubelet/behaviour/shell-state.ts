/** What a shell remembers while it runs: variables, parameters, functions, traps, the working directory. */
import type { ProcessContext } from "./process.ts";
import type { Command } from "./shell-parse.ts";

/** How a script leaves what it is doing; caught where it ends. */
export class Leave extends Error {
  readonly how: "exit" | "break" | "continue" | "return";
  readonly code: number;
  constructor(how: Leave["how"], code: number) {
    super(how);
    this.how = how;
    this.code = code;
  }
}

/** What is left to read; shared by everything that reads from one place. */
export interface Input {
  text: string;
}

export interface Io {
  input: Input;
  out(text: string): void;
  err(text: string): void;
}

export class ShellState {
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly functions = new Map<string, Command>();
  readonly traps = new Map<string, string>();
  /** `$0` first. */
  params: readonly string[] = [];
  directory: string;
  status = 0;
  exitsOnError = false;
  readonly #context: ProcessContext;

  constructor(context: ProcessContext) {
    this.#context = context;
    this.variables = new Map(Object.entries(context.env()));
    this.exported = new Set(this.variables.keys());
    this.directory = context.workingDir || "/";
  }

  /** The value of a variable or special parameter. */
  value(name: string): string | undefined {
    switch (name) {
      case "?":
        return String(this.status);
      case "$":
        return "1";
      case "#":
        return String(Math.max(0, this.params.length - 1));
      case "@":
      case "*":
        return this.params.slice(1).join(" ");
      case "RANDOM":
        return String(this.#context.random.below(32_768));
      case "HOSTNAME":
        return this.variables.get("HOSTNAME") ?? this.#context.hostname;
      default:
        if (/^\d$/.test(name)) return this.params[Number(name)];
        return this.variables.get(name);
    }
  }

  get environment(): Record<string, string> {
    return Object.fromEntries([...this.exported].map((key) => [key, this.variables.get(key) ?? ""]));
  }

  /** Undoes what a subshell changes. */
  snapshot(): () => void {
    const variables = new Map(this.variables);
    const { directory } = this;
    return () => {
      this.variables.clear();
      for (const [name, value] of variables) this.variables.set(name, value);
      this.directory = directory;
    };
  }
}

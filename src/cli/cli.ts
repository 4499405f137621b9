/** From arguments to a command's exit code. Loads nothing but what the arguments ask for. */
import { Command, CommanderError, Help } from "commander";
import { AssertionFailed } from "../lib/assert.ts";
import { COMMANDS } from "./commands.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { processIo } from "./process-io.ts";
import { packageVersion } from "./package-version.ts";

const HELP_TAIL = `
Exit codes: 0 done, nothing to do, or kept · 1 failed · 2 the plan has changes · 3 the file is invalid
            4 a promise is broken or needs a human · 130 interrupted

Start with:  kubernest init        then  kubernest check  and  kubernest rehearse
`;

export async function runCli(args: readonly string[], io: CommandIo = processIo()): Promise<number> {
  const program = new Command("kubernest");
  program.description("A home for your Kubernetes: one file describes your machines, your cluster and your apps.");
  program.version(packageVersion(), "-V, --version");
  program.exitOverride();
  program.configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text), getOutHelpWidth: () => io.width, getErrHelpWidth: () => io.width });
  program.addHelpText("after", HELP_TAIL);
  program.showSuggestionAfterError(true);
  program.configureHelp({ showGlobalOptions: false });
  program.helpCommand("help [command]", "Show the help of a command");

  const asked = args.find((arg) => !arg.startsWith("-"));
  const isCompletion = asked === "complete" || asked === "completion";
  let code: number = EXIT.done;
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).description(entry.summary);
    command.configureHelp(new Help());
    // Only the command that is called needs its options known; completion needs them all.
    if (asked === entry.name || isCompletion || (asked === "help" && args.includes(entry.name))) {
      const module = await entry.load();
      module.configure(command);
      command.action(async (...given: unknown[]) => {
        const options = command.opts<Record<string, unknown>>();
        code = await module.run(given.slice(0, -2).flat().filter((each): each is string => typeof each === "string"), options, io);
      });
    } else {
      command.allowUnknownOption().allowExcessArguments();
    }
  }
  if (isCompletion || asked === undefined || asked === "help") {
    if (isCompletion) {
      const { default: given } = await import("@bomb.sh/tab/commander");
      // A bundle has it by `require`, which gives the module where `import` gives its default.
      const tab = (given as unknown as { default?: typeof given }).default ?? given;
      tab(program, { completionCommandName: "completion" });
    } else {
      program.command("completion").description("Print the completion script for a shell: zsh, bash, fish, powershell").argument("<shell>");
    }
  }
  if (args.length === 0) {
    io.stdout(program.helpInformation() + HELP_TAIL);
    return EXIT.done;
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
    return failed(error, io);
  }
}

/** What nobody expected. Our own bugs carry a stack into the debug log; the screen gets one line and where to look. */
function failed(error: unknown, io: CommandIo): number {
  const thrown = error instanceof Error ? error : new Error(String(error));
  io.debug(thrown.stack ?? thrown.message);
  const isOurs = thrown instanceof AssertionFailed || thrown instanceof TypeError || thrown instanceof ReferenceError || thrown instanceof RangeError;
  io.stderr(`${isOurs ? "This is a bug in kubernest: " : ""}${thrown.message}\n`);
  io.stderr(`Details: ${io.debugLogPath}\n`);
  return EXIT.failed;
}

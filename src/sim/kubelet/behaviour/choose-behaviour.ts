/** What runs when a container starts, told from its image and command alone. */
import { imageFacts, isKnownImage } from "../image-catalog.ts";
import type { Process, ProcessContext } from "./process.ts";
import { program } from "./program.ts";
import { server } from "./server.ts";
import { PROGRAMS } from "./shell-programs.ts";
import { SHELLS } from "./shell-run.ts";

export function startProcess(context: ProcessContext): Process {
  if (context.command.length > 0) return program(context, [...context.command, ...context.args]);
  const own = imageFacts(context.image).command;
  const [first] = context.args;
  if (first !== undefined && (own !== undefined || isProgram(first))) {
    // Images without an entry point take the arguments as the command.
    return program(context, context.args);
  }
  if (own !== undefined) return program(context, own);
  if (context.isExpectedToEnd && (context.isJob || context.isInit) && !isKnownImage(context.image)) {
    return program(context, [context.image.split("/").pop()!.split(/[:@]/)[0]!]);
  }
  return server(context);
}

function isProgram(path: string): boolean {
  const name = path.split("/").pop()!;
  return SHELLS.has(name) || Object.hasOwn(PROGRAMS, name);
}

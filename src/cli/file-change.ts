/** A change of the homelab file that goes with an operation: made in memory, checked, shown as a diff, written when it was approved. */
import { createTwoFilesPatch } from "diff";
import { checkFile } from "../checks/check-file.ts";
import { plainReport } from "../checks/report/plain.ts";
import type { Homelab } from "../config/homelab.ts";
import { checkOptions } from "./check-options.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { painter } from "./paint.ts";

const CONTEXT_LINES = 2;

/** The homelab as it would be. What would be wrong with it is printed, as nothing must be done then: the exit code. `with`: `With pi4`. */
export async function homelabAfter(file: string, text: string, withWhat: string, io: CommandIo): Promise<Homelab | number> {
  const options = checkOptions(io);
  const check = (of: string | undefined): ReturnType<typeof checkFile> => checkFile(file, { ...options, readFile: (path) => (path === file && of !== undefined ? Promise.resolve(of) : options.readFile(path)) });
  const [before, { findings, homelab }] = await Promise.all([check(undefined), check(text)]);
  const errors = findings.filter(({ severity }) => severity === "error");
  if (homelab === undefined || errors.length > 0) {
    io.stderr(`${withWhat} the file would be invalid; change this first:\n${plainReport(errors)}`);
    return EXIT.fileInvalid;
  }
  const known = new Set(before.findings.map(({ id, message }) => `${id} ${message}`));
  const warnings = findings.filter(({ id, message, severity }) => severity === "warning" && !known.has(`${id} ${message}`));
  if (warnings.length > 0) io.stderr(`${plainReport(warnings)}\n`);
  return homelab;
}

export function fileDiff(file: string, before: string, after: string, io: Pick<CommandIo, "colour">): string {
  const paint = painter(io.colour);
  // Behind the heading of an index, and its rule.
  const lines = createTwoFilesPatch(file, file, before, after, "", "", { context: CONTEXT_LINES }).trimEnd().split("\n").slice(2);
  return lines.map((line) => (line.startsWith("+") ? paint.green(line) : line.startsWith("-") ? paint.red(line) : line)).join("\n");
}

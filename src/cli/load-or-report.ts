/** Loads the homelab file for a command that works with it; what is wrong with it is printed as `check` would. */
import { checkFile } from "../checks/check-file.ts";
import { plainReport } from "../checks/report/plain.ts";
import { prettyReport } from "../checks/report/pretty.ts";
import type { Homelab } from "../config/homelab.ts";
import { checkOptions } from "./check-options.ts";
import type { Change } from "../config/what-if.ts";
import { type CommandIo, EXIT } from "./command.ts";

export interface LoadOrReportOptions {
  /** Told of every file that was asked for. */
  onRead?(path: string): void;
  changes?: readonly Change[];
  /** Ids of rules that the command itself is about. */
  ignore?: readonly string[];
}

/** The homelab, or the exit code to end with: 1 when the file cannot be read, 3 when it is invalid. Throws `WrongChange`. */
export async function loadOrReport(file: string, io: CommandIo, { onRead, changes = [], ignore = [] }: LoadOrReportOptions = {}): Promise<Homelab | number> {
  const { findings, homelab, source } = await checkFile(file, {
    ...checkOptions(io),
    changes,
    ignore,
    readFile: (path) => {
      onRead?.(path);
      return Promise.resolve(io.readFile(path));
    },
  });
  const errors = findings.filter((finding) => finding.severity === "error");
  if (errors.length > 0 || homelab === undefined) {
    io.stderr(io.isTerminal ? prettyReport(errors, file, { text: source.text, width: io.width, colour: io.colour }) : plainReport(errors));
    return findings.some((finding) => finding.id === "unreadable-file" && finding.path.length === 0) ? EXIT.failed : EXIT.fileInvalid;
  }
  const warnings = findings.filter((finding) => finding.severity === "warning").length;
  if (warnings > 0) io.stderr(`${warnings} warning${warnings === 1 ? "" : "s"}; see ${warnings === 1 ? "it" : "them"} with  kubernest check -c ${file}\n`);
  return homelab;
}

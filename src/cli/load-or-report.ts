/** Loads the homelab file for a command that works with it; what is wrong with it is printed as `check` would. */
import type { Homelab } from "../config/homelab.ts";
import { type CommandIo, EXIT } from "./command.ts";

/** The homelab, or the exit code to end with: 1 when the file cannot be read, 3 when it is invalid. */
export async function loadOrReport(file: string, io: CommandIo): Promise<Homelab | number> {
  const { checkFile } = await import("./check-file.ts");
  const checked = await checkFile(file, io);
  if (typeof checked === "number") return checked;
  const errors = checked.findings.filter((finding) => finding.severity === "error");
  if (errors.length > 0 || checked.homelab === undefined) {
    io.stderr(checked.report(errors));
    return EXIT.fileInvalid;
  }
  const warnings = checked.findings.filter((finding) => finding.severity === "warning").length;
  if (warnings > 0) io.stderr(`${warnings} warning${warnings === 1 ? "" : "s"}; see them with  kubernest check -c ${file}\n`);
  return checked.homelab;
}

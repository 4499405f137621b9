/** How a command has a homelab file checked: with this process's files, environment and day. */
import { isAbsolute, join } from "node:path";
import type { CheckFileOptions } from "../checks/check-file.ts";
import type { CommandIo } from "./command.ts";

export function checkOptions(io: CommandIo): CheckFileOptions {
  return {
    env: io.env,
    readFile: (path) => io.readFile(path),
    resolve: (path) => (isAbsolute(path) ? path : join(io.cwd, path)),
    today: io.now(),
  };
}

/** By the embedded API too, where the file brings objects or patches: for commands that are about these. Loaded then. */
export const acceptedByApi: Required<Pick<CheckFileOptions, "accepts">> = {
  accepts: async (homelab, source) => (await import("../rehearse/api-findings.ts")).apiFindings(homelab, source),
};

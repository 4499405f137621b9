/** Which homelab file a command works with, and where its secrets are. */
import { dirname, isAbsolute, join } from "node:path";
import type { Homelab } from "../config/homelab.ts";
import type { CommandIo } from "./command.ts";

/** Looked for in the working directory, in this order. */
export const HOMELAB_FILES = ["homelab.yaml", "homelab.yml", "homelab.ts"] as const;

export function homelabFile(options: Readonly<Record<string, unknown>>, io: Pick<CommandIo, "exists">): string {
  return (options["config"] as string | undefined) ?? HOMELAB_FILES.find((name) => io.exists(name)) ?? HOMELAB_FILES[0];
}

/** Beside the homelab's file, wherever a command is typed; as it is shown to people, relative where that is. */
export function secretsFile(file: string, { secrets }: Pick<Homelab, "secrets">): string {
  return isAbsolute(secrets.file) ? secrets.file : join(dirname(file), secrets.file);
}

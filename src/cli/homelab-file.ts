/** Which homelab file a command works with. */
import type { CommandIo } from "./command.ts";

/** Looked for in the working directory, in this order. */
export const HOMELAB_FILES = ["homelab.yaml", "homelab.yml", "homelab.ts"] as const;

export function homelabFile(options: Readonly<Record<string, unknown>>, io: Pick<CommandIo, "exists">): string {
  return (options["config"] as string | undefined) ?? HOMELAB_FILES.find((name) => io.exists(name)) ?? HOMELAB_FILES[0];
}

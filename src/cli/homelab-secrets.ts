/** The homelab's secrets, opened when something needs one; the exit code to end with when they cannot be. */
import type { Homelab } from "../config/homelab.ts";
import type { CommandIo } from "./command.ts";

export async function openSecretsOf(_homelab: Homelab, _io: CommandIo): Promise<((name: string) => string | undefined) | number> {
  return () => undefined;
}

/** One line that is written over on a terminal; nothing elsewhere, where nobody waits before it. */
import type { CommandIo } from "./command.ts";

/** Undefined takes it away. */
export function progressLine(io: Pick<CommandIo, "isTerminal" | "stderr" | "width">, text: string | undefined): void {
  if (!io.isTerminal) return;
  io.stderr(`\r\u001b[K${text?.slice(0, io.width - 1) ?? ""}`);
}

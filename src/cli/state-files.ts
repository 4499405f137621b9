/** Where this computer keeps what people may want to look at later: approved plans and the journal of each homelab. Nothing in it decides anything. */
import { appendFileSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Journal } from "../ports/journal.ts";
import type { CommandIo } from "./command.ts";

export function stateDirectory(io: Pick<CommandIo, "env">, homelab: string): string {
  return join(io.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "kubernest", homelab);
}

export function cacheDirectory(io: Pick<CommandIo, "env">): string {
  return join(io.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kubernest");
}

export function planPath(io: Pick<CommandIo, "env">, homelab: string, hash: string): string {
  return join(stateDirectory(io, homelab), "plans", `${hash}.json`);
}

/** One JSON object a line; a disk that takes none does not stop the work. */
export function fileJournal(io: Pick<CommandIo, "env" | "debug">, homelab: string): Journal {
  const path = join(stateDirectory(io, homelab), "journal.jsonl");
  return {
    append(entry) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        appendFileSync(path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      } catch (error) {
        io.debug(`journal: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}

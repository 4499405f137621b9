/** Progress of an operation as lines on standard error: what was done where, how long it took, what is waited for. */
import type { ProgressEvent, Reporter } from "../ports/reporter.ts";
import type { CommandIo } from "./command.ts";
import { painter } from "./paint.ts";

/** Shorter than this is not worth a number. */
const SHOWN_MS_MIN = 1_000;
/** The same wait is told again after so long. */
const WAIT_TOLD_EVERY_MS = 10_000;

export function operationView(io: CommandIo): Reporter {
  const paint = painter(io.colour);
  const toldWaits = new Map<string, number>();
  const say = (text: string): void => io.stderr(`${text}\n`);
  const at = (machine: string | undefined): string => (machine === undefined ? "" : `${machine}: `);
  return {
    report(event: ProgressEvent): void {
      io.debug(JSON.stringify(event));
      switch (event.kind) {
        case "stage-began":
          return say(paint.bold(`==> ${event.title}`));
        case "change-ended":
          return say(`    ${at(event.machine)}${event.summary}${event.tookMs >= SHOWN_MS_MIN ? paint.dim(`  ${(event.tookMs / 1000).toFixed(1)} s`) : ""}`);
        case "change-failed":
          return say(`    ${at(event.machine)}${event.summary}: ${paint.red(event.message)}`);
        case "waiting": {
          const key = `${event.machine ?? ""} ${event.whatFor}`;
          const last = toldWaits.get(key);
          if (last !== undefined && event.waitedMs - last < WAIT_TOLD_EVERY_MS) return;
          toldWaits.set(key, event.waitedMs);
          return say(paint.dim(`    ${at(event.machine)}waiting until ${event.whatFor}: ${Math.round(event.waitedMs / 1000)} of ${Math.round(event.deadlineMs / 1000)} s${event.lastError === undefined ? "" : `; ${event.lastError}`}${event.hint === undefined ? "" : ` (${event.hint})`}`));
        }
        case "note":
          return say(`    ${at(event.machine)}${event.text}`);
        case "change-began":
        case "stage-ended":
          return;
      }
    },
  };
}

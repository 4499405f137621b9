/** Progress of an operation on standard error: what was done where, how long it took, what is waited for. A terminal has one line for waits that is drawn over; elsewhere they are lines. */
import type { ProgressEvent, Reporter } from "../ports/reporter.ts";
import type { CommandIo } from "./command.ts";
import { painter } from "./paint.ts";

/** Shorter than this is not worth a number. */
const SHOWN_MS_MIN = 1_000;
/** A wait is told in full when it takes longer than this, and again when its reason is another one. */
const WAIT_TOLD_AFTER_MS = 10_000;
/** Without a terminal, the same reason again after so long: whoever reads the log wants to know that it goes on. */
const WAIT_TOLD_EVERY_MS = 60_000;

export interface OperationView extends Reporter {
  /** Takes away the line that is drawn over; other output may follow. */
  end(): void;
}

type Waiting = Extract<ProgressEvent, { kind: "waiting" }>;

export function operationView(io: Pick<CommandIo, "stderr" | "debug" | "colour" | "isTerminal" | "width">): OperationView {
  const paint = painter(io.colour);
  const told = new Map<string, { waitedMs: number; reason: string }>();
  /** Headings of stages that have said nothing yet: one that finds nothing to do is not shown. */
  const silent = new Map<string, string>();
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn) io.stderr("\r\u001b[2K");
    isDrawn = false;
  };
  const head = (): void => {
    if (silent.size > 0) clear();
    for (const title of silent.values()) io.stderr(`${paint.bold(`==> ${title}`)}\n`);
    silent.clear();
  };
  const say = (text: string): void => {
    head();
    clear();
    io.stderr(`${text}\n`);
  };
  const at = (machine: string | undefined): string => (machine === undefined ? "" : `${machine}: `);
  const wait = (event: Waiting): void => {
    const { machine, whatFor, waitedMs, deadlineMs, lastError, hint } = event;
    const reason = `${lastError === undefined ? "" : `; ${lastError}`}${hint === undefined ? "" : ` (${hint})`}`;
    const text = `    ${at(machine)}waiting until ${whatFor}: ${Math.round(waitedMs / 1000)} of ${Math.round(deadlineMs / 1000)} s`;
    const last = told.get(`${machine ?? ""} ${whatFor}`);
    const sinceMs = waitedMs - (last?.waitedMs ?? 0);
    const isDue = reason === last?.reason ? !io.isTerminal && sinceMs >= WAIT_TOLD_EVERY_MS : sinceMs >= WAIT_TOLD_AFTER_MS;
    // A wait that begins anew counts from its own beginning.
    if (isDue || (last !== undefined && sinceMs < 0)) {
      told.set(`${machine ?? ""} ${whatFor}`, { waitedMs, reason });
      if (isDue) say(paint.dim(`${text}${reason}`));
    }
    if (!io.isTerminal) return;
    head();
    clear();
    io.stderr(paint.dim(`${text}${lastError === undefined ? "" : `; ${lastError}`}`.slice(0, io.width - 1)));
    isDrawn = true;
  };
  return {
    end: clear,
    report(event: ProgressEvent): void {
      io.debug(JSON.stringify(event));
      switch (event.kind) {
        case "stage-began":
          return void silent.set(event.stage, event.title);
        case "change-ended":
          return say(`    ${at(event.machine)}${event.summary}${event.tookMs >= SHOWN_MS_MIN ? paint.dim(`  ${(event.tookMs / 1000).toFixed(1)} s`) : ""}`);
        case "change-failed":
          return say(`    ${at(event.machine)}${event.summary}: ${paint.red(event.message)}`);
        case "stuck":
          say(`    ${paint.yellow(`${event.what}: ${event.why}`)}`);
          return event.hint === undefined ? undefined : say(paint.dim(`      → ${event.hint}`));
        case "waiting":
          return wait(event);
        case "note":
          return say(`    ${at(event.machine)}${event.text}`);
        case "stage-ended":
          silent.delete(event.stage);
          return clear();
        case "change-began":
          return head();
      }
    },
  };
}

/** What the world refused, for people: what we were doing, what happened, the last lines, and what to do next. */
import type { StepFailed } from "../engine/step-failed.ts";
import type { Refused } from "../plan/decide.ts";
import type { Missing } from "../operations/wait-until.ts";
import type { CommandIo } from "./command.ts";
import { painter } from "./paint.ts";

export function failureText(failures: readonly StepFailed[], io: Pick<CommandIo, "colour" | "debugLogPath">): string {
  return `${told(failures, io)}The whole log: ${io.debugLogPath}\n`;
}

/** What does not work, of what is as the file says. */
export function missingText(missing: readonly Missing[], io: Pick<CommandIo, "colour">): string {
  return told(missing.map(({ what, why, hint }) => ({ message: `${what}: ${why}`, output: [], hint })), io);
}

/** A hint that the next one has, too, is said there. */
function told(failures: readonly Pick<StepFailed, "message" | "output" | "hint">[], io: Pick<CommandIo, "colour">): string {
  const paint = painter(io.colour);
  return failures.flatMap((failure, index) => [
    paint.red(failure.message),
    ...failure.output.slice(-10).map((line) => paint.dim(`    | ${line}`)),
    ...(failure.hint === undefined || failure.hint === failures[index + 1]?.hint ? [] : [`  → ${failure.hint}`]),
  ]).map((line) => `${line}\n`).join("");
}

/** Machines without which the others go on. */
export function awayText(away: readonly StepFailed[], io: Pick<CommandIo, "colour">): string {
  const names = away.map(({ machine }) => machine).join(", ");
  return away.length === 0 ? "" : `${told(away, io)}Without ${names}: the other machines go on, and what needs ${away.length === 1 ? "it" : "them"} waits.\n`;
}

export function refusalText(refusals: readonly Refused[], io: Pick<CommandIo, "colour">): string {
  const paint = painter(io.colour);
  return refusals.map(({ machine, refused, hint }) => `${paint.red(`${machine}: ${refused}`)}\n  → ${hint}\n`).join("");
}

/** What the world refused, for people: what we were doing, what happened, the last lines, and what to do next. */
import type { StepFailed } from "../engine/step-failed.ts";
import type { Refused } from "../plan/decide.ts";
import type { CommandIo } from "./command.ts";
import { painter } from "./paint.ts";

export function failureText(failures: readonly StepFailed[], io: Pick<CommandIo, "colour" | "debugLogPath">): string {
  const paint = painter(io.colour);
  const lines = failures.flatMap((failure) => [
    paint.red(failure.message),
    ...failure.output.slice(-10).map((line) => paint.dim(`    | ${line}`)),
    ...(failure.hint === undefined ? [] : [`  → ${failure.hint}`]),
  ]);
  return `${lines.join("\n")}\nThe whole log: ${io.debugLogPath}\n`;
}

export function refusalText(refusals: readonly Refused[], io: Pick<CommandIo, "colour">): string {
  const paint = painter(io.colour);
  return refusals.map(({ machine, refused, hint }) => `${paint.red(`${machine}: ${refused}`)}\n  → ${hint}\n`).join("");
}

/** Homelab and facts → what every step of a stage wants done on a machine. Pure: the same facts give the same changes, in a plan, in a dry run and at work. */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { mergeQuestions, type Questions } from "../facts/questions.ts";
import type { Change } from "../steps/change.ts";
import { holdBack } from "./hold-back.ts";
import { isRefusal, type Refusal, type Step, type Want } from "../steps/step.ts";

export interface Refused extends Refusal {
  readonly step: string;
  readonly machine: string;
}

export interface Decided {
  readonly changes: readonly Change[];
  /** Steps that will not be taken here, with the reason. Any of these stops the run before it begins. */
  readonly refusals: readonly Refused[];
}

export function decideSteps(steps: readonly Step[], facts: MachineFacts, want: Want): Decided {
  const decided: { step: Step; change: Change }[] = [];
  const refusals: Refused[] = [];
  for (const step of steps) {
    if (!step.concerns(want)) continue;
    const decision = step.decide(facts, want);
    if (isRefusal(decision)) refusals.push({ ...decision, step: step.id, machine: want.machine.name });
    else decided.push(...decision.map((change) => ({ step, change })));
  }
  return { changes: holdBack(decided, want), refusals };
}

/** What all steps of all stages ask of one machine, for one script. */
export function questionsOf(steps: readonly Step[], want: Want): Questions {
  return mergeQuestions(steps.filter((step) => step.concerns(want)).map((step) => step.questions?.(want) ?? {}));
}

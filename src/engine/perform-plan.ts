/**
 * Performs an approved plan over many machines. Facts are gathered and steps decide again at each stage: what is done is what is needed then, and it may not
 * exceed what was approved. After a machine's changes its steps decide once more, and must want nothing: that is the proof that they worked.
 */
import type { MachineFacts } from "../facts/machine-facts.ts";
import { ShellFailed } from "../ports/shell.ts";
import { decideSteps, questionsOf } from "../plan/decide.ts";
import { unheld } from "../plan/hold-back.ts";
import { exceeds, type Plan } from "../plan/plan.ts";
import type { MachineStage } from "../plan/stage.ts";
import type { Change } from "../steps/change.ts";
import type { ClusterView, Step, Want } from "../steps/step.ts";
import type { MachineSession, SessionPorts } from "./machine-session.ts";
import { StepFailed } from "./step-failed.ts";

type Homelab = Want["homelab"];
type Machine = Want["machine"];

/** A stage whose work is not on machines: objects of the cluster. Its own module plans and performs it. */
export interface ClusterStage {
  readonly id: string;
  readonly title: string;
  readonly after: readonly string[];
  /** Rejects with what stops all that comes after; several things that failed beside each other are given back together. */
  perform(): Promise<readonly StepFailed[] | void>;
}

export type RunStage = MachineStage | ClusterStage;

export function isMachineStage(stage: RunStage): stage is MachineStage {
  return "steps" in stage;
}

export interface Run {
  readonly homelab: Homelab;
  readonly stages: readonly RunStage[];
  readonly sessions: ReadonlyMap<string, MachineSession>;
  readonly ports: SessionPorts;
  /** Machines that did not answer: the others go on without them. */
  readonly away: readonly string[];
  /** Machines worked on at the same time. */
  readonly machinesAtOnceMax: number;
  checksumOf(url: string): string | undefined;
  /** The machine that governs the cluster, as these facts show it. */
  governedBy(facts: Readonly<Record<string, MachineFacts>>): string | undefined;
  /** Called with every snapshot as it is taken: what is read of a machine may be a value of another's change. */
  onFacts(facts: MachineFacts): void;
  /** True once the user wants to stop: nothing new is begun. */
  isInterrupted(): boolean;
}

/** First changes, what a reboot decides, what that enables; a fourth round would be a step that does not see its own work. */
export const ROUNDS_MAX = 4;

export interface RunResult {
  /** By machine; a run without any is done. */
  readonly failures: readonly StepFailed[];
  /** Stages that were not begun, because of a failure or an interruption. */
  readonly skipped: readonly string[];
}

/** Never rejects for what the world refuses: other machines finish what is safe, and the failures are told together. */
export async function performPlan(plan: Plan, run: Run, facts: Record<string, MachineFacts>): Promise<RunResult> {
  const failures: StepFailed[] = [];
  const ended = new Set<string>();
  const begun = new Map<string, Promise<void>>();
  const skipped: string[] = [];
  const gate = new Gate(run.machinesAtOnceMax);

  const performStage = async (stage: RunStage): Promise<void> => {
    const { reporter, clock } = run.ports;
    const beganMs = clock.now();
    const machines = isMachineStage(stage) ? stage.machines(run.homelab).filter(({ name }) => !run.away.includes(name)) : [];
    reporter.report({ kind: "stage-began", stage: stage.id, title: stage.title, machines: machines.map(({ name }) => name) });
    if (!isMachineStage(stage)) failures.push(...((await stage.perform().catch((error: unknown) => [asStepFailed(error, undefined)])) ?? []));
    else {
      const one = async (machine: Machine): Promise<void> => {
        // A machine that failed before is left as it is: what comes next may rest on what did not happen.
        if (run.isInterrupted() || failures.some((failure) => failure.machine === machine.name)) return;
        await gate.pass(() => performOnMachine(plan, run, stage, machine, facts)).catch((error: unknown) => void failures.push(asStepFailed(error, machine.name)));
      };
      // What disrupts a machine that serves already is done to one of them at a time, also where all others go together.
      const inTurn = machines.filter(({ name }) => stage.atOnce === "one" || disruptsNode(plan, stage.id, facts[name]));
      const together = machines.filter((machine) => !inTurn.includes(machine));
      await Promise.all([
        ...together.map(one),
        (async () => {
          for (const machine of inTurn) {
            // One by one means that the next waits for the one before to be well.
            if (!failures.some((failure) => stage.atOnce === "one" || inTurn.some(({ name }) => name === failure.machine))) await one(machine);
          }
        })(),
      ]);
    }
    reporter.report({ kind: "stage-ended", stage: stage.id, tookMs: clock.now() - beganMs });
    ended.add(stage.id);
  };

  const start = (stage: RunStage): Promise<void> => {
    const known = begun.get(stage.id);
    if (known !== undefined) return known;
    const promise = (async () => {
      await Promise.all(stage.after.map((id) => run.stages.find((other) => other.id === id)).filter((other) => other !== undefined).map((other) => start(other)));
      if (failures.length > 0 || run.isInterrupted()) skipped.push(stage.id);
      else await performStage(stage);
    })();
    begun.set(stage.id, promise);
    return promise;
  };
  await Promise.all(run.stages.map(start));
  return { failures, skipped };
}

async function performOnMachine(plan: Plan, run: Run, stage: MachineStage, machine: Machine, facts: Record<string, MachineFacts>): Promise<void> {
  const session = run.sessions.get(machine.name);
  if (session === undefined) throw new StepFailed("unreachable", `${machine.name} was not reached`, { machine: machine.name });
  let performed: readonly Change[] = [];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const want = wantOf(run, machine, facts);
    if (!stage.steps.some((step) => step.concerns(want))) return;
    facts[machine.name] = await session.gather(questionsOf(allSteps(run), want));
    run.onFacts(facts[machine.name]!);
    const { changes: decided, refusals } = decideSteps(stage.steps, facts[machine.name]!, wantOf(run, machine, facts));
    for (const { refused, hint, step } of refusals) throw new StepFailed("refused", `${machine.name}: ${refused}`, { machine: machine.name, step, hint });
    // What waits for a machine that is away was shown so, and is no reason to go round again.
    const changes = unheld(decided);
    if (changes.length === 0) return;
    const now = changes.filter((change) => change.later === undefined);
    if (now.length === 0 || (round > 0 && sameChanges(now, performed))) {
      const [left] = now.length === 0 ? changes : now;
      throw new StepFailed("not-converged", `${machine.name}: ${left!.summary}: still wanted after it was done (${left!.later?.condition ?? left!.why})`, { machine: machine.name, step: left!.step, hint: "something else on the machine may undo it; the debug log has what was said" });
    }
    for (const change of now) {
      if (exceeds(plan, stage.id, machine.name, change)) throw new StepFailed("not-approved", `${machine.name}: ${change.summary} is needed now and was not in the plan (${change.why})`, { machine: machine.name, step: change.step, hint: "plan again, and look at what is new" });
    }
    await session.perform(now);
    performed = now;
  }
  throw new StepFailed("not-converged", `${machine.name}: ${stage.title.toLowerCase()}: no end after ${ROUNDS_MAX} rounds`, { machine: machine.name, hint: "the debug log has what was wanted each time" });
}

export function wantOf(run: Pick<Run, "homelab" | "ports" | "checksumOf" | "governedBy" | "away">, machine: Machine, facts: Readonly<Record<string, MachineFacts>>): Want {
  const cluster: ClusterView = { machines: facts, governedBy: run.governedBy(facts), away: run.away };
  return { homelab: run.homelab, machine, cluster, valueOf: (name) => run.ports.values.get(name), checksumOf: run.checksumOf };
}

export function allSteps(run: Pick<Run, "stages">): Step[] {
  return run.stages.flatMap((stage) => (isMachineStage(stage) ? stage.steps : []));
}

/** Whether the plan disrupts a machine that is part of a cluster: pods may run on it. */
function disruptsNode(plan: Plan, stageId: string, facts: MachineFacts | undefined): boolean {
  const isNode = facts?.kubernetes.kubeadm?.hasJoined === true || facts?.kubernetes.k3s?.hasData === true;
  const changes = plan.stages.find(({ id }) => id === stageId)?.machines.find(({ machine }) => machine === facts?.machine)?.changes ?? [];
  return isNode && unheld(changes).some(({ risk }) => risk !== "safe");
}

function sameChanges(a: readonly Change[], b: readonly Change[]): boolean {
  return JSON.stringify(a.map(({ step, summary }) => [step, summary])) === JSON.stringify(b.map(({ step, summary }) => [step, summary]));
}

function asStepFailed(error: unknown, machine: string | undefined): StepFailed {
  if (error instanceof StepFailed) return error;
  if (error instanceof ShellFailed) return new StepFailed("unreachable", error.message, { machine: error.machine, hint: error.hint, cause: error });
  // Ours: not for a list of what the world refused.
  if (!(error instanceof Error) || error.name === "AssertionFailed" || error instanceof TypeError) throw error;
  return new StepFailed("change-failed", machine === undefined || error.message.startsWith(machine) ? error.message : `${machine}: ${error.message}`, { machine, cause: error });
}

/** At most so many at a time, in the order they came. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  constructor(countMax: number) {
    this.#free = countMax;
  }
  async pass<T>(run: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

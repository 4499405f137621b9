/** Does what an approved plan says: locks, stages, the journal. Resuming is running it again: what is done already is not wanted any more. */
import type { Homelab } from "../config/homelab.ts";
import { performPlan, type RunResult, type RunStage } from "../engine/perform-plan.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { type Plan, planHash } from "../plan/plan.ts";
import { ShellFailed } from "../ports/shell.ts";
import { readClusterValues } from "./machine-values.ts";
import { awayNames, governedBy } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";
import type { PlannedUp } from "./plan-up.ts";

export interface PerformOptions {
  readonly machinesAtOnceMax: number;
  isInterrupted(): boolean;
}

/** A clear default: enough for a home, and kind to a computer with two cores. */
export const MACHINES_AT_ONCE_MAX = 16;

export async function performUp(homelab: Homelab, plan: Plan, planned: PlannedUp, ports: OperationPorts, clusterStages: readonly RunStage[], options: PerformOptions): Promise<RunResult> {
  const { observed } = planned;
  const away = awayNames(observed);
  const machines = [...new Set(plan.stages.flatMap((stage) => stage.machines.map(({ machine }) => machine)))].filter((name) => !away.includes(name));
  const began = planHash(plan);
  const entry = { operation: plan.operation } as const;
  ports.journal.append({ ...entry, atMs: ports.clock.now(), kind: "began", plan: began, machines });
  const failures: StepFailed[] = [];
  await Promise.all(
    machines.map(async (name) => {
      await observed.sessions.get(name)?.lock().catch((error: unknown) => {
        if (error instanceof ShellFailed) return void failures.push(new StepFailed("unreachable", error.message, { machine: name, hint: error.hint, cause: error }));
        if (!(error instanceof StepFailed)) throw error;
        failures.push(error);
      });
    }),
  );
  const facts = observed.facts;
  const result: RunResult =
    failures.length > 0
      ? { failures, skipped: plan.stages.map(({ id }) => id) }
      : await performPlan(
          plan,
          {
            homelab,
            stages: [...planned.machineStages, ...clusterStages],
            sessions: observed.sessions,
            away,
            ports: observed.sessionPorts,
            machinesAtOnceMax: options.machinesAtOnceMax,
            checksumOf: planned.checksumOf,
            governedBy: (all) => governedBy(homelab, all),
            onFacts: () => readClusterValues(homelab, observed.values, facts),
            isInterrupted: () => options.isInterrupted(),
          },
          facts,
        );
  for (const failure of result.failures) ports.journal.append({ ...entry, atMs: ports.clock.now(), kind: "failed", machine: failure.machine, step: failure.step, message: failure.message });
  ports.journal.append({ ...entry, atMs: ports.clock.now(), kind: "ended", plan: began, result: result.failures.length > 0 ? "failed" : options.isInterrupted() ? "interrupted" : "done" });
  return result;
}

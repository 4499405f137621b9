/** What `up` would do: every machine read, every step asked. Changes nothing. */
import type { Homelab, Machine } from "../config/homelab.ts";
import type { StepFailed } from "../engine/step-failed.ts";
import { decideSteps, type Refused } from "../plan/decide.ts";
import { changeCount, PLAN_FORMAT, type Plan, type PlannedStage } from "../plan/plan.ts";
import type { MachineStage } from "../plan/stage.ts";
import type { Want } from "../steps/step.ts";
import { makeRunValues, readClusterValues } from "./machine-values.ts";
import { awayText, isWithoutMajority } from "../steps/absent-machines.ts";
import { controlPlaneMachines } from "../manifests/cluster/cluster-machines.ts";
import { awayNames, clusterView, observe, type Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";
import { planCluster, type PlannedCluster } from "./plan-cluster.ts";
import { planSecrets } from "./plan-secrets.ts";
import { releaseChecksums } from "./release-checksums.ts";
import { UP_MACHINE_STAGES, upMachines } from "./up.ts";

export interface PlannedUp {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly refusals: readonly Refused[];
  /** Machines that were not reached and are needed, secrets without a value, objects that the API would not take. */
  readonly failures: readonly StepFailed[];
  /** What a person should know, and nothing is done about. */
  readonly notes: readonly string[];
  /** Undefined for work on machines alone, where a failure or refusal made it pointless to ask, and where whoever holds the cluster is away. */
  readonly cluster: PlannedCluster | undefined;
  checksumOf: Want["checksumOf"];
  /** What was planned, for who performs it. */
  readonly machineStages: readonly MachineStage[];
  /** Ends the sessions and leaves the cluster; safe to call twice. */
  close(): Promise<void>;
}

/** An operation on machines: which of them, and what is done. */
export interface Work {
  /** The verb, as the plan carries it. */
  readonly operation: string;
  readonly machines: readonly Machine[];
  readonly stages: readonly MachineStage[];
  /** Whether what the file wants inside the cluster is part of it. */
  readonly isInCluster: boolean;
  /** Without those that are not needed the others go on, where they do not answer. */
  isNeeded(machine: string): boolean;
}

/** `needed`: machines that it is about. */
export function upWork(homelab: Homelab, needed: readonly string[] = []): Work {
  return { operation: "up", machines: upMachines(homelab), stages: UP_MACHINE_STAGES, isInCluster: true, isNeeded: (machine) => needed.includes(machine) };
}

/** Sessions stay open for `performUp`; the caller closes it. */
export async function planUp(homelab: Homelab, ports: OperationPorts, operation: string, work: Work = upWork(homelab)): Promise<PlannedUp> {
  const { machines } = work;
  const sums = await releaseChecksums(homelab, machines, ports.artifacts, (line) => ports.debug(line));
  const checksumOf = (url: string): string | undefined => sums.get(url);
  const observed = await observe(homelab, machines, work.stages.flatMap(({ steps }) => steps), ports, operation, checksumOf, (machine) => work.isNeeded(machine));
  makeRunValues(observed.values, (bytes) => ports.randomWord(bytes));
  readClusterValues(homelab, observed.values, observed.facts);
  const view = clusterView(homelab, observed);
  const hidden = view.governedBy === undefined ? controlPlaneMachines(homelab).filter(({ name }) => view.away?.includes(name)).map(({ name }) => name) : [];
  // Who does not answer may hold a cluster: none is begun beside it, and nobody joins one.
  const machineStages = work.isInCluster && hidden.length > 0 ? work.stages.filter(({ after }) => after.length === 0) : work.stages;
  const { stages, refusals } = decideStages(homelab, machineStages, observed, checksumOf);
  const isSound = observed.failures.length === 0 && refusals.length === 0;
  const isPlanned = work.isInCluster && isSound && hidden.length === 0;
  const isHeadless = isWithoutMajority(homelab, view);
  const found = isPlanned ? await planCluster(homelab, observed, ports, !isHeadless && changeCount({ stages }) === 0) : undefined;
  // An API that does not answer for want of its majority will not begin to by what is done here.
  const cluster = isHeadless && found?.access === undefined ? undefined : found;
  const notes = [...(hidden.length > 0 && work.isInCluster ? [`no cluster is to be seen, and ${awayText(hidden)} and may hold one: the other machines are prepared, and the rest waits`] : []), ...(found?.notes ?? [])];
  const all = [...stages, ...(cluster?.stages ?? [])];
  const secrets = planSecrets(all, cluster?.wanted, (name) => ports.secretDigest(name));
  return {
    plan: { format: PLAN_FORMAT, operation: work.operation, homelab: homelab.name, stages: all, ...(observed.away.length === 0 ? {} : { away: awayNames(observed) }), ...(secrets === undefined ? {} : { secrets }) },
    observed,
    refusals,
    failures: [...observed.failures, ...(found?.failures ?? [])],
    notes,
    cluster,
    checksumOf,
    machineStages,
    close: async () => {
      await cluster?.access?.client.close();
      await observed.close();
    },
  };
}

export function decideStages(homelab: Homelab, stages: readonly MachineStage[], observed: Observed, checksumOf: Want["checksumOf"]): { stages: PlannedStage[]; refusals: Refused[] } {
  const refusals: Refused[] = [];
  const cluster = clusterView(homelab, observed);
  const planned = stages.map((stage): PlannedStage => ({
    id: stage.id,
    title: stage.title,
    machines: stage.machines(homelab).flatMap((machine) => {
      const facts = observed.facts[machine.name];
      if (facts === undefined) return [];
      const decided = decideSteps(stage.steps, facts, { homelab, machine, cluster, valueOf: (name) => observed.values.get(name), checksumOf });
      refusals.push(...decided.refusals);
      return decided.changes.length === 0 ? [] : [{ machine: machine.name, changes: decided.changes }];
    }),
  }));
  return { stages: planned.filter(({ machines }) => machines.length > 0), refusals };
}

/** A plan: every change of every machine, as plain JSON, in the order of stages. What is shown, what is hashed and what is performed are this one object. */
import { createHash } from "node:crypto";
import { type Change, type Risk, RISKS } from "../steps/change.ts";
import { unheld } from "./hold-back.ts";

export const PLAN_FORMAT = 1;

export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  /** The verb the plan is for: `up`, `reset`. */
  readonly operation: string;
  readonly homelab: string;
  readonly stages: readonly PlannedStage[];
  /** Machines that did not answer: nothing is done on them, and what needs them waits. */
  readonly away?: readonly string[];
  /** By name, what the secrets that it puts somewhere are told apart by: keyed digests, which say nothing of the values. Without those that have no value yet. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface PlannedStage {
  readonly id: string;
  readonly title: string;
  /** By machine, in the file's order; machines without a change are left out. */
  readonly machines: readonly { readonly machine: string; readonly changes: readonly Change[] }[];
  /** What is applied to the cluster; undefined for stages of machines. */
  readonly objects?: readonly PlannedObject[];
}

export interface PlannedObject {
  /** `Deployment gazette/gazette` */
  readonly object: string;
  readonly action: "create" | "change" | "delete" | "apply";
  readonly risk: Risk;
  /** What changes, as a unified diff of YAML without secret values; undefined for what is new or cannot be known yet. */
  readonly diff: string | undefined;
}

/** The first 12 hex digits name a plan for people; equal plans have equal names. */
export function planHash(plan: Plan): string {
  return createHash("sha256").update(stableJson(plan)).digest("hex").slice(0, 12);
}

/** JSON with sorted keys, so that the same plan is the same text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "object" && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));
}

/** Secrets that are others by now than when the plan was made. */
export function changedSecrets({ secrets = {} }: Plan, digestOf: (name: string) => string | undefined): string[] {
  return Object.keys(secrets).filter((name) => digestOf(name) !== secrets[name]);
}

/** Of what waits for a machine that is away, nothing counts. */
export function changeCount(plan: Pick<Plan, "stages">): number {
  return plan.stages.reduce((sum, stage) => sum + stage.machines.reduce((count, { changes }) => count + unheld(changes).length, 0) + (stage.objects?.length ?? 0), 0);
}

/** Changes that wait for machines that are away. */
export function heldCount(plan: Plan): number {
  return plan.stages.reduce((sum, stage) => sum + stage.machines.reduce((count, { changes }) => count + changes.length - unheld(changes).length, 0), 0);
}

export function planRisk(plan: Plan): Risk {
  const risks = plan.stages.flatMap((stage) => [...stage.machines.flatMap(({ changes }) => unheld(changes).map(({ risk }) => risk)), ...(stage.objects ?? []).map(({ risk }) => risk)]);
  return RISKS[Math.max(0, ...risks.map((risk) => RISKS.indexOf(risk)))]!;
}

/** Machines on which the plan destroys something. */
export function destroyedMachines(plan: Plan): string[] {
  return [...new Set(plan.stages.flatMap((stage) => stage.machines.filter(({ changes }) => unheld(changes).some(({ risk }) => risk === "destroys")).map(({ machine }) => machine)))];
}

/** Objects of the cluster that the plan would take away. */
export function deletedObjects(plan: Plan): string[] {
  return plan.stages.flatMap((stage) => (stage.objects ?? []).filter(({ action }) => action === "delete").map(({ object }) => object));
}

/** What the approved plan allows on a machine in a stage: each step up to its highest risk there. */
export function exceeds(plan: Plan, stageId: string, machine: string, change: Change): boolean {
  const approved = plan.stages.find(({ id }) => id === stageId)?.machines.find((entry) => entry.machine === machine)?.changes.filter(({ step, held }) => step === change.step && held === undefined) ?? [];
  return !approved.some(({ risk }) => RISKS.indexOf(risk) >= RISKS.indexOf(change.risk));
}

/** The same for what is applied to the cluster: an object that the approved plan names, and no higher risk. What it would create may have been created meanwhile. */
export function exceedsObjects(plan: Plan, stageId: string, object: PlannedObject): boolean {
  const approved = plan.stages.find(({ id }) => id === stageId)?.objects?.find((entry) => entry.object === object.object);
  return approved === undefined || (object.action === "delete") !== (approved.action === "delete") || RISKS.indexOf(object.risk) > RISKS.indexOf(approved.risk);
}

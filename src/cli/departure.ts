/** A machine that leaves the cluster: what is asked of it and of the cluster first, what is shown, what is done. For `node remove` and `node replace`. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import type { OperationPorts } from "../operations/operation-ports.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../operations/perform-up.ts";
import { type PlannedUp, planUp, type Work } from "../operations/plan-up.ts";
import { describeRemoval, performRemoval, planRemoval, type PlannedRemoval } from "../operations/remove-node.ts";
import { describePlan } from "../plan/describe-plan.ts";
import { changeCount } from "../plan/plan.ts";
import { ShellFailed } from "../ports/shell.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { planStyle } from "./commands/plan.ts";
import { failureText, refusalText } from "./failure-text.ts";
import { operationView } from "./operation-view.ts";
import { realOperationPorts } from "./real-operation-ports.ts";

export interface Departure {
  readonly machine: Machine;
  /** What is undone on the machine itself; nothing where it does not answer. */
  readonly undone: PlannedUp;
  readonly removal: PlannedRemoval;
  /** Why the machine is not asked; undefined where it answers. */
  readonly silence: string | undefined;
  close(): Promise<void>;
}

/** `isGone`: by the user's word nobody is there to ask. Changes nothing. Rejects with `StepFailed` where it must not be done; undefined after a printed refusal. */
async function planDeparture(homelab: Homelab, machine: Machine, work: (machines: readonly Machine[]) => Work, isGone: boolean, ports: OperationPorts, io: CommandIo): Promise<Departure | undefined> {
  const { operation } = work([]);
  const undone = await planUp(homelab, ports, operation, work(isGone || machine.address === undefined ? [] : [machine]));
  try {
    const [failure] = undone.observed.failures;
    if (failure !== undefined && !isSilent(failure)) {
      throw new StepFailed("unreachable", failure.message, { machine: machine.name, hint: `${failure.hint ?? ""}\n  → when it is gone for good: kubernest ${operation} ${machine.name} --gone`, cause: failure });
    }
    if (undone.refusals.length > 0) {
      io.stderr(refusalText(undone.refusals, io));
      await undone.close();
      return undefined;
    }
    const silence = isGone ? `${machine.name} is not asked, as you say that it is gone` : machine.address === undefined ? `${machine.name} has no address` : failure?.message;
    const { kubeadm, k3s } = undone.observed.facts[machine.name]?.kubernetes ?? {};
    const removal = await planRemoval(homelab, machine, silence === undefined && (kubeadm?.hasJoined === true || k3s?.hasData === true), ports, operation);
    return {
      machine,
      undone,
      removal,
      silence,
      close: async () => {
        await removal.close();
        await undone.close();
      },
    };
  } catch (error) {
    await undone.close();
    throw error;
  }
}

/** Nothing answers there at all. A machine that refuses us is alive: it must not be taken for dead. */
function isSilent({ cause }: StepFailed): boolean {
  return cause instanceof ShellFailed && cause.code === "unreachable";
}

export function departureText({ machine, undone, removal, silence }: Departure, io: Pick<CommandIo, "colour">): string {
  const onMachine = silence !== undefined
    ? `${silence}.\nWhat is on it stays: keep it off, or put a fresh disk in, before it comes back.\n`
    : changeCount(undone.plan) > 0
      ? describePlan(undone.plan, planStyle(io), { brief: true })
      : `Nothing of ours is on ${machine.name}.\n`;
  return `${describeRemoval(removal)}\n\n${onMachine}`;
}

/** True when it is done; false when the user wanted to stop. Rejects with `StepFailed`. */
async function performDeparture({ undone, removal }: Departure, homelab: Homelab, ports: OperationPorts, isInterrupted: () => boolean): Promise<boolean> {
  await performRemoval(removal, homelab, ports, isInterrupted);
  if (isInterrupted()) return false;
  if (changeCount(undone.plan) > 0) {
    const { failures } = await performUp(homelab, undone.plan, undone, ports, [], { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted });
    if (failures.length > 0) throw failures[0]!;
  }
  return !isInterrupted();
}

export interface DepartureWishes {
  readonly homelab: Homelab;
  readonly machine: Machine;
  /** What is undone on the machine, and the verb's name. */
  work(machines: readonly Machine[]): Work;
  /** By the user's word, nobody is there to ask. */
  readonly isGone: boolean;
  /** Said below a failure after which the same command goes on. */
  readonly afterFailure: string;
}

/**
 * Plans a departure and lets `decide` show, ask and perform it; `perform` gives false when the user stopped it. Tells what failed, and lets go
 * of everything. The exit code.
 */
export async function depart({ homelab, machine, work, isGone, afterFailure }: DepartureWishes, io: CommandIo, decide: (departure: Departure, perform: () => Promise<boolean>) => Promise<number>): Promise<number> {
  const view = operationView(io);
  const ports = realOperationPorts(homelab, io, view, () => undefined);
  let departure: Departure | undefined;
  let isInterrupted = false;
  const unlisten = io.onInterrupt(() => {
    isInterrupted = true;
    io.stderr("\nStopping after what is under way.\n");
  });
  try {
    departure = await planDeparture(homelab, machine, work, isGone, ports, io);
    view.end();
    if (departure === undefined) return EXIT.failed;
    const planned = departure;
    return await decide(planned, () => performDeparture(planned, homelab, ports, () => isInterrupted));
  } catch (error) {
    view.end();
    if (!(error instanceof StepFailed)) throw error;
    io.stderr(`${failureText([error], io)}${error.code === "refused" ? "" : `${afterFailure}\n`}`);
    return EXIT.failed;
  } finally {
    unlisten();
    await departure?.close();
  }
}

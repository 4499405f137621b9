/** Opens a session to every machine and reads it: one connection, one script, all at once. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { MachineSession, type SessionPorts } from "../engine/machine-session.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { Values } from "../engine/values.ts";
import { FactUnreadable } from "../facts/fact.ts";
import { gatherFacts } from "../facts/gather.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { controlPlaneMachines } from "../manifests/cluster/cluster-machines.ts";
import { questionsOf } from "../plan/decide.ts";
import { ShellFailed, type ShellTarget } from "../ports/shell.ts";
import type { ClusterView, Step, Want } from "../steps/step.ts";
import type { OperationPorts } from "./operation-ports.ts";

export const OBSERVE_BOUNDS = { gatherDeadlineMs: 60_000 } as const;

export interface Observed {
  readonly sessions: ReadonlyMap<string, MachineSession>;
  readonly facts: Record<string, MachineFacts>;
  readonly values: Values;
  readonly sessionPorts: SessionPorts;
  /** Machines that could not be reached or read, in the file's order. */
  readonly failures: readonly StepFailed[];
  /** Those that do not answer, without which the others go on: why, in the file's order. Empty where every machine is needed. */
  readonly away: readonly StepFailed[];
  close(): Promise<void>;
}

/** Undefined while the file gives no address. */
export function targetOf(machine: Machine): ShellTarget | undefined {
  if (machine.address === undefined) return undefined;
  return { machine: machine.name, address: machine.address, user: machine.ssh.user, port: machine.ssh.port, key: machine.ssh.key, jump: machine.ssh.jump, sudo: machine.ssh.user === "root" ? "root" : machine.sudo };
}

export async function observe(homelab: Homelab, machines: readonly Machine[], steps: readonly Step[], ports: OperationPorts, operation: string, checksumOf: Want["checksumOf"], isNeeded: (machine: string) => boolean = () => true): Promise<Observed> {
  const values = new Values((name) => ports.secret(name));
  const sessionPorts: SessionPorts = {
    connector: ports.connector,
    artifacts: ports.artifacts,
    clock: ports.clock,
    reporter: ports.reporter,
    values,
    debug: (line) => ports.debug(line),
    gather: (shell, questions) =>
      gatherFacts(shell, questions, { clock: ports.clock, nonce: () => ports.randomWord(16), deadlineMs: OBSERVE_BOUNDS.gatherDeadlineMs }).catch((error: unknown) => {
        if (!(error instanceof FactUnreadable)) throw error;
        throw new StepFailed("facts-unreadable", `${shell.machine}: ${error.message}`, { machine: shell.machine, hint: "the debug log has what the machine answered; please report it", cause: error });
      }),
  };
  const sessions = new Map<string, MachineSession>();
  const facts: Record<string, MachineFacts> = {};
  const failures = new Map<string, StepFailed>();
  await Promise.all(
    machines.map(async (machine) => {
      const target = targetOf(machine);
      if (target === undefined) {
        failures.set(machine.name, new StepFailed("unreachable", `${machine.name} has no address`, { machine: machine.name, hint: `write it at machines.${machine.name}.address` }));
        return;
      }
      const session = new MachineSession(target, sessionPorts, `${ports.owner}: ${operation}`);
      sessions.set(machine.name, session);
      // Which cluster there is shows only when all were read; what is asked does not hang on it.
      const want: Want = { homelab, machine, cluster: { machines: {}, governedBy: undefined }, valueOf: (name) => values.get(name), checksumOf };
      try {
        facts[machine.name] = await session.gather(questionsOf(steps, want));
      } catch (error) {
        if (error instanceof StepFailed) failures.set(machine.name, error);
        else if (error instanceof ShellFailed) failures.set(machine.name, new StepFailed("unreachable", error.message, { machine: machine.name, hint: error.hint, cause: error }));
        else throw error;
      }
    }),
  );
  const all = machines.flatMap(({ name }) => failures.get(name) ?? []);
  // Where nobody answers, there is nobody to go on with.
  const away = all.length === machines.length ? [] : all.filter((failure) => isSilent(failure) && !isNeeded(failure.machine!));
  return {
    sessions,
    facts,
    values,
    sessionPorts,
    failures: all.filter((failure) => !away.includes(failure)),
    away,
    close: async () => void (await Promise.all([...sessions.values()].map((session) => session.close().catch(() => undefined)))),
  };
}

/** Off, cut off, or not bought yet. One that refuses us is there: what it wants is a matter of a minute, and may be a warning. */
function isSilent({ code, cause }: StepFailed): boolean {
  return code === "unreachable" && (cause === undefined || (cause instanceof ShellFailed && ["unreachable", "timed-out", "connection-lost"].includes(cause.code)));
}

/** Names of machines that are away. */
export function awayNames({ away }: Pick<Observed, "away">): string[] {
  return away.flatMap(({ machine }) => machine ?? []);
}

/** The first control plane, in the file's order, that is one by its facts. */
export function governedBy(homelab: Homelab, facts: Readonly<Record<string, MachineFacts>>): string | undefined {
  return controlPlaneMachines(homelab).find(({ name }) => {
    const kubernetes = facts[name]?.kubernetes;
    if (homelab.kubernetes.distribution === "k3s") return kubernetes?.k3s?.role === "server" && kubernetes.k3s.isOurs && kubernetes.k3s.hasJoined;
    return kubernetes?.kubeadm?.isControlPlane === true && kubernetes.kubeadm.hasJoined && !kubernetes.kubeadm.isHalfDone;
  })?.name;
}

export function clusterView(homelab: Homelab, observed: Pick<Observed, "facts" | "away">): ClusterView {
  return { machines: observed.facts, governedBy: governedBy(homelab, observed.facts), away: awayNames(observed) };
}

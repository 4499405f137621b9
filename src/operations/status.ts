/** What is, against what should be: machines, nodes, etcd, the API, certificates, apps, and what `up` would change. Reads only; each problem says what to do. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { changeCount } from "../plan/plan.ts";
import { ShellFailed } from "../ports/shell.ts";
import { type AppStatus, appStatus } from "./app-status.ts";
import { openCluster } from "./cluster-access.ts";
import { wantedCluster } from "./cluster-work.ts";
import { healthPorts, machineStateScript, type MachineState, parseMachineState } from "./machine-state.ts";
import { governedBy } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";
import { planUp } from "./plan-up.ts";
import { unreadyContents } from "./unready-contents.ts";
import { upMachines } from "./up.ts";
import type { Missing } from "./wait-until.ts";

export const STATUS_BOUNDS = { stateDeadlineMs: 30_000, apiDeadlineMs: 5_000 } as const;

/** Everything that was seen. Undefined: could not be seen. */
export interface Seen {
  readonly facts: Readonly<Record<string, MachineFacts>>;
  readonly failures: readonly StepFailed[];
  readonly states: Readonly<Record<string, MachineState>>;
  readonly nodes: readonly KubeObject[] | undefined;
  readonly apps: readonly AppStatus[] | undefined;
  /** What the file wants in the cluster, is there, and does not work. */
  readonly unready: readonly Missing[] | undefined;
  /** Why the API could not be asked. */
  readonly apiError: StepFailed | undefined;
  readonly apiNote: string | undefined;
  /** Changes that a plan would make; undefined where no plan can be made. */
  readonly changes: number | undefined;
  readonly refusals: readonly { readonly machine: string; readonly refused: string; readonly hint: string }[];
}

export async function seeStatus(homelab: Homelab, ports: OperationPorts): Promise<Seen> {
  const planned = await planUp(homelab, ports, "status");
  const { observed } = planned;
  try {
    const states: Record<string, MachineState> = {};
    const failures = [...observed.away, ...planned.failures];
    const readStates = upMachines(homelab).map(async (machine) => {
      const session = observed.facts[machine.name] === undefined ? undefined : observed.sessions.get(machine.name);
      if (session === undefined) return;
      const asked = healthPorts(homelab, machine);
      try {
        states[machine.name] = parseMachineState((await session.read(machineStateScript(asked), STATUS_BOUNDS.stateDeadlineMs)).stdout, asked);
      } catch (error) {
        if (!(error instanceof ShellFailed)) throw error;
        failures.push(new StepFailed("unreachable", error.message, { machine: machine.name, hint: error.hint, cause: error }));
      }
    });
    const [api] = await Promise.all([seeApi(homelab, planned, ports), ...readStates]);
    const isPlan = failures.length === 0 && planned.refusals.length === 0;
    return { facts: observed.facts, failures, states, ...api, changes: isPlan ? changeCount(planned.plan) : undefined, refusals: planned.refusals };
  } finally {
    await planned.close();
  }
}

async function seeApi(homelab: Homelab, { observed }: Pick<Awaited<ReturnType<typeof planUp>>, "observed">, ports: OperationPorts): Promise<Pick<Seen, "nodes" | "apps" | "unready" | "apiError" | "apiNote">> {
  const none = { nodes: undefined, apps: undefined, unready: undefined, apiNote: undefined };
  if (governedBy(homelab, observed.facts) === undefined) return { ...none, apiError: new StepFailed("unreachable", "no control plane that answers is part of a cluster", { hint: "kubernest up makes the cluster" }) };
  try {
    const access = await openCluster(homelab, observed, ports, STATUS_BOUNDS.apiDeadlineMs);
    try {
      return { ...(await seeObjects(access.client, homelab, (name) => ports.secret(name))), apiError: undefined, apiNote: access.note };
    } finally {
      await access.client.close();
    }
  } catch (error) {
    if (error instanceof StepFailed) return { ...none, apiError: error };
    if (error instanceof TypeError) throw error;
    return { ...none, apiError: new StepFailed("unreachable", `the API did not tell: ${error instanceof Error ? error.message : String(error)}`, { cause: error }) };
  }
}

async function seeObjects(client: KubeClient, homelab: Homelab, secret: (name: string) => string | undefined): Promise<{ nodes: KubeObject[]; apps: AppStatus[]; unready: Missing[] }> {
  const wanted = wantedCluster(homelab, secret);
  const [nodes, apps, unready] = await Promise.all([client.list("v1", "Node"), appStatus(client, homelab, wanted), unreadyContents(client, wanted)]);
  // What is not there at all is among the changes that a plan makes.
  return { nodes, apps, unready: unready.filter(({ isAbsent }) => isAbsent !== true) };
}

/** Machines that carry the endpoint's address now. */
export function endpointHolders(homelab: Homelab, facts: Readonly<Record<string, MachineFacts>>): string[] {
  const { address } = homelab.kubernetes.endpoint;
  return Object.values(homelab.machines)
    .filter((machine: Machine) => facts[machine.name]?.network.interfaces.some(({ addresses }) => addresses.some((own) => own.split("/")[0] === address)))
    .map(({ name }) => name);
}

/**
 * `node remove`: a machine leaves the cluster, alive or dead, the first control plane too. Pods are moved off, the members that stay let its etcd member go, its Node object
 * is deleted, and what answers is put back as it was. Everything is asked of a control plane that stays.
 */
import type { Homelab, Machine } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { controlPlaneMachines, machineAddress } from "../manifests/cluster/cluster-machines.ts";
import { openCluster } from "./cluster-access.ts";
import { cordonNode, drainNode } from "./drain-node.ts";
import { type EtcdMember, etcdMembers, k3sMembers, quorumAfter, removeEtcdMember } from "./etcd-members.ts";
import { governedBy, observe, type Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";

export const REMOVE_BOUNDS = { apiDeadlineMs: 30_000, drainDeadlineMs: 5 * 60_000, drainIntervalMs: 2_000 } as const;
const FIELD_MANAGER = "kubernest";

export interface PlannedRemoval {
  readonly machine: Machine;
  /** Control planes that stay, open. */
  readonly observed: Observed;
  readonly governing: string;
  readonly member: EtcdMember | undefined;
  readonly isDead: boolean;
}

/** Why a machine cannot be taken out whatever the cluster says, or undefined. */
export function refusalToRemove(homelab: Homelab, machine: Machine): string | undefined {
  const isControlPlane = machine.roles.includes("control-plane");
  if (isControlPlane && controlPlaneMachines(homelab).length === 1) return `${machine.name} is the only control plane: without it there is no cluster. kubernest reset takes it all away`;
  const { endpoint } = homelab.kubernetes;
  if (isControlPlane && endpoint.by === "machine" && endpoint.address === (machineAddress(machine) ?? machine.address)) return `${machine.name} is the API endpoint itself: every node connects to its address. Give the cluster a shared one first (kubernetes.endpoint), then kubernest up`;
  return undefined;
}

/** `rest`: the homelab without the machine. Changes nothing; rejects with `StepFailed` where it must not be done. */
export async function planRemoval(homelab: Homelab, rest: Homelab, machine: Machine, isDead: boolean, ports: OperationPorts): Promise<PlannedRemoval> {
  const refusal = refusalToRemove(homelab, machine);
  if (refusal !== undefined) throw new StepFailed("refused", refusal, { machine: machine.name });
  const observed = await observe(rest, controlPlaneMachines(rest), [], ports, "node remove", () => undefined);
  try {
    const governing = governedBy(rest, observed.facts);
    const session = governing === undefined ? undefined : observed.sessions.get(governing);
    if (governing === undefined || session === undefined) throw new StepFailed("unreachable", "no control plane that stays answers as part of a cluster", { hint: observed.failures[0]?.hint ?? "bring one up first" });
    let member: EtcdMember | undefined;
    if (machine.roles.includes("control-plane") && homelab.kubernetes.datastore.kind === "etcd") {
      const isK3s = homelab.kubernetes.distribution === "k3s";
      const members = isK3s ? await membersOfK3s(rest, observed, ports) : await etcdMembers(session);
      const name = isK3s ? machine.hostname : machine.name;
      const lost = quorumAfter(members, name);
      if (lost !== undefined) throw new StepFailed("refused", lost, { machine: machine.name, hint: "bring the others back first, or add another control plane: kubernest status" });
      // k3s lets a member go by itself when its Node object does.
      if (!isK3s) member = members.find((each) => each.name === name);
    }
    return { machine, observed, governing, member, isDead };
  } catch (error) {
    await observed.close();
    throw error;
  }
}

async function membersOfK3s(rest: Homelab, observed: Observed, ports: OperationPorts): Promise<EtcdMember[]> {
  const { client } = await openCluster(rest, observed, ports, REMOVE_BOUNDS.apiDeadlineMs);
  try {
    return k3sMembers(await client.list("v1", "Node"));
  } finally {
    await client.close();
  }
}

/** What will be done, for people, in order. */
export function describeRemoval({ machine, governing, member, isDead }: PlannedRemoval): string {
  return [
    `Take ${machine.name} out of the cluster, through ${governing}`,
    `  ~ move its pods elsewhere (drain)${isDead ? ": it does not answer, so they are only told to go" : ""}`,
    ...(member === undefined ? [] : [`  ! remove its etcd member ${member.id}`]),
    `  ! delete the Node object ${machine.name}`,
  ].join("\n");
}

export async function performRemoval(rest: Homelab, planned: PlannedRemoval, ports: OperationPorts, isInterrupted: () => boolean): Promise<void> {
  const { machine, observed, governing, member, isDead } = planned;
  const { client } = await openCluster(rest, observed, ports, REMOVE_BOUNDS.apiDeadlineMs);
  try {
    if ((await client.find("v1", "Node", undefined, machine.name)) !== undefined) {
      await cordonNode(client, machine.name, FIELD_MANAGER);
      await drainNode(client, machine.name, { whatFor: `the pods of ${machine.name} have moved`, deadlineMs: REMOVE_BOUNDS.drainDeadlineMs, intervalMs: REMOVE_BOUNDS.drainIntervalMs, clock: ports.clock, reporter: ports.reporter, isInterrupted, isDead });
    }
    if (isInterrupted()) return;
    // First the member, then the node: an etcd that still counts a machine which is gone is one failure nearer to standing still.
    if (member !== undefined) await removeEtcdMember(observed.sessions.get(governing)!, member);
    await client.delete("v1", "Node", undefined, machine.name);
  } finally {
    await client.close();
  }
}

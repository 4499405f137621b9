/**
 * A machine leaves the cluster, alive or dead, the first control plane too: for `node remove` and `node replace`. Pods are moved off, the members that stay let its etcd
 * member go, its Node object is deleted. Everything is asked of a control plane that stays.
 */
import type { Homelab, Machine } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { isTrue } from "../kube/readiness.ts";
import { controlPlaneMachines, machineAddress } from "../manifests/cluster/cluster-machines.ts";
import { type ClusterAccess, openCluster } from "./cluster-access.ts";
import { cordonNode, drainNode } from "./drain-node.ts";
import { type EtcdMember, etcdMembers, k3sMembers, memberOf, quorumAfter, removeEtcdMember } from "./etcd-members.ts";
import { governedBy, observe, type Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";
import { waitUntil } from "./wait-until.ts";

export const REMOVE_BOUNDS = { apiDeadlineMs: 30_000, drainDeadlineMs: 5 * 60_000, drainIntervalMs: 2_000, goneDeadlineMs: 60_000, goneIntervalMs: 1_000 } as const;
const FIELD_MANAGER = "kubernest";

export interface PlannedRemoval {
  readonly machine: Machine;
  /** Control planes that stay, open. */
  readonly observed: Observed;
  /** Undefined where there is no cluster yet. */
  readonly cluster: { readonly governing: string; readonly access: ClusterAccess } | undefined;
  readonly member: EtcdMember | undefined;
  readonly hasNode: boolean;
  /** Nothing there ends a pod any more. */
  readonly isDead: boolean;
  close(): Promise<void>;
}

/** Why a machine cannot be taken out whatever the cluster says, or undefined. */
export function refusalToRemove(homelab: Homelab, machine: Machine): string | undefined {
  const isControlPlane = machine.roles.includes("control-plane");
  if (isControlPlane && controlPlaneMachines(homelab).length === 1) return `${machine.name} is the only control plane: without it there is no cluster. kubernest reset takes it all away`;
  const { endpoint } = homelab.kubernetes;
  if (isControlPlane && endpoint.by === "machine" && endpoint.address === (machineAddress(machine) ?? machine.address)) return `${machine.name} is the API endpoint itself: every node connects to its address. Give the cluster a shared one first (kubernetes.endpoint), then kubernest up`;
  return undefined;
}

/** `isRunning`: the machine answers, and is part of a cluster by its own facts. Changes nothing; rejects with `StepFailed` where it must not be done. */
export async function planRemoval(homelab: Homelab, machine: Machine, isRunning: boolean, ports: OperationPorts, operation: string): Promise<PlannedRemoval> {
  const refusal = refusalToRemove(homelab, machine);
  if (refusal !== undefined) throw new StepFailed("refused", refusal, { machine: machine.name });
  const rest: Homelab = { ...homelab, machines: Object.fromEntries(Object.entries(homelab.machines).filter(([name]) => name !== machine.name)) };
  const observed = await observe(rest, controlPlaneMachines(rest), [], ports, operation, () => undefined);
  let access: ClusterAccess | undefined;
  const close = async (): Promise<void> => {
    await access?.client.close();
    await observed.close();
  };
  try {
    const governing = governedBy(rest, observed.facts);
    if (governing === undefined) {
      if (observed.failures.length > 0) throw new StepFailed("unreachable", `no control plane that stays answers as part of a cluster: ${observed.failures[0]!.message}`, { hint: observed.failures[0]!.hint ?? "bring one up first" });
      if (isRunning) throw new StepFailed("unreachable", `${machine.name} is part of a cluster, and no control plane that stays is`, { machine: machine.name, hint: "kubernest up joins them first" });
      return { machine, observed, cluster: undefined, member: undefined, hasNode: false, isDead: true, close };
    }
    // Its own API first: the shared endpoint may still lead to the one that goes.
    access = await openCluster(rest, observed, ports, REMOVE_BOUNDS.apiDeadlineMs, { prefersOwn: true });
    const member = await memberToRemove(homelab, machine, { governing, access }, observed);
    const node = await access.client.find("v1", "Node", undefined, machine.hostname);
    return { machine, observed, cluster: { governing, access }, member, hasNode: node !== undefined, isDead: !isRunning || node === undefined || !isTrue(node, "Ready"), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function memberToRemove(homelab: Homelab, machine: Machine, { governing, access }: { governing: string; access: ClusterAccess }, observed: Observed): Promise<EtcdMember | undefined> {
  if (!machine.roles.includes("control-plane") || homelab.kubernetes.datastore.kind !== "etcd") return undefined;
  const isK3s = homelab.kubernetes.distribution === "k3s";
  const members = isK3s ? k3sMembers(await access.client.list("v1", "Node")) : await etcdMembers(observed.sessions.get(governing)!, homelab.machines[governing]!.hostname);
  const member = memberOf(members, machine.hostname, machineAddress(machine));
  const lost = member === undefined ? undefined : quorumAfter(members, member, machine.name);
  if (lost !== undefined) throw new StepFailed("refused", lost, { machine: machine.name, hint: "bring the others back first, or add another control plane: kubernest status" });
  // k3s lets a member go by itself when its Node object does.
  return isK3s ? undefined : member;
}

/** What will be done, for people, in order. */
export function describeRemoval({ machine, cluster, member, hasNode, isDead }: PlannedRemoval): string {
  if (cluster === undefined) return "There is no cluster yet: nothing is to be taken out of it";
  if (!hasNode && member === undefined) return `The cluster has no node ${machine.hostname}: nothing is to be taken out of it`;
  return [
    `Take ${machine.name} out of the cluster, through ${cluster.governing}`,
    ...(hasNode ? [`  ~ move its pods elsewhere (drain)${isDead ? ": nothing runs there any more, so they are only told to go" : ""}`] : []),
    ...(member === undefined ? [] : [`  ! remove its etcd member ${member.id}`]),
    ...(hasNode ? [`  ! delete the Node object ${machine.hostname}`] : []),
  ].join("\n");
}

export async function performRemoval({ machine, observed, cluster, member, hasNode, isDead }: PlannedRemoval, homelab: Homelab, ports: OperationPorts, isInterrupted: () => boolean): Promise<void> {
  if (cluster === undefined) return;
  const { governing, access: { client } } = cluster;
  const { clock, reporter } = ports;
  const told = async (summary: string, perform: () => Promise<void>): Promise<void> => {
    const beganMs = clock.now();
    await perform();
    reporter.report({ kind: "change-ended", machine: undefined, step: "remove-node", summary, tookMs: clock.now() - beganMs });
  };
  reporter.report({ kind: "stage-began", stage: "remove-node", title: `Take ${machine.name} out of the cluster`, machines: [] });
  if (hasNode)
    await told(`moved the pods of ${machine.name}`, async () => {
      await cordonNode(client, machine.hostname, FIELD_MANAGER);
      await drainNode(client, machine.hostname, { whatFor: `the pods of ${machine.name} have moved`, deadlineMs: REMOVE_BOUNDS.drainDeadlineMs, intervalMs: REMOVE_BOUNDS.drainIntervalMs, clock, reporter, isInterrupted, isDead });
    });
  if (isInterrupted()) return;
  // First the member, then the node: an etcd that still counts a machine which is gone is one failure nearer to standing still.
  if (member !== undefined) await told(`removed the etcd member of ${machine.name}`, () => removeEtcdMember(observed.sessions.get(governing)!, homelab.machines[governing]!.hostname, member));
  if (!hasNode) return;
  await told(`deleted Node ${machine.hostname}`, () =>
    // Where one API server has just gone, the first answer may be none.
    waitUntil(
      async () => {
        await client.delete("v1", "Node", undefined, machine.hostname);
        return [];
      },
      { whatFor: `the API takes the deletion of ${machine.hostname}`, deadlineMs: REMOVE_BOUNDS.goneDeadlineMs, intervalMs: REMOVE_BOUNDS.goneIntervalMs, clock, reporter, isInterrupted: () => false },
    ),
  );
}

/** The cluster's part of a plan: what is applied, changed and taken away, and what a person should know. Changes nothing. */
import type { Homelab } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import type { PlannedObject, PlannedStage } from "../plan/plan.ts";
import { waitingMachines } from "../steps/invite-machines.ts";
import { helmMissing, plannedChart } from "./chart-releases.ts";
import { type ClusterAccess, openCluster } from "./cluster-access.ts";
import { CLUSTER_STAGES, type ClusterStageId } from "./cluster-stage-list.ts";
import { CONTENT_STAGES } from "./cluster-contents.ts";
import { contentWork, deletionWork, inventoryWork, nodeWork, plannedDeletions, plannedNodes, plannedOf, unaskedWork, wantedCluster, type WantedCluster } from "./cluster-work.ts";
import { nodeMachines } from "./node-settings.ts";
import { leftOutNodes } from "./left-out.ts";
import { clusterView, governedBy, type Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";

export interface PlannedCluster {
  readonly stages: readonly PlannedStage[];
  /** What stops the run before it begins. */
  readonly failures: readonly StepFailed[];
  /** What a person should know, and nothing is done about. */
  readonly notes: readonly string[];
  readonly wanted: WantedCluster;
  /** Undefined while there is no cluster, or none that answers. */
  readonly access: ClusterAccess | undefined;
}

const PLAN_ACCESS_DEADLINE_MS = 10_000;

/** `areMachinesRight`: nothing is to be done on machines, so that an API that does not answer will not begin to. */
export async function planCluster(homelab: Homelab, observed: Observed, ports: OperationPorts, areMachinesRight: boolean): Promise<PlannedCluster> {
  const wanted = wantedCluster(homelab, (name) => ports.secret(name));
  const failures: StepFailed[] = [...wanted.failures];
  const leftOut = leftOutNodes(homelab, observed);
  const unasked = (action: "create" | "apply"): PlannedStage[] => stagesOf(unaskedWork(homelab, wanted, action, leftOut));
  const charts = CONTENT_STAGES.flatMap((stage) => wanted.stages[stage].charts);
  if (governedBy(homelab, observed.facts) === undefined) {
    const missing = await helmMissing(ports.helm, charts.map(plannedChart));
    return { stages: unasked("create"), failures: missing === undefined ? failures : [...failures, missing], notes: [], wanted, access: undefined };
  }
  let access: ClusterAccess;
  try {
    access = await openCluster(homelab, observed, ports, PLAN_ACCESS_DEADLINE_MS);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    if (areMachinesRight) return { stages: [], failures: [...failures, error], notes: [], wanted, access: undefined };
    return { stages: unasked("apply"), failures, notes: [`${error.message}: what changes in the cluster is decided when it does`], wanted, access: undefined };
  }
  const { client } = access;
  try {
    const [inventory, nodes, deletions, ...contents] = await Promise.all([inventoryWork(client, wanted), nodeWork(client, homelab), deletionWork(client, wanted), ...CONTENT_STAGES.map((stage) => contentWork(client, wanted, stage))]);
    const missing = await helmMissing(ports.helm, contents.flatMap((work) => work.charts));
    if (missing !== undefined) failures.push(missing);
    failures.push(...comeBackBare(homelab, observed, nodes.absent));
    // A node of theirs goes before they join, with what was set on it.
    const anew = waitingMachines({ homelab, cluster: clusterView(homelab, observed) }).map((name) => homelab.machines[name]!.hostname);
    const [network, platform, apps] = contents.map(plannedOf);
    const stages = stagesOf({
      inventory: inventory.planned === undefined ? [] : [inventory.planned],
      network: network!,
      nodes: [...nodes.changes.filter(({ node }) => !anew.includes(node)).map(({ planned }) => planned), ...plannedNodes(homelab, [...nodes.absent, ...anew].filter((name) => !leftOut.includes(name)))],
      platform: platform!,
      apps: apps!,
      prune: plannedDeletions(deletions),
    });
    const notes = [...(access.note === undefined ? [] : [access.note]), ...nodes.others.map((name) => `node ${name} is in the cluster and not in the file: it is left as it is; kubectl drain ${name} and kubectl delete node ${name} take it out`)];
    return { stages, failures, notes, wanted, access };
  } catch (error) {
    await client.close();
    if (!(error instanceof StepFailed)) throw error;
    return { stages: [], failures: [...failures, error], notes: [], wanted, access: undefined };
  }
}

/** A control plane whose disk is fresh, while the cluster still has its node and, as etcd does, its member: joining beside its old self would damage etcd. */
function comeBackBare(homelab: Homelab, observed: Observed, absent: readonly string[]): StepFailed[] {
  return nodeMachines(homelab).flatMap((machine) => {
    const facts = observed.facts[machine.name];
    const isBare = facts !== undefined && facts.kubernetes.kubeadm?.hasJoined !== true && facts.kubernetes.kubeadm?.isHalfDone !== true;
    if (homelab.kubernetes.distribution !== "kubeadm" || !machine.roles.includes("control-plane") || !isBare || absent.includes(machine.hostname)) return [];
    return [new StepFailed("refused", `${machine.name} has nothing of the cluster on it, and the cluster still has its node: it was installed anew, or it is another machine`, { machine: machine.name, hint: `kubernest node replace ${machine.name} takes the old one out, and lets it join` })];
  });
}

function stagesOf(objects: Partial<Record<ClusterStageId, readonly PlannedObject[]>>): PlannedStage[] {
  return CLUSTER_STAGES.flatMap(({ id, title }) => ((objects[id] ?? []).length === 0 ? [] : [{ id, title, machines: [], objects: objects[id]! }]));
}

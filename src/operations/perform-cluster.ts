/** Does the cluster's part of an approved plan: asks again what is needed, does no more than was approved, and waits until it is there. */
import type { Homelab } from "../config/homelab.ts";
import type { ClusterStage } from "../engine/perform-plan.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { KubeRefused } from "../kube/kube-client.ts";
import { assert } from "../lib/assert.ts";
import type { ChartRelease } from "../manifests/chart-release.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { exceedsObjects, type Plan, type PlannedObject } from "../plan/plan.ts";
import { type AppStatus, appStatus } from "./app-status.ts";
import { isRelease, uninstallChart } from "./chart-releases.ts";
import { type ClusterAccess, openCluster } from "./cluster-access.ts";
import type { ContentStage } from "./cluster-contents.ts";
import { CLUSTER_STAGES, type ClusterStageId } from "./cluster-stage-list.ts";
import { contentWork, deletionWork, inventoryWork, nodeWork, plannedDeletions, plannedOf, type WantedCluster } from "./cluster-work.ts";
import { Delivery } from "./deliver-contents.ts";
import { inventoryKey, lingering, readInventory, together, writeInventory } from "./inventory.ts";
import { nodeMachines } from "./node-settings.ts";
import { awayNodes, leftOutNodes } from "./left-out.ts";
import { nameOf } from "./object-name.ts";
import type { PlannedCluster } from "./plan-cluster.ts";
import type { Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";
import { unreadyNodes } from "./unready.ts";
import { waitUntil, type WaitOptions } from "./wait-until.ts";

export const CLUSTER_BOUNDS = {
  accessDeadlineMs: 120_000,
  joinDeadlineMs: 60_000,
  nodesDeadlineMs: 5 * 60_000,
  /** Images come over lines of homes. */
  workloadsDeadlineMs: 15 * 60_000,
  /** Pods have half a minute to end, databases more. */
  goneDeadlineMs: 5 * 60_000,
  pollIntervalMs: 1_000,
  /** A definition is served within a second or two of its being applied. */
  servedGraceMs: 10_000,
  patchAttemptsMax: 5,
} as const;

export interface ClusterRun {
  readonly homelab: Homelab;
  readonly plan: Plan;
  readonly planned: PlannedInCluster;
  readonly ports: OperationPorts;
  /** Whether what left the file is taken away. */
  readonly prunes: boolean;
  isInterrupted(): boolean;
}

/** What planning found and opened; `PlannedUp` without failures is one. */
export interface PlannedInCluster {
  readonly observed: Observed;
  readonly cluster: Pick<PlannedCluster, "wanted" | "access"> | undefined;
}

type Run = ClusterRun & { readonly wanted: WantedCluster; delivery(access: ClusterAccess): Delivery };

export interface ClusterStages {
  readonly stages: readonly ClusterStage[];
  /** How the apps are, when the run has ended; then it leaves the cluster. Empty when no stage came to it. */
  apps(): Promise<AppStatus[]>;
}

export function clusterStages(options: ClusterRun): ClusterStages {
  const { cluster, observed } = options.planned;
  assert(cluster !== undefined, "a plan with failures is not performed");
  let delivery: Delivery | undefined;
  const run: Run = {
    ...options,
    wanted: cluster.wanted,
    delivery: ({ client, kubeconfig }) => (delivery ??= new Delivery({ client, kubeconfig, ports: options.ports, intervalMs: CLUSTER_BOUNDS.pollIntervalMs, graceMs: CLUSTER_BOUNDS.servedGraceMs, isInterrupted: () => options.isInterrupted(), awayNodes: awayNodes(options.homelab, observed) })),
  };
  let opened: Promise<ClusterAccess> | undefined = cluster.access === undefined ? undefined : Promise.resolve(cluster.access);
  const open = (): Promise<ClusterAccess> => {
    opened ??= openCluster(run.homelab, observed, run.ports, CLUSTER_BOUNDS.accessDeadlineMs).then((access) => {
      if (access.note !== undefined) run.ports.reporter.report({ kind: "note", machine: undefined, text: access.note });
      return access;
    });
    return opened;
  };
  const stages = CLUSTER_STAGES.map(({ id, title, after }): ClusterStage => ({ id, title, after, perform: async () => PERFORM[id](run, await open()) }));
  const apps = async (): Promise<AppStatus[]> => {
    const access = await opened?.catch(() => undefined);
    if (access === undefined) return [];
    try {
      return await appStatus(access.client, run.homelab, run.wanted);
    } finally {
      if (access !== cluster.access) await access.client.close();
    }
  };
  return { stages, apps };
}

const PERFORM: Readonly<Record<ClusterStageId, (run: Run, access: ClusterAccess) => Promise<readonly StepFailed[] | void>>> = {
  inventory: noteInventory,
  async network(run, access) {
    const { objects, charts } = await approvedWork(run, access, "network");
    await run.delivery(access).deliverWhole("network", objects, charts);
  },
  nodes: settleNodes,
  platform: deliver("platform"),
  apps: deliver("apps"),
  ready: (run, access) => run.delivery(access).settle(run.wanted, waitOptions(run, "all of it works", CLUSTER_BOUNDS.workloadsDeadlineMs)),
  prune,
};

async function noteInventory(run: Run, { client }: ClusterAccess): Promise<void> {
  const { known, planned } = await inventoryWork(client, run.wanted);
  if (planned === undefined) return;
  approve(run, "inventory", [planned]);
  await told(run, "inventory", planned.object, () => writeInventory(client, together(known, run.wanted.names)));
}

function deliver(stage: ContentStage): (run: Run, access: ClusterAccess) => Promise<void> {
  return async (run, access) => {
    const { objects, charts } = await approvedWork(run, access, stage);
    await run.delivery(access).deliver(stage, objects, charts);
  };
}

async function approvedWork(run: Run, { client }: ClusterAccess, stage: ContentStage): Promise<{ objects: KubeObject[]; charts: ChartRelease[] }> {
  const work = await contentWork(client, run.wanted, stage);
  const planned = plannedOf(work);
  approve(run, stage, planned);
  for (const { object, diff } of planned) for (const line of (diff ?? "").split("\n")) if (line.startsWith("# taken over: ")) run.ports.reporter.report({ kind: "note", machine: undefined, text: `${object}: ${line.slice(2)}` });
  return { objects: work.objects.map(({ object }) => object), charts: work.charts.map(({ release }) => release) };
}

async function settleNodes(run: Run, { client }: ClusterAccess): Promise<void> {
  const leftOut = leftOutNodes(run.homelab, run.planned.observed);
  const names = nodeMachines(run.homelab).map(({ hostname }) => hostname).filter((name) => !leftOut.includes(name));
  const joined = async (): Promise<readonly { what: string; why: string; hint: string }[]> => {
    const { absent } = await nodeWork(client, run.homelab);
    return absent.filter((name) => names.includes(name)).map((name) => ({ what: `node ${name}`, why: "has not joined", hint: `on ${name}: journalctl -u kubelet (k3s: journalctl -u k3s-agent)` }));
  };
  await waitUntil(joined, waitOptions(run, "all machines have joined", CLUSTER_BOUNDS.joinDeadlineMs));
  for (let attempt = 1; ; attempt++) {
    const { changes } = await nodeWork(client, run.homelab);
    approve(run, "nodes", changes.map(({ planned }) => planned));
    const results = await Promise.allSettled(changes.map(({ node, patch }) => told(run, "nodes", `Node ${node}`, () => client.mergePatch("v1", "Node", undefined, node, patch, FIELD_MANAGER))));
    const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (failed.length === 0) break;
    // The node's own kubelet writes it too: the patch is made again from what is there now.
    const other = failed.find((error) => !(error instanceof KubeRefused && error.reason === "Conflict"));
    if (other !== undefined || attempt >= CLUSTER_BOUNDS.patchAttemptsMax) throw other ?? failed[0];
  }
  await waitUntil(() => unreadyNodes(client, names), waitOptions(run, "all nodes are Ready", CLUSTER_BOUNDS.nodesDeadlineMs));
}

/** Without leave, what left the file stays, and the plan goes on naming it. */
async function prune(run: Run, { client, kubeconfig }: ClusterAccess): Promise<void> {
  if (!run.prunes) return;
  const deletions = await deletionWork(client, run.wanted);
  approve(run, "prune", plannedDeletions(deletions));
  for (const name of deletions) await told(run, "prune", nameOf(name), () => (isRelease(name) ? uninstallChart(run.ports.helm, kubeconfig, name) : client.delete(name.apiVersion, name.kind, name.metadata.namespace, name.metadata.name)), "took away");
  const wanted = new Set(run.wanted.names.map(inventoryKey));
  const known = await readInventory(client);
  const kept = known.filter((name) => wanted.has(inventoryKey(name)));
  if (kept.length < known.length) await writeInventory(client, kept);
  const objects = deletions.filter((name) => !isRelease(name));
  await waitUntil(async () => (await Promise.all(objects.map((name) => lingering(client, name)))).flat(), waitOptions(run, "what left the file is gone", CLUSTER_BOUNDS.goneDeadlineMs));
}

function approve(run: Run, stage: ClusterStageId, planned: readonly PlannedObject[]): void {
  const beyond = planned.find((object) => exceedsObjects(run.plan, stage, object));
  if (beyond !== undefined) throw new StepFailed("not-approved", `${beyond.action} ${beyond.object} is needed now and was not in the plan`, { step: stage, hint: "plan again, and look at what is new" });
}

async function told<T>(run: Run, step: string, object: string, perform: () => Promise<T>, verb = "applied"): Promise<T> {
  const { reporter, clock } = run.ports;
  const beganMs = clock.now();
  const result = await perform();
  reporter.report({ kind: "change-ended", machine: undefined, step, summary: `${verb} ${object}`, tookMs: clock.now() - beganMs });
  return result;
}

function waitOptions(run: Run, whatFor: string, deadlineMs: number): WaitOptions {
  const { clock, reporter } = run.ports;
  return { whatFor, deadlineMs, intervalMs: CLUSTER_BOUNDS.pollIntervalMs, clock, reporter, isInterrupted: () => run.isInterrupted() };
}

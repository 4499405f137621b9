/** Does the cluster's part of an approved plan: asks again what is needed, does no more than was approved, and waits until it is there. */
import type { Homelab } from "../config/homelab.ts";
import type { ClusterStage } from "../engine/perform-plan.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { applyAll, isGroundwork, isNotServed } from "../kube/apply-all.ts";
import { type KubeClient, KubeRefused } from "../kube/kube-client.ts";
import { assert } from "../lib/assert.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { exceedsObjects, type Plan, type PlannedObject } from "../plan/plan.ts";
import { type AppStatus, appStatus } from "./app-status.ts";
import { installChart, isRelease, uninstallChart } from "./chart-releases.ts";
import { type ClusterAccess, openCluster } from "./cluster-access.ts";
import type { ContentStage } from "./cluster-contents.ts";
import { CLUSTER_STAGES, type ClusterStageId } from "./cluster-stage-list.ts";
import { contentWork, deletionWork, inventoryWork, nodeWork, plannedDeletions, plannedOf, type WantedCluster } from "./cluster-work.ts";
import { REQUESTS_AT_ONCE_MAX } from "./compare-objects.ts";
import { inventoryKey, readInventory, together, writeInventory } from "./inventory.ts";
import { nodeMachines } from "./node-settings.ts";
import { nameOf } from "./object-name.ts";
import type { PlannedCluster } from "./plan-cluster.ts";
import type { Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";
import { unreadyNodes, unreadyWorkloads, workloadsOf } from "./unready.ts";
import { waitUntil, type WaitOptions } from "./wait-until.ts";

export const CLUSTER_BOUNDS = {
  accessDeadlineMs: 120_000,
  joinDeadlineMs: 60_000,
  nodesDeadlineMs: 5 * 60_000,
  /** Images come over lines of homes. */
  workloadsDeadlineMs: 15 * 60_000,
  pollIntervalMs: 1_000,
  /** Kinds that a chart or an operator brings, and webhooks that come up with it. */
  servedWithinMs: 5 * 60_000,
  retryDelayMs: 1_000,
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

type Run = ClusterRun & { readonly wanted: WantedCluster };

export interface ClusterStages {
  readonly stages: readonly ClusterStage[];
  /** How the apps are, when the run has ended; then it leaves the cluster. Empty when no stage came to it. */
  apps(): Promise<AppStatus[]>;
}

export function clusterStages(options: ClusterRun): ClusterStages {
  const { cluster, observed } = options.planned;
  assert(cluster !== undefined, "a plan with failures is not performed");
  const run: Run = { ...options, wanted: cluster.wanted };
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

const PERFORM: Readonly<Record<ClusterStageId, (run: Run, access: ClusterAccess) => Promise<void>>> = {
  inventory: noteInventory,
  network: (run, access) => deliver(run, access, "network"),
  nodes: settleNodes,
  async platform(run, access) {
    await deliver(run, access, "platform");
    await waitForContents(run, access.client, "platform");
  },
  async apps(run, access) {
    await deliver(run, access, "apps");
    await waitForContents(run, access.client, "apps");
  },
  prune,
};

async function noteInventory(run: Run, { client }: ClusterAccess): Promise<void> {
  const { known, planned } = await inventoryWork(client, run.wanted);
  if (planned === undefined) return;
  approve(run, "inventory", [planned]);
  await told(run, "inventory", planned.object, () => writeInventory(client, together(known, run.wanted.names)));
}

async function deliver(run: Run, { client, kubeconfig }: ClusterAccess, stage: ContentStage): Promise<void> {
  const work = await contentWork(client, run.wanted, stage);
  const planned = plannedOf(work);
  approve(run, stage, planned);
  for (const { object, diff } of planned) for (const line of (diff ?? "").split("\n")) if (line.startsWith("# taken over: ")) run.ports.reporter.report({ kind: "note", machine: undefined, text: `${object}: ${line.slice(2)}` });
  const objects = work.objects.map(({ object }) => object);
  // What charts may refer to first, what rests on their kinds last.
  await apply(run, client, stage, objects.filter(isGroundwork));
  for (const { release, planned: { object } } of work.charts) await told(run, stage, object, () => installChart(run.ports.helm, kubeconfig, release));
  await apply(run, client, stage, objects.filter((object) => !isGroundwork(object)));
}

async function apply(run: Run, client: KubeClient, stage: ContentStage, objects: readonly KubeObject[]): Promise<void> {
  const { clock, reporter } = run.ports;
  const beganMs = clock.now();
  await applyAll(client, objects, {
    fieldManager: FIELD_MANAGER,
    concurrencyMax: REQUESTS_AT_ONCE_MAX,
    servedWithinMs: CLUSTER_BOUNDS.servedWithinMs,
    retryDelayMs: CLUSTER_BOUNDS.retryDelayMs,
    clock,
    // No answer at all, or the server's own trouble (a webhook that is not up yet), may pass; a refusal stays one.
    isTransient: (error) => isNotServed(error) || (error instanceof KubeRefused ? error.code >= 500 || error.code === 429 : !(error instanceof TypeError)),
    onApplied: (object) => reporter.report({ kind: "change-ended", machine: undefined, step: stage, summary: `applied ${nameOf(object)}`, tookMs: clock.now() - beganMs }),
    onWarning: (object, text) => reporter.report({ kind: "note", machine: undefined, text: `${nameOf(object)}: the API warns: ${text}` }),
    onRetry: (object, error, waitedMs) => reporter.report({ kind: "waiting", machine: undefined, whatFor: `the API takes ${nameOf(object)}`, deadlineMs: CLUSTER_BOUNDS.servedWithinMs, waitedMs, lastError: error.message, hint: undefined }),
  });
}

async function settleNodes(run: Run, { client }: ClusterAccess): Promise<void> {
  const names = nodeMachines(run.homelab).map(({ hostname }) => hostname);
  const joined = async (): Promise<readonly { what: string; why: string; hint: string }[]> => {
    const { absent } = await nodeWork(client, run.homelab);
    return absent.map((name) => ({ what: `node ${name}`, why: "has not joined", hint: `on ${name}: journalctl -u kubelet (k3s: journalctl -u k3s-agent)` }));
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

async function waitForContents(run: Run, client: KubeClient, stage: ContentStage): Promise<void> {
  const workloads = workloadsOf(run.wanted.stages[stage].objects.map(({ object }) => object));
  if (workloads.length === 0) return;
  await waitUntil(() => unreadyWorkloads(client, workloads), waitOptions(run, stage === "apps" ? "the apps' pods are ready" : "the platform's pods are ready", CLUSTER_BOUNDS.workloadsDeadlineMs));
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

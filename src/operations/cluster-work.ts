/** What each stage of the cluster still has to do, asked of the cluster itself. One source for the plan and for the run: the plan shows it, the run does it. Changes nothing. */
import type { Homelab } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { ChartRelease } from "../manifests/chart-release.ts";
import type { PlannedObject } from "../plan/plan.ts";
import { type ChartChange, compareCharts, installedRelease, isRelease, plannedChart, releaseName } from "./chart-releases.ts";
import { clusterContents, CONTENT_STAGES, type ContentStage } from "./cluster-contents.ts";
import { compareObjects, type WantedChange, type WantedObject } from "./compare-objects.ts";
import { fillSecret, secretNames } from "./fill-secrets.ts";
import { INVENTORY_NAME, inventoryKey, leftTheFile, plannedDeletion, readInventory, stillThere } from "./inventory.ts";
import { decideNode, hasSettings, type NodeChange, nodeMachines } from "./node-settings.ts";
import { groupOf, nameOf, type NamedObject } from "./object-name.ts";

/** What the file wants in the cluster, with its secrets. */
export interface WantedCluster {
  readonly stages: Readonly<Record<ContentStage, { readonly objects: readonly WantedObject[]; readonly charts: readonly ChartRelease[] }>>;
  /** All of it, as the inventory names it. */
  readonly names: readonly NamedObject[];
  /** Secrets that have no value, each said once. */
  readonly failures: readonly StepFailed[];
}

export function wantedCluster(homelab: Homelab, secret: (name: string) => string | undefined): WantedCluster {
  const contents = clusterContents(homelab);
  const missing = new Map<string, string>();
  const names: NamedObject[] = [];
  const stageOf = (stage: ContentStage): WantedCluster["stages"][ContentStage] => {
    const objects = contents[stage].objects.map((rendered): WantedObject => {
      const filled = fillSecret(homelab, rendered, secret);
      for (const { secret: name, about } of filled.missing) if (!missing.has(name)) missing.set(name, `${nameOf(rendered.object)} (${rendered.path}) needs it${about === undefined ? "" : `: ${about}`}`);
      const { apiVersion, kind, metadata } = rendered.object;
      names.push({ apiVersion, kind, metadata: { namespace: metadata.namespace, name: metadata.name } });
      return { object: filled.object, secretNames: secretNames(rendered.values) };
    });
    names.push(...contents[stage].charts.map(releaseName));
    return { objects, charts: contents[stage].charts };
  };
  const stages = { network: stageOf("network"), platform: stageOf("platform"), apps: stageOf("apps") };
  const failures = [...missing].map(([name, wantedBy]) => new StepFailed("value-missing", `the secret ${name} has no value, and ${wantedBy}`, { hint: `kubernest secret set ${name}` }));
  return { stages, names, failures };
}

export interface ContentWork {
  readonly objects: readonly WantedChange[];
  readonly charts: readonly ChartChange[];
}

export async function contentWork(client: KubeClient, wanted: WantedCluster, stage: ContentStage): Promise<ContentWork> {
  const { objects, charts } = wanted.stages[stage];
  const [changedObjects, changedCharts] = await Promise.all([compareObjects(client, objects), compareCharts(client, charts)]);
  return { objects: changedObjects, charts: changedCharts };
}

export const plannedOf = ({ objects, charts }: ContentWork): PlannedObject[] => [...objects, ...charts].map(({ planned }) => planned);

/** Nodes that are there; those that have not joined are decided when they have. */
export async function nodeWork(client: KubeClient, homelab: Homelab): Promise<{ changes: NodeChange[]; absent: string[]; others: string[] }> {
  const nodes = new Map((await client.list("v1", "Node")).map((node) => [node.metadata.name, node]));
  const machines = nodeMachines(homelab);
  const known = new Set(machines.map(({ hostname }) => hostname));
  return {
    changes: machines.map((machine) => (nodes.has(machine.hostname) ? decideNode(homelab, machine, nodes.get(machine.hostname)!) : undefined)).filter((change) => change !== undefined),
    absent: machines.map(({ hostname }) => hostname).filter((name) => !nodes.has(name)),
    others: [...nodes.keys()].filter((name) => !known.has(name)).sort(),
  };
}

export interface InventoryWork {
  readonly known: readonly NamedObject[];
  /** Undefined when the inventory names all that the file wants. */
  readonly planned: PlannedObject | undefined;
}

export async function inventoryWork(client: KubeClient, wanted: WantedCluster): Promise<InventoryWork> {
  const known = await readInventory(client);
  const keys = new Set(known.map(inventoryKey));
  const missing = wanted.names.filter((name) => !keys.has(inventoryKey(name)));
  if (missing.length === 0) return { known, planned: undefined };
  return { known, planned: known.length === 0 ? createdInventory() : { object: INVENTORY_NAME, action: "change", risk: "safe", diff: missing.map((name) => `+${nameOf(name)}`).join("\n") } };
}

const createdInventory = (): PlannedObject => ({ object: INVENTORY_NAME, action: "create", risk: "safe", diff: undefined });

/** What left the file and is still there. */
export async function deletionWork(client: KubeClient, wanted: WantedCluster): Promise<NamedObject[]> {
  const gone = leftTheFile(await readInventory(client), wanted.names);
  const isThere = await Promise.all(gone.map(async (name) => (isRelease(name) ? (await installedRelease(client, { name: name.metadata.name, namespace: name.metadata.namespace ?? "" })) !== undefined : stillThere(client, name))));
  return gone.filter((_, index) => isThere[index]);
}

/** By stage, where there is no cluster to ask yet (`create`), or none that answers (`apply`). `leftOut`: nodes that there will not be. */
export function unaskedWork(homelab: Homelab, wanted: WantedCluster, action: "create" | "apply", leftOut: readonly string[]): Record<"inventory" | "nodes" | ContentStage, PlannedObject[]> {
  const diff = action === "create" ? undefined : "# what changes is decided when the API answers";
  const plannedObject = ({ object }: WantedObject): PlannedObject => ({ object: nameOf(object), action, risk: action === "apply" && groupOf(object.apiVersion) === "apps" ? "disrupts" : "safe", diff });
  const content = (stage: ContentStage): PlannedObject[] => [...wanted.stages[stage].objects.map(plannedObject), ...wanted.stages[stage].charts.map((release) => ({ ...plannedChart(release).planned, action, diff }))];
  const [network, platform, apps] = CONTENT_STAGES.map(content);
  return { inventory: [action === "create" ? createdInventory() : { ...createdInventory(), action, diff }], network: network!, nodes: plannedNodes(homelab, nodeMachines(homelab).map(({ hostname }) => hostname).filter((name) => !leftOut.includes(name))), platform: platform!, apps: apps! };
}

/** Nodes that will have settings of the file's when they have joined. */
export function plannedNodes(homelab: Homelab, names: readonly string[]): PlannedObject[] {
  return nodeMachines(homelab)
    .filter((machine) => names.includes(machine.hostname) && hasSettings(homelab, machine))
    .map(({ hostname }) => ({ object: `Node ${hostname}`, action: "apply", risk: "safe", diff: "# when it has joined" }));
}

export const plannedDeletions = (deletions: readonly NamedObject[]): PlannedObject[] => deletions.map(plannedDeletion);

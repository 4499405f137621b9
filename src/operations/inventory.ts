/**
 * What we applied, written down in the cluster itself: so that what leaves the file can be taken away, and nothing else ever is. An object is in it before it is
 * applied: whenever a run ends, whatever it made is known.
 */
import { type KubeClient, KubeRefused } from "../kube/kube-client.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { PlannedObject } from "../plan/plan.ts";
import { groupOf, nameOf, type NamedObject } from "./object-name.ts";
import type { Missing } from "./wait-until.ts";

const NAMESPACE = "kube-system";
const NAME = "kubernest-inventory";
export const INVENTORY_NAME = nameOf({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: NAMESPACE, name: NAME } });

/** The same object, whatever version of its group names it. */
export function inventoryKey({ apiVersion, kind, metadata }: NamedObject): string {
  return `${groupOf(apiVersion)}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

export async function readInventory(client: KubeClient): Promise<NamedObject[]> {
  const found = await client.find("v1", "ConfigMap", NAMESPACE, NAME);
  return parseInventory((found?.["data"] as { objects?: string } | undefined)?.objects ?? "");
}

/** One object a line: `apps/v1 Deployment gazette/gazette`. What is no such line is not ours to read. */
export function parseInventory(text: string): NamedObject[] {
  return text.split("\n").flatMap((line): NamedObject[] => {
    const [, apiVersion, kind, namespace, name] = /^((?:[a-z0-9.-]+\/)?v\d\w*) ([A-Z]\w*) (?:([^\s/]+)\/)?([^\s/]+)$/.exec(line) ?? [];
    return apiVersion === undefined || kind === undefined || name === undefined ? [] : [{ apiVersion, kind, metadata: { namespace, name } }];
  });
}

export function renderInventory(objects: readonly NamedObject[]): KubeObject {
  const lines = objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}\n`);
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: NAME, namespace: NAMESPACE, labels: { "app.kubernetes.io/managed-by": FIELD_MANAGER } }, data: { objects: [...new Set(lines)].sort().join("") } };
}

export function writeInventory(client: KubeClient, objects: readonly NamedObject[]): Promise<KubeObject> {
  return client.apply(renderInventory(objects), { fieldManager: FIELD_MANAGER, force: true });
}

/** Both, each once; of two versions of one object the newer name. */
export function together(known: readonly NamedObject[], wanted: readonly NamedObject[]): NamedObject[] {
  return [...new Map([...known, ...wanted].map((object) => [inventoryKey(object), object])).values()];
}

/** What is in the inventory and no longer in the file, in the order in which it is taken away: what others stand on goes last. */
export function leftTheFile(known: readonly NamedObject[], wanted: readonly NamedObject[]): NamedObject[] {
  const kept = new Set(wanted.map(inventoryKey));
  const last = (object: NamedObject): number => (object.kind === "Namespace" || object.kind === "CustomResourceDefinition" ? 1 : 0);
  return known.filter((object) => !kept.has(inventoryKey(object)) && !isClusters(object)).sort((a, b) => last(a) - last(b));
}

/** Namespaces that every cluster has: an app may live in one, and they stay when it goes. */
function isClusters({ apiVersion, kind, metadata }: NamedObject): boolean {
  return apiVersion === "v1" && kind === "Namespace" && (metadata.name === "default" || metadata.name.startsWith("kube-"));
}

/** What holds data, or takes others with it that do. */
const DESTROYING = new Set(["/PersistentVolumeClaim", "/PersistentVolume", "/Namespace", "apiextensions.k8s.io/CustomResourceDefinition", "postgresql.cnpg.io/Cluster", "postgresql.cnpg.io/Database", "k8s.mariadb.com/MariaDB", "k8s.mariadb.com/Database"]);
const DISRUPTING = new Set(["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "/Service", "networking.k8s.io/Ingress", "helm.sh/Release"]);

export function plannedDeletion(object: NamedObject): PlannedObject {
  const kind = `${groupOf(object.apiVersion)}/${object.kind}`;
  return { object: nameOf(object), action: "delete", risk: DESTROYING.has(kind) ? "destroys" : DISRUPTING.has(kind) ? "disrupts" : "safe", diff: kind === "/Namespace" ? "# with everything in it" : "# it left the file" };
}

/** Those that are still there. A kind that is not served any more has no objects. */
export async function stillThere(client: KubeClient, { apiVersion, kind, metadata }: NamedObject): Promise<boolean> {
  try {
    const found = await client.find(apiVersion, kind, metadata.namespace, metadata.name);
    return found !== undefined && found.metadata.deletionTimestamp === undefined;
  } catch (error) {
    if (error instanceof KubeRefused && error.code === 404) return false;
    throw error;
  }
}

/** Why it is still there although it was asked to go; nothing when it is gone. */
export async function lingering(client: KubeClient, { apiVersion, kind, metadata }: NamedObject): Promise<Missing[]> {
  const found = await client.find(apiVersion, kind, metadata.namespace, metadata.name).catch((error: unknown) => {
    if (error instanceof KubeRefused && error.code === 404) return undefined;
    throw error;
  });
  if (found === undefined) return [];
  const conditions = (found["status"] as { conditions?: readonly { status: string; message?: string }[] } | undefined)?.conditions ?? [];
  const said = kind === "Namespace" ? conditions.filter(({ status }) => status === "True").map(({ message }) => message ?? "") : [];
  const held = found.metadata.finalizers ?? [];
  // The last is the closest to the cause: what is left, then what holds it.
  return [{ what: nameOf(found), why: said.at(-1) ?? (held.length > 0 ? `held by ${held.join(", ")}` : "it is on its way out"), hint: `kubectl get ${kind.toLowerCase()} ${metadata.name}${metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`} -o yaml says what it waits for` }];
}

/** What a fault takes from an app's data for good, read from where its volumes are when the fault strikes. */
import type { App, Homelab } from "../../config/homelab.ts";
import { longestGapMs } from "../../manifests/apps/backup-plan.ts";
import { databaseName, objectName } from "../../manifests/names.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Fault, FaultId } from "../../scenarios/fault.ts";
import type { SimClient } from "../../sim/api/client.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { DataLoss } from "../../sim/storage/loss-without.ts";
import { siteOf } from "./site-of.ts";

export interface LostData {
  app: string;
  /** `volume config`, `database main`. */
  what: string;
  /**
   * `last writes`: what a replica had not received yet, or a copy of a volume that was behind. `since last backup`: all that came later. `everything`: there is no backup.
   */
  extent: "last writes" | "since last backup" | "everything";
  /** Of what is lost since the last backup, or with a copy that was behind: how much time of writes that can be at most. */
  withinMs?: number;
  why: string;
}

/** A full file of the write-ahead log is archived at once, one that is not full after so long (CloudNativePG: `archive_timeout` is 5min); a backup is restored with what was archived after it. */
const ARCHIVED_WITHIN_MS = 5 * 60_000;

/** Streaming replication that does not wait for the replica: what it had not received is gone with the primary. */
const ASYNC_WHY = "its replica follows without being waited for (asynchronous replication)";

/** The rest of a machine's troubles leave its programs and its disk where they are. */
const TAKES_MACHINE_AWAY: ReadonlySet<FaultId> = new Set(["power-off", "reboot", "machine-hung", "network-cut", "disk-lost"]);

/** Looked at before the fault strikes: afterwards nobody knows where the primary was. `emptied`: machines whose disk is lost already, by name. */
export function lostData({ client, volumes }: Storage, homelab: Homelab, { id, target }: Fault, emptied: ReadonlySet<string>): LostData[] {
  const machine = homelab.machines[target]?.hostname;
  const isDiskLost = id === "disk-lost";
  const away = machine === undefined ? machinesWithout(homelab, id, target) : TAKES_MACHINE_AWAY.has(id) ? new Set([machine]) : NO_MACHINES;
  if (away.size === 0) return [];
  const gone = new Set([...emptied].map((name) => homelab.machines[name]?.hostname ?? name));
  return Object.values(homelab.apps).flatMap((app) => [
    ...(isDiskLost && machine !== undefined ? Object.values(app.volumes).flatMap((volume) => volumeLoss({ client, volumes }, homelab, app, volume.name, machine, gone)) : []),
    ...Object.values(app.databases).flatMap((database) => databaseLoss({ client, volumes }, app, database.name, away, isDiskLost, gone)),
  ]);
}

const EVERYTHING = { extent: "everything" } as const;
const sinceBackup = (withinMs: number) => ({ extent: "since last backup", withinMs }) as const;

/** What is read of a cluster. */
export type Storage = Pick<Cluster, "client"> & { volumes: Pick<Cluster["volumes"], "lossWithout" | "of"> };

function volumeLoss({ client, volumes }: Storage, homelab: Homelab, app: App, name: string, machine: string, gone: ReadonlySet<string>): LostData[] {
  const volume = app.volumes[name]!;
  const hasBackup = volume.backup !== undefined && homelab.platform.backups?.volumes === "volsync";
  const lost = (why: string): LostData[] => [{ app: app.name, what: `volume ${name}`, ...(hasBackup ? sinceBackup(longestGapMs(volume.backup!.schedule)) : EVERYTHING), why }];
  const claims = client.list("persistentvolumeclaims", { namespace: app.namespace }).filter(({ metadata }) => metadata.name === objectName(app, name) || metadata.name.startsWith(`${objectName(app, name)}-`));
  const copied = claims.flatMap((claim) => volumes.lossWithout((claim["spec"]?.volumeName as string | undefined) ?? "", new Set([...gone, machine])) ?? []);
  const worst = copied.find(({ extent }) => extent === "everything") ?? copied[0];
  if (worst !== undefined) return worst.extent === "everything" ? lost(allLost(worst, machine)) : [{ app: app.name, what: `volume ${name}`, extent: "last writes", withinMs: worst.withinMs, why: `the copy on ${worst.behind} that is left was behind` }];
  if (!claims.some((claim) => nodeOf(client, claim) === machine)) return [];
  const storage = homelab.platform.storage.classes[volume.storageClass];
  if (storage !== undefined && storage.kind !== "local-path") return [];
  return lost(`its only copy was on ${machine}'s disk`);
}

function allLost({ copies }: DataLoss & { extent: "everything" }, machine: string): string {
  return copies === 1 ? `its only copy was on ${machine}'s disk` : "none of its copies that is whole is left";
}

const NO_MACHINES: ReadonlySet<string> = new Set();

/** Those that are off, or that the others do not reach, while a part of the site is. */
function machinesWithout(homelab: Homelab, id: FaultId, part: string): ReadonlySet<string> {
  if (id !== "part-off" || homelab.site[part] === undefined) return NO_MACHINES;
  const site = siteOf(homelab);
  site.setPartWorking(part, false);
  return new Set(Object.values(homelab.machines).flatMap(({ hostname }) => (site.state(hostname).hasPower && site.state(hostname).isConnected ? [] : [hostname])));
}

function databaseLoss({ client, volumes }: Storage, app: App, name: string, away: ReadonlySet<string>, isDiskLost: boolean, gone: ReadonlySet<string>): LostData[] {
  const database = app.databases[name]!;
  const pods = client.list("pods", { namespace: app.namespace }).filter(({ metadata }) => Object.values(metadata.labels ?? {}).includes(databaseName(app, name)));
  const here = pods.filter((pod) => away.has(pod["spec"].nodeName as string));
  if (here.length === 0) return [];
  const what = `database ${name}`;
  const others = pods.filter((pod) => !away.has(pod["spec"].nodeName as string) && !gone.has(pod["spec"].nodeName as string)).length;
  if (others === 0) {
    // Storage that keeps copies has the disk of an instance elsewhere as well.
    if (!isDiskLost || here.some((pod) => areClaimsKept({ client, volumes }, pod, new Set([...away, ...gone])))) return [];
    return [{ app: app.name, what, ...(database.backup === undefined ? EVERYTHING : sinceBackup(database.engine === "postgres" ? ARCHIVED_WITHIN_MS : longestGapMs(database.backup.schedule))), why: pods.length === here.length ? `all its instances were on ${[...away].join(", ")}` : "the disks of all its instances are lost" }];
  }
  return here.some(isPrimary) ? [{ app: app.name, what, extent: "last writes", why: ASYNC_WHY }] : [];
}

/** Whether all that a pod has on volumes is on other machines too. */
function areClaimsKept({ client, volumes }: Storage, pod: KubeObject, without: ReadonlySet<string>): boolean {
  const names = ((pod["spec"].volumes ?? []) as { persistentVolumeClaim?: { claimName: string } }[]).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim === undefined ? [] : volumeOf(client, pod.metadata.namespace, persistentVolumeClaim.claimName)));
  return names.length > 0 && names.every((name) => volumes.of(name) !== undefined && volumes.lossWithout(name, without) === undefined);
}

const volumeOf = (client: SimClient, namespace: string | undefined, claim: string): string => (client.get("persistentvolumeclaims", namespace, claim)?.["spec"]?.volumeName as string | undefined) ?? "";

/** Writes to volumes that are lost although some copy had them: those that people could have seen. Milliseconds since 1970. */
export function lostWrites({ volumes }: Pick<Cluster, "volumes">, homelab: Homelab, sinceMs: number): LostData[] {
  return Object.values(homelab.apps).flatMap((app) => volumes.all.flatMap(({ claim, lost }) => {
    const worst = lost.filter(({ fromMs, seenToMs }) => seenToMs > Math.max(sinceMs, fromMs)).toSorted((a, b) => b.seenToMs - b.fromMs - (a.seenToMs - a.fromMs))[0];
    const what = worst === undefined || claim.namespace !== app.namespace ? undefined : whatOf(app, claim.name);
    return what === undefined ? [] : [{ app: app.name, what, extent: "last writes" as const, withinMs: worst!.seenToMs - worst!.fromMs, why: worst!.why }];
  }));
}

/** The volume or the database of an app that a claim belongs to. */
function whatOf(app: App, claim: string): string | undefined {
  const isOf = (name: string): boolean => claim === name || claim.startsWith(`${name}-`);
  const volume = Object.keys(app.volumes).find((name) => isOf(objectName(app, name)));
  const database = Object.keys(app.databases).find((name) => isOf(databaseName(app, name)));
  return volume !== undefined ? `volume ${volume}` : database !== undefined ? `database ${database}` : undefined;
}

const isPrimary = ({ metadata: { labels } }: KubeObject): boolean => labels?.["cnpg.io/instanceRole"] === "primary" || labels?.["k8s.mariadb.com/role"] === "primary";

/** Of each database (`APP/database NAME`) the pod that takes its writes, by its name; "" where none does. */
export function primariesOf(client: SimClient, homelab: Homelab): ReadonlyMap<string, string> {
  return new Map(Object.values(homelab.apps).flatMap((app) => Object.keys(app.databases).map((name): [string, string] => {
    const pods = client.list("pods", { namespace: app.namespace }).filter(({ metadata }) => Object.values(metadata.labels ?? {}).includes(databaseName(app, name)));
    return [`${app.name}/database ${name}`, pods.find(isPrimary)?.metadata.name ?? ""];
  })));
}

/** The machine that a claim's volume is on, where it is on one. */
export function nodeOf(client: SimClient, claim: KubeObject): string | undefined {
  const volume = client.get("persistentvolumes", undefined, (claim["spec"]?.volumeName as string | undefined) ?? "");
  const terms = (volume?.["spec"]?.nodeAffinity?.required?.nodeSelectorTerms ?? []) as { matchExpressions?: { key: string; values?: string[] }[] }[];
  return terms.flatMap(({ matchExpressions }) => matchExpressions ?? []).find(({ key }) => key === "kubernetes.io/hostname")?.values?.[0];
}

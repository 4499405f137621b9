/**
 * A rehearsal kept in a file. It holds what the API holds (etcd's content), not what runs: after a resume every machine boots as after a power
 * cut, so that containers start again (their restart count rises by one) and images are pulled again. Keys and certificates are made anew.
 */
import type { Store } from "../sim/store/store.ts";
import type { ObjectName } from "./object-difference.ts";

export interface Snapshot {
  format: typeof FORMAT;
  /** Name of the homelab. */
  homelab: string;
  /** The cluster's clock when it was saved, milliseconds since the Unix epoch. */
  nowMs: number;
  /** What the file asked for: what is no longer asked for at a resume is removed. */
  applied: readonly ObjectName[];
  /** Nodes that the file's machines became. */
  nodes: readonly string[];
  store: ReturnType<Store["dump"]>;
}

const FORMAT = "kubernest-snapshot/1";

export function snapshotOf(options: Omit<Snapshot, "format">): Snapshot {
  const { homelab, nowMs, applied, nodes, store } = options;
  return { format: FORMAT, homelab, nowMs, applied: applied.map(({ apiVersion, kind, metadata: { namespace, name } }) => ({ apiVersion, kind, metadata: { ...(namespace === undefined ? {} : { namespace }), name } })), nodes, store };
}

/** The snapshot in a file's text, or what is wrong with it. */
export function parseSnapshot(text: string, homelab: string): Snapshot | string {
  let value: Partial<Snapshot> | null;
  try {
    value = JSON.parse(text) as Partial<Snapshot> | null;
  } catch {
    return "is not a snapshot: it is no JSON";
  }
  if (typeof value?.format !== "string" || !value.format.startsWith("kubernest-snapshot/")) return "is not a snapshot of a rehearsal";
  if (value.format !== FORMAT) return `is a snapshot in the format ${value.format}; this version reads ${FORMAT}`;
  const isWhole = typeof value.homelab === "string" && Number.isFinite(value.nowMs) && Array.isArray(value.applied) && Array.isArray(value.nodes) && Number.isInteger(value.store?.revision) && Array.isArray(value.store?.objects);
  if (!isWhole) return "is not a whole snapshot";
  if (value.homelab !== homelab) return `is a snapshot of the homelab ${value.homelab}, not of ${homelab}`;
  return value as Snapshot;
}

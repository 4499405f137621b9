/**
 * Piraeus' high-availability controller: a pod whose volume's machine lost the quorum is evicted, and the volume's attachment deleted, as soon as another machine could
 * have the volume, so that nobody waits for Kubernetes' own five minutes (piraeus-ha-controller v1.3, `pkg/agent/reconcile_failover.go`).
 */
import { ApiError } from "../api/status.ts";
import { isOperatorRunning } from "../controllers/platform/operator.ts";
import type { Claim, Node, Pod } from "../controllers/shapes.ts";
import { CLAIMS, type PersistentVolume, VOLUMES } from "../controllers/volume/volume-shape.ts";
import { usesClaim } from "../controllers/volume/persistent-volume.ts";
import { hasQuorum, mayPromote, PEER_TIMEOUT_MS } from "./drbd.ts";
import { hostsOf, LINSTOR, STORAGE_DRIVERS } from "./drivers.ts";
import type { StorageParts } from "./storage-world.ts";
import type { StorageWorld, VolumeState } from "./volume-copies.ts";

/** `fail-over-timeout`: how long it is left to come back, from the first look that sees it gone. */
export const FAIL_OVER_MS = 5_000;
/** `reconcile-interval`: each agent looks that often at least. */
export const FAIL_OVER_LOOK_MS = 10_000;
/** `grace-period-seconds`. */
const GRACE_SECONDS = 10;
/** Put on a machine whose volumes lost their quorum, so that no pod comes there anew; the machine's own agent takes it away once all have it again. */
const LOST_QUORUM = "drbd.linbit.com/lost-quorum";
const ATTACHMENTS = "storage.k8s.io/volumeattachments";

export class FailOver {
  readonly #parts: Pick<StorageParts, "client" | "log">;
  /** By volume: since when another machine could have it. */
  readonly #since = new Map<string, number>();

  constructor(parts: Pick<StorageParts, "client" | "log">) {
    this.#parts = parts;
  }

  /** When to look again. */
  look(volume: VolumeState, world: StorageWorld): number | undefined {
    const { nowMs } = world;
    const node = volume.usedOn;
    // Between two attachments nothing is forgotten.
    if (node === undefined) return undefined;
    const isSafe = mayPromote(volume, node, world);
    const other = isSafe ? undefined : hostsOf(STORAGE_DRIVERS[LINSTOR]!, this.#parts.client).find((host) => host !== node && world.isOnline(host) && mayPromote(volume, host, world));
    if (other === undefined) {
      this.#since.delete(volume.name);
      return undefined;
    }
    const sinceMs = this.#since.get(volume.name) ?? nowMs;
    this.#since.set(volume.name, sinceMs);
    // Peers notice, the next look sees it, and the one after that finds the time over: at most so long.
    const dueMs = sinceMs + PEER_TIMEOUT_MS + FAIL_OVER_LOOK_MS + Math.ceil(FAIL_OVER_MS / FAIL_OVER_LOOK_MS) * FAIL_OVER_LOOK_MS;
    if (nowMs < dueMs) return dueMs;
    if (!world.hasApi || !isOperatorRunning(this.#parts.client, { "app.kubernetes.io/component": "ha-controller" })) return nowMs + FAIL_OVER_LOOK_MS;
    this.#evict(volume, node);
    return nowMs + FAIL_OVER_LOOK_MS;
  }

  /** What each machine's agent does for itself. */
  restore(volumes: readonly VolumeState[], world: StorageWorld): void {
    for (const { metadata, spec } of this.#parts.client.list<Node>("nodes")) {
      const { name } = metadata;
      if (!spec.taints?.some(({ key }) => key === LOST_QUORUM) || !world.isOnline(name)) continue;
      const own = volumes.filter(({ driver, copies, tiebreaker }) => driver === LINSTOR && (tiebreaker === name || copies.some(({ machine }) => machine === name)));
      if (own.every((volume) => hasQuorum(volume, name, world))) this.#does(() => this.#parts.client.patch("nodes", undefined, name, { spec: { taints: spec.taints!.filter(({ key }) => key !== LOST_QUORUM) } }));
    }
  }

  #taint(name: string): void {
    const node = this.#parts.client.get<Node>("nodes", undefined, name);
    if (node === undefined || node.spec.taints?.some(({ key }) => key === LOST_QUORUM)) return;
    this.#does(() => this.#parts.client.patch("nodes", undefined, name, { spec: { taints: [...(node.spec.taints ?? []), { key: LOST_QUORUM, effect: "NoSchedule" }] } }));
  }

  /** What cannot be evicted keeps its attachment too. */
  #evict({ name, claim }: VolumeState, node: string): void {
    const { client } = this.#parts;
    this.#taint(node);
    const users = client.list<Pod>("pods", { namespace: claim.namespace }).filter((pod) => usesClaim(pod, claim.name));
    const evicted = users.filter((pod) => pod.spec.nodeName === node && pod.metadata.deletionTimestamp === undefined && pod.metadata.ownerReferences !== undefined && this.#isSafe(pod));
    if (!evicted.every(({ metadata }) => this.#does(() => client.evict(metadata.namespace!, metadata.name, { gracePeriodSeconds: GRACE_SECONDS })))) return;
    // Where nobody else asks for it nothing would come of doing it again and again.
    if (evicted.length === 0 && users.every((pod) => pod.spec.nodeName === node)) return;
    for (const { metadata, spec } of client.list(ATTACHMENTS)) {
      if (spec.nodeName === node && spec.source?.persistentVolumeName === name) this.#does(() => client.delete(ATTACHMENTS, undefined, metadata.name));
    }
  }

  /** Of a pod with other storage nobody knows whether it may run twice (`fail-over-unsafe-pods` is false). */
  #isSafe({ metadata, spec }: Pod): boolean {
    const { client } = this.#parts;
    return (spec.volumes ?? []).every(({ persistentVolumeClaim }) => {
      if (persistentVolumeClaim === undefined || persistentVolumeClaim === null) return true;
      const volumeName = client.get<Claim>(CLAIMS, metadata.namespace, persistentVolumeClaim.claimName)?.spec.volumeName;
      return client.get<PersistentVolume>(VOLUMES, undefined, volumeName ?? "")?.spec.csi?.driver === LINSTOR;
    });
  }

  #does(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#parts.log(`piraeus-ha-controller: ${error.message}`);
      return error.reason === "NotFound";
    }
  }
}

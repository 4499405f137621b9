/**
 * All volumes of a cluster whose storage keeps copies of them. It follows PersistentVolumes, their attachments and who reaches whom, lets each kind of storage move
 * its copies along, and tells who asks whether a volume can be used. A cluster without such volumes has nothing to do here.
 */
import { ApiError } from "../api/status.ts";
import { isConditionTrue } from "../controllers/conditions.ts";
import type { Claim, Node, Pod } from "../controllers/shapes.ts";
import { usesClaim } from "../controllers/volume/persistent-volume.ts";
import { CLAIMS, type PersistentVolume, SELECTED_NODE, VOLUMES } from "../controllers/volume/volume-shape.ts";
import { LINSTOR, sizeOf, STORAGE_DRIVERS } from "./drivers.ts";
import { FailOver } from "./piraeus-fail-over.ts";
import { type DataLoss, lossWithout } from "./loss-without.ts";
import { type StorageParts, storageWorld } from "./storage-world.ts";
import { type Copy, earliest, isCurrent, isUsable, type LostWrites, type StorageWorld, type VolumeState } from "./volume-copies.ts";

const ATTACHMENTS = "storage.k8s.io/volumeattachments";
/** Where programs run that volumes hang on. */
const STORAGE_NAMESPACES: ReadonlySet<string> = new Set(["rook-ceph"]);
/** How often a place is looked for where there was none. */
const PLACE_AGAIN_MS = 5_000;
/** `remountRequestDelayDuration` of Longhorn: so long after a volume is back pods that lost it are deleted. */
const REMOUNT_DELAY_MS = 5_000;
const ENDPOINTS_MS = 100;

/** What became of a copy, or of a volume. */
export interface VolumeTurn {
  /** `NAMESPACE/NAME` of its claim. */
  readonly claim: string;
  readonly driver: string;
  /** `copy on w1 is behind`, `volume data waits for its copy on w1` */
  readonly text: string;
  /** Of the volume itself, where it stopped or goes on: why it is stopped now, and was before. */
  readonly stop?: { readonly now: string | undefined; readonly before: string | undefined };
}

export type VolumeListener = (turn: VolumeTurn) => void;

export class ReplicatedVolumes {
  readonly #parts: StorageParts;
  readonly #volumes = new Map<string, VolumeState>();
  readonly #nextMs = new Map<string, number | undefined>();
  readonly #listeners = new Set<VolumeListener>();
  readonly #failOver: FailOver;
  readonly #stops: (() => void)[] = [];
  #isFollowing = false;
  #isDue = false;
  #cancelNext: (() => void) | undefined;

  constructor(parts: StorageParts, states: readonly VolumeState[] = []) {
    this.#parts = parts;
    this.#failOver = new FailOver(parts);
    for (const state of states) this.#volumes.set(state.name, structuredClone(state));
    this.#stops.push(parts.client.watch<PersistentVolume>(VOLUMES, ({ type, object }) => this.#volumeSeen(type, object)));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** Plain data, for another cluster to go on with. */
  get state(): readonly VolumeState[] {
    return structuredClone([...this.#volumes.values()]);
  }

  get isEmpty(): boolean {
    return this.#volumes.size === 0;
  }

  get all(): readonly Readonly<VolumeState>[] {
    return [...this.#volumes.values()];
  }

  of(volumeName: string): Readonly<VolumeState> | undefined {
    return this.#volumes.get(volumeName);
  }

  /** Why what has mounted it can neither read nor write; undefined where it can, and of volumes that keep no copies. */
  whyStopped(volumeName: string): string | undefined {
    return this.#volumes.get(volumeName)?.stopped;
  }

  /** Whether it could be given to a machine now. A volume that keeps no copies always can. */
  isOpenOn(volumeName: string, machine: string): boolean {
    const volume = this.#volumes.get(volumeName);
    return volume === undefined || volume.usedOn !== machine || volume.openOn === machine;
  }

  /** What would be lost of a volume if nothing of what is on these machines' disks came back. */
  lossWithout(volumeName: string, machines: ReadonlySet<string>): DataLoss | undefined {
    const volume = this.#volumes.get(volumeName);
    return volume === undefined ? undefined : lossWithout(volume, machines, this.#parts.clock.now());
  }

  /** Acknowledged writes that are gone although some copy had them, by volume. */
  get lostWrites(): ReadonlyMap<string, readonly LostWrites[]> {
    return new Map([...this.#volumes].map(([name, { lost }]) => [name, lost]));
  }

  /** Until when it is known that a volume which has stopped, or has too few copies, may mend itself; 0: none has, or it hangs on others. Milliseconds since 1970. */
  get changesUntilMs(): number {
    return Math.max(0, ...[...this.#volumes.values()].flatMap((volume) => (volume.stopped === undefined && isWhole(volume) ? [] : this.#nextMs.get(volume.name) ?? [])));
  }

  /** Called when a copy or a volume turned; returns how to stop. */
  onTurn(listener: VolumeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What was on a machine's disk is gone. */
  loseDisk(machine: string): void {
    for (const { copies } of this.#volumes.values()) for (const copy of copies) if (copy.machine === machine) Object.assign(copy, { isLost: true, rebuiltAtMs: undefined });
    if (!this.isEmpty) this.#due();
  }

  /** Who reaches whom, or the API, has turned. */
  worldTurned(): void {
    if (!this.isEmpty) this.#due();
  }

  #volumeSeen(type: string, volume: PersistentVolume): void {
    const { name } = volume.metadata;
    const driver = volume.spec.csi?.driver;
    if (driver === undefined || STORAGE_DRIVERS[driver] === undefined) return;
    if (type === "DELETED") return void this.#volumes.delete(name);
    if (!this.#volumes.has(name)) this.#volumes.set(name, this.#newVolume(volume, driver));
    this.#follow();
    this.#due();
  }

  #newVolume(volume: PersistentVolume, driver: string): VolumeState {
    const { client } = this.#parts;
    const kind = STORAGE_DRIVERS[driver]!;
    const { namespace = "", name = "" } = volume.spec.claimRef ?? {};
    const wanted = kind.copiesOf(((volume.spec.csi as { volumeAttributes?: Record<string, string> } | undefined)?.volumeAttributes ?? {}), client);
    return { name: volume.metadata.name, driver, claim: { namespace, name }, sizeBytes: sizeOf(volume), wanted, copies: [], writtenMs: 0, seenMs: 0, lost: [] };
  }

  /** A volume that nobody has written to gets its copies, sooner or later: what holds them may not run yet. Whether it has them all. */
  #place(volume: VolumeState, world: StorageWorld): boolean {
    const { driver, claim, wanted } = volume;
    if (volume.writtenMs > 0) return true;
    if (volume.copies.length < wanted) {
      const preferred = this.#parts.client.get<Claim>(CLAIMS, claim.namespace, claim.name)?.metadata.annotations?.[SELECTED_NODE];
      volume.copies = STORAGE_DRIVERS[driver]!.place(wanted, preferred, driver, world).map((machine) => ({ machine }));
    }
    return volume.copies.length >= wanted;
  }

  /** Only once there is a volume to follow. */
  #follow(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    const { client, agents } = this.#parts;
    const isReady = (node: Node | undefined): boolean => isConditionTrue(node?.status?.conditions, "Ready");
    const known = new Map<string, boolean>();
    this.#stops.push(
      client.watch(ATTACHMENTS, () => this.#due()),
      client.watch<Node>("nodes", ({ object }) => {
        if (known.get(object.metadata.name) === isReady(object)) return;
        known.set(object.metadata.name, isReady(object));
        this.#due();
      }),
      agents.onReachChange(() => this.#due()),
      agents.onTurn((namespace) => STORAGE_NAMESPACES.has(namespace) && this.#due()),
    );
  }

  /** Looked at once for all changes of one moment. */
  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#parts.clock.after(0, () => {
      this.#isDue = false;
      this.#look();
    });
  }

  #look(): void {
    const { client, clock } = this.#parts;
    const world = storageWorld(this.#parts, this.#volumes.values());
    const usedOn = new Map<string, string>();
    let isPlacingDue = false;
    for (const { spec } of client.list(ATTACHMENTS)) {
      const name = spec.source?.persistentVolumeName as string | undefined;
      // Of several machines that have it (ReadWriteMany) one writes for all.
      if (name !== undefined && !usedOn.has(name)) usedOn.set(name, spec.nodeName as string);
    }
    for (const volume of this.#volumes.values()) {
      const before = copyStates(volume);
      if (!this.#place(volume, world)) isPlacingDue = true;
      const { stopped: stoppedBefore, openOn: openBefore } = volume;
      const lostBefore = volume.lost.length;
      volume.usedOn = usedOn.get(volume.name);
      const { nextMs, mustRemount } = STORAGE_DRIVERS[volume.driver]!.step(volume, world);
      this.#nextMs.set(volume.name, volume.driver === LINSTOR ? earliest(nextMs, this.#failOver.look(volume, world)) : nextMs);
      if (mustRemount) clock.after(REMOUNT_DELAY_MS, () => this.#remount(volume));
      this.#tellCopies(volume, before);
      for (const { why } of volume.lost.slice(lostBefore)) this.#tell({ ...turnOf(volume), text: why });
      if (volume.stopped !== stoppedBefore) this.#tell({ ...turnOf(volume), text: volume.stopped ?? `volume ${volume.claim.name} goes on`, stop: { now: volume.stopped, before: stoppedBefore } });
      else if (volume.openOn !== openBefore && volume.openOn !== undefined) this.#tell({ ...turnOf(volume), text: `volume ${volume.claim.name} is open on ${volume.openOn}` });
    }
    this.#cancelNext?.();
    this.#failOver.restore(this.all, world);
    if (isPlacingDue) clock.upkeep(PLACE_AGAIN_MS, () => this.#due());
    const nextMs = earliest(...this.#nextMs.values());
    this.#cancelNext = nextMs === undefined ? undefined : clock.after(Math.max(0, nextMs - clock.now()), () => this.#due());
  }

  #tell(turn: VolumeTurn): void {
    for (const listener of this.#listeners) listener(turn);
  }

  #tellCopies(volume: VolumeState, before: ReadonlyMap<string, string>): void {
    const after = copyStates(volume);
    for (const [machine, is] of after) if (before.get(machine) !== is) this.#tell({ ...turnOf(volume), text: `copy on ${machine} ${is}` });
    for (const machine of before.keys()) if (!after.has(machine)) this.#tell({ ...turnOf(volume), text: `copy on ${machine} is removed` });
  }

  /** Longhorn deletes pods that have a controller, so that they mount it anew (`handlePodDeletionIfVolumeRequestRemount`). */
  #remount(volume: VolumeState): void {
    const { client, clock, log } = this.#parts;
    const { claim, usedOn } = volume;
    // Those that are deleted get no more requests by then.
    clock.after(ENDPOINTS_MS, () => {
      volume.isBroken = undefined;
      this.#due();
    });
    for (const pod of client.list<Pod>("pods", { namespace: claim.namespace })) {
      if (pod.spec.nodeName !== usedOn || !usesClaim(pod, claim.name) || !pod.metadata.ownerReferences?.some(({ controller }) => controller === true)) continue;
      try {
        client.delete("pods", pod.metadata.namespace, pod.metadata.name);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        log(`longhorn: ${pod.metadata.name}: ${error.message}`);
      }
    }
  }
}

const turnOf = ({ claim, driver }: VolumeState): Pick<VolumeTurn, "claim" | "driver"> => ({ claim: `${claim.namespace}/${claim.name}`, driver });
const copyStates = ({ copies }: VolumeState): Map<string, string> => new Map(copies.map((copy) => [copy.machine, stateOf(copy)]));

/** Copies that are up to date and written to. */
function isWhole({ driver, copies, wanted }: VolumeState): boolean {
  const missing = copies.filter((copy) => !(isCurrent(copy) && copy.droppedMs === undefined && copy.failedMs === undefined) && copy.isReplaced === undefined).length;
  return STORAGE_DRIVERS[driver]!.isSpread === true ? missing === 0 : copies.length - missing >= wanted;
}

export function stateOf(copy: Copy): string {
  if (copy.isLost === true) return "is lost";
  if (copy.rebuiltAtMs !== undefined) return "is being filled";
  if (isCurrent(copy)) return copy.droppedMs !== undefined || copy.failedMs !== undefined ? "is given up, with all that was written" : "is up to date";
  return isUsable(copy) ? "is behind" : "is half filled";
}

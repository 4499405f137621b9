/** The volumes of a pod: whether they can be mounted yet, and the files that containers find in them. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import { isAttachable } from "../controllers/volume/attach-detach.ts";
import { ContainerFiles, MemoryVolume, type MountedVolume, ProjectedVolume } from "./behaviour/container-files.ts";
import { decode, type EnvironmentFacts, podField, resourceField } from "./environment.ts";
import type { Container, Pod, Volume } from "./pod.ts";

export interface MountProblem {
  reason: "FailedMount";
  message: string;
  /** The kubelet only waits, and says so when it has waited for long (`podAttachAndMountTimeout`). */
  isWait?: true;
}

class NotAttached {}

export interface EmptyDirUse {
  name: string;
  bytes: number;
  /** Kept in memory: it takes nothing of the disk. */
  isInMemory: boolean;
  sizeLimit: string | undefined;
}

/** What is kept beyond a pod's life, by key. */
export type Storage = Map<string, MemoryVolume>;

export interface Disks {
  /** The machine's own: directories of the node, local volumes. */
  local: Storage;
  /** Reached over the network: the same from every machine. */
  shared: Storage;
}

const NO_DIRS: readonly EmptyDirUse[] = [];

export class PodVolumes {
  readonly #client: SimClient;
  readonly #disks: Disks;
  readonly #facts: () => EnvironmentFacts;
  readonly #mounted = new Map<string, MountedVolume>();
  #pod: Pod;

  constructor(pod: Pod, client: SimClient, disks: Disks, facts: () => EnvironmentFacts) {
    this.#pod = pod;
    this.#client = client;
    this.#disks = disks;
    this.#facts = facts;
  }

  update(pod: Pod): void {
    this.#pod = pod;
  }

  /** The directories that live as long as the pod, and what is in them. */
  get emptyDirs(): readonly EmptyDirUse[] {
    if (this.#mounted.size === 0) return NO_DIRS;
    const found: EmptyDirUse[] = [];
    for (const { name, emptyDir } of this.#pod.spec.volumes ?? []) {
      if (emptyDir == null) continue;
      const volume = this.#mounted.get(name);
      if (volume instanceof MemoryVolume) found.push({ name, bytes: volume.bytes, isInMemory: emptyDir.medium === "Memory", sizeLimit: emptyDir.sizeLimit as string | undefined });
    }
    return found;
  }

  /** Mounts what is not mounted yet; the first thing in the way, in upstream's words, when something cannot be. */
  mount(): MountProblem | undefined {
    const volumes = this.#pod.spec.volumes ?? [];
    for (const volume of volumes) {
      if (this.#mounted.has(volume.name)) continue;
      const result = this.#prepare(volume);
      if (result instanceof NotAttached) {
        return { reason: "FailedMount", isWait: true, message: `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[${volume.name}], failed to process volumes=[]: context deadline exceeded` };
      }
      if (typeof result === "string") {
        const waitsForClaim = volume.persistentVolumeClaim != null || volume.ephemeral != null;
        return {
          reason: "FailedMount",
          message: waitsForClaim
            ? `Unable to attach or mount volumes: unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]: ${result}`
            : `MountVolume.SetUp failed for volume "${volume.name}" : ${result}`,
        };
      }
      this.#mounted.set(volume.name, result);
    }
    return undefined;
  }

  #prepare(volume: Volume): MountedVolume | NotAttached | string {
    const { namespace } = this.#pod.metadata;
    if (volume.configMap) {
      const { name = "", optional, items } = volume.configMap;
      return this.#projected([{ configMap: { name, optional, items } }]);
    }
    if (volume.secret) {
      const { secretName: name = "", optional, items } = volume.secret;
      return this.#projected([{ secret: { name, optional, items } }]);
    }
    if (volume.downwardAPI) return this.#projected([{ downwardAPI: { items: volume.downwardAPI.items } }]);
    if (volume.projected) return this.#projected((volume.projected.sources ?? []) as Source[]);
    const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${this.#pod.metadata.name}-${volume.name}` : undefined);
    if (claimName !== undefined) {
      const claim = this.#client.get("persistentvolumeclaims", namespace, claimName);
      if (claim === undefined) return `error processing PVC ${namespace}/${claimName}: failed to fetch PVC from API server: persistentvolumeclaims "${claimName}" not found`;
      if (claim.status?.phase !== "Bound" || !claim.spec?.volumeName) return `error processing PVC ${namespace}/${claimName}: PVC is not bound`;
      const bound = this.#client.get("persistentvolumes", undefined, claim.spec.volumeName)?.spec;
      if (bound?.csi && !this.#isAttached(claim.spec.volumeName as string, bound.csi.driver as string)) return new NotAttached();
      const isLocal = bound?.local != null || bound?.hostPath != null;
      return kept(isLocal ? this.#disks.local : this.#disks.shared, `pv/${claim.spec.volumeName}`);
    }
    if (volume.hostPath) return kept(this.#disks.local, `host/${volume.hostPath.path}`);
    if (volume.nfs) return kept(this.#disks.shared, `nfs/${volume.nfs.server}${volume.nfs.path}`);
    return new MemoryVolume();
  }

  /** What the controller writes: without it nothing is mounted, on whichever node the volume may be (`VerifyControllerAttachedVolume`). */
  #isAttached(volumeName: string, driver: string): boolean {
    if (!isAttachable(this.#client, driver)) return true;
    return this.#client.list("storage.k8s.io/volumeattachments").some(({ spec, status }) => spec?.source?.persistentVolumeName === volumeName && spec.nodeName === this.#pod.spec.nodeName && status?.attached === true);
  }

  #projected(sources: readonly Source[]): MountedVolume | string {
    const files = this.#sourceFiles(sources);
    // Read at each look, so that a changed ConfigMap shows up in a running container.
    let latest = files;
    return typeof files === "string"
      ? files
      : new ProjectedVolume(() => {
          const now = this.#sourceFiles(sources);
          if (typeof now !== "string") latest = now;
          return latest as ReadonlyMap<string, string>;
        });
  }

  #sourceFiles(sources: readonly Source[]): ReadonlyMap<string, string> | string {
    const files = new Map<string, string>();
    const { namespace } = this.#pod.metadata;
    for (const source of sources) {
      for (const kind of ["configMap", "secret"] as const) {
        const wanted = source[kind];
        if (wanted === undefined) continue;
        const object = this.#client.get(kind === "secret" ? "secrets" : "configmaps", namespace, wanted.name ?? "");
        if (object === undefined) {
          if (wanted.optional) continue;
          return `${kind.toLowerCase()} "${wanted.name}" not found`;
        }
        const problem = addItems(files, contents(object, kind), wanted, kind);
        if (problem !== undefined) return problem;
      }
      for (const item of source.downwardAPI?.items ?? []) {
        const value = item.fieldRef
          ? podField(this.#pod, item.fieldRef.fieldPath, this.#facts())
          : item.resourceFieldRef
            ? resourceField(this.#pod, this.#pod.spec.containers[0]!, item.resourceFieldRef, this.#facts())
            : undefined;
        files.set(item.path, value ?? "");
      }
      if (source.serviceAccountToken) files.set(source.serviceAccountToken.path ?? "token", "simulated-token");
    }
    return files;
  }

  /** A fresh writable layer with the container's volumes in their places. */
  filesFor(container: Container, subPaths: readonly string[]): ContainerFiles {
    const files = new ContainerFiles();
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      const volume = this.#mounted.get(mount.name);
      if (volume !== undefined) files.mount(mount.mountPath, volume, { subPath: subPaths[index] ?? "", ...(mount.readOnly ? { readOnly: true } : {}) });
    }
    return files;
  }
}

function kept(storage: Storage, key: string): MemoryVolume {
  const known = storage.get(key) ?? new MemoryVolume();
  storage.set(key, known);
  return known;
}

interface KeyItems {
  name?: string;
  optional?: boolean | undefined;
  items?: readonly { key: string; path: string }[] | undefined;
}

interface Source {
  configMap?: KeyItems;
  secret?: KeyItems;
  downwardAPI?: { items?: readonly { path: string; fieldRef?: { fieldPath: string }; resourceFieldRef?: { containerName?: string; resource: string; divisor?: string | number } }[] | undefined };
  serviceAccountToken?: { path?: string };
}

function contents(object: KubeObject, kind: "configMap" | "secret"): Map<string, string> {
  const data = new Map<string, string>();
  const texts = (object.data ?? {}) as Record<string, string>;
  for (const key of Object.keys(texts)) data.set(key, kind === "secret" ? decode(texts[key]!) : texts[key]!);
  const binary = (object.binaryData ?? {}) as Record<string, string>;
  for (const key of Object.keys(binary)) data.set(key, decode(binary[key]!));
  return data;
}

function addItems(files: Map<string, string>, data: ReadonlyMap<string, string>, { items, optional }: KeyItems, kind: "configMap" | "secret"): string | undefined {
  if (items === undefined || items.length === 0) {
    for (const [key, value] of data) files.set(key, value);
    return undefined;
  }
  for (const { key, path } of items) {
    const value = data.get(key);
    if (value !== undefined) files.set(path, value);
    else if (!optional) return kind === "secret" ? `references non-existent secret key: ${key}` : `configmap references non-existent config key: ${key}`;
  }
  return undefined;
}

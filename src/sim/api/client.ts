/** How the parts inside the embedded cluster (controllers, scheduler, kubelets) reach its API: the same pipeline as HTTP, without the wire. */
import type { KubeObject } from "../../objects/kube-object.ts";

/** `plural` for the core group, `group/plural` for the others: `pods`, `apps/deployments`, `discovery.k8s.io/endpointslices`. */
export type TypeName = string;

export interface ListOptions {
  namespace?: string;
  /** Equality labels that must all match; undefined matches everything. */
  labels?: Readonly<Record<string, string>>;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: "Orphan" | "Background" | "Foreground";
  preconditions?: { uid?: string; resourceVersion?: string };
}

export interface ObjectEvent<T extends KubeObject = KubeObject> {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: T;
  /** The object before the change, for MODIFIED and DELETED. */
  previous?: T;
}

/**
 * Synchronous: a write is committed, and its watchers told, before the call returns. Watch handlers must only enqueue work.
 * Objects that come out are shared with the store and must never be changed in place: spread or `structuredClone` what changes.
 * Every write throws `ApiError` (status.ts) with upstream's reason: NotFound, AlreadyExists, Conflict, Invalid, Forbidden, …
 */
export interface SimClient {
  get<T extends KubeObject = KubeObject>(type: TypeName, namespace: string | undefined, name: string): T | undefined;
  list<T extends KubeObject = KubeObject>(type: TypeName, options?: ListOptions): readonly T[];
  /** Objects whose controller owner reference has this uid. */
  controlledBy<T extends KubeObject = KubeObject>(type: TypeName, ownerUid: string): readonly T[];
  /** Pods bound to a node (an index; cheap). */
  podsOnNode<T extends KubeObject = KubeObject>(nodeName: string): readonly T[];
  create<T extends KubeObject = KubeObject>(type: TypeName, object: T): T;
  /** Full replacement; with a `metadata.resourceVersion` a stale one is a Conflict. Writes the main resource (status is kept from the stored one where the kind has a status subresource). */
  update<T extends KubeObject = KubeObject>(type: TypeName, object: T): T;
  /** Writes only `status` (and metadata that the status subresource allows). */
  updateStatus<T extends KubeObject = KubeObject>(type: TypeName, object: T): T;
  /** Writes the time of a Lease's renewal: a tenth of a cluster's writes, and the one that is always the same. Throws NotFound. */
  renewLease(namespace: string, name: string, renewTime: string): void;
  /** JSON merge patch on the main resource or on a subresource. */
  patch<T extends KubeObject = KubeObject>(type: TypeName, namespace: string | undefined, name: string, mergePatch: object, subresource?: string): T;
  delete(type: TypeName, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /** The Eviction API: throws TooManyRequests when a disruption budget forbids it. */
  evict(namespace: string, name: string, options?: DeleteOptions): void;
  /** The binding subresource of pods. */
  bind(namespace: string, podName: string, nodeName: string): void;
  /** Replays what exists as ADDED, then calls the handler for every change. */
  watch<T extends KubeObject = KubeObject>(type: TypeName, handler: (event: ObjectEvent<T>) => void): () => void;
  /** Revision of the last change to any object of this type; 0: none since the start. For what is kept of objects while they stay as they are. */
  changedAt(type: TypeName): number;
  /** True when the API serves this type now (custom resources come and go). */
  serves(type: TypeName): boolean;
  /** Every type that can be listed now, by storage name, in discovery order. */
  types(): readonly TypeName[];
  /** Records a `v1/Event` with upstream's aggregation of repeats (same object, reason, message → count+1). */
  event(about: KubeObject, event: { type: "Normal" | "Warning"; reason: string; message: string; component: string; host?: string; fieldPath?: string; action?: string }): void;
}

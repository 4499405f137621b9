/** Deletes what lost its owners, and orphans or deletes dependents before their owner goes (`pkg/controller/garbagecollector`). */
import type { KubeObject, OwnerReference } from "../../../objects/kube-object.ts";
import type { ObjectEvent, SimClient, TypeName } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import type { ControllerContext, Reconciler, Upkeep } from "../reconciler.ts";
import { typeOfKind } from "../type-kinds.ts";
import { Dependents, FOREGROUND, isDeletingDependents, type Dependent } from "./dependents.ts";

const ORPHAN = "orphan";
const CRDS = "apiextensions.k8s.io/customresourcedefinitions";
/** Never owners nor owned in practice, and many (`DefaultIgnoredResources`). */
const IGNORED: ReadonlySet<TypeName> = new Set(["events", "events.k8s.io/events"]);
/** An owner whose kind is not served (yet) is looked for again after this time. */
const UNKNOWN_KIND_RETRY_MS = 30_000;

type Enqueue = (key: string, delayMs?: number) => void;

const keyFor = (type: TypeName, namespace: string | undefined, name: string): string => `${type}|${namespace ?? ""}|${name}`;

function fromKey(key: string): [type: TypeName, namespace: string | undefined, name: string] {
  const [type = "", namespace = "", name = ""] = key.split("|");
  return [type, namespace === "" ? undefined : namespace, name];
}

export function garbageCollector(): Reconciler {
  const dependents = new Dependents();
  let enqueue: Enqueue = () => {};
  return {
    name: "garbage-collector-controller",
    watches: [],
    start(context, add) {
      enqueue = add;
      const watched = new Map<TypeName, () => void>();
      const follow = (): void => {
        const types = new Set(context.client.types());
        for (const type of types) {
          if (watched.has(type) || IGNORED.has(type)) continue;
          watched.set(type, context.client.watch(type, (event) => observe(type, event, dependents, context.client, enqueue)));
        }
        for (const [type, stop] of watched) {
          if (types.has(type)) continue;
          stop();
          watched.delete(type);
        }
      };
      follow();
      // Custom kinds come and go; the API knows them right after the definition is stored.
      let isDue = false;
      const stopDefinitions = context.client.watch(CRDS, () => {
        if (isDue) return;
        isDue = true;
        context.clock.after(0, () => {
          isDue = false;
          follow();
        });
      });
      return () => {
        stopDefinitions();
        for (const stop of watched.values()) stop();
      };
    },
    sync(key, context) {
      const [type, namespace, name] = fromKey(key);
      if (!context.client.serves(type)) return;
      const object = context.client.get(type, namespace, name);
      if (object !== undefined) return collect(context, type, object, dependents, enqueue);
    },
  };
}

function observe(type: TypeName, event: ObjectEvent, dependents: Dependents, client: SimClient, enqueue: Enqueue): void {
  const { object } = event;
  const { uid, namespace, name, deletionTimestamp, finalizers, ownerReferences } = object.metadata;
  const before = event.previous?.metadata;
  dependents.observe(type, event);
  if (event.type === "DELETED") {
    enqueueDependents(dependents, uid, enqueue);
    enqueueOwners(client, ownerReferences, namespace, enqueue);
    return;
  }
  const isMarked = deletionTimestamp !== undefined && (finalizers?.includes(FOREGROUND) === true || finalizers?.includes(ORPHAN) === true);
  if (isMarked) {
    enqueue(keyFor(type, namespace, name));
    if (isDeletingDependents(object)) enqueueDependents(dependents, uid, enqueue);
  }
  // An owner that waits for this dependent may not have to any longer.
  if (before !== undefined && before.ownerReferences !== ownerReferences) enqueueOwners(client, before.ownerReferences, namespace, enqueue);
  if ((ownerReferences?.length ?? 0) > 0 && (before === undefined || before.ownerReferences !== ownerReferences)) enqueue(keyFor(type, namespace, name));
}

function enqueueDependents(dependents: Dependents, uid: string | undefined, enqueue: Enqueue): void {
  for (const dependent of dependents.of(uid)) enqueue(keyFor(dependent.type, dependent.namespace, dependent.name));
}

function enqueueOwners(client: SimClient, owners: readonly OwnerReference[] | undefined, namespace: string | undefined, enqueue: Enqueue): void {
  for (const owner of owners ?? []) {
    const found = typeOfKind(client, owner.apiVersion, owner.kind);
    if (found !== undefined) enqueue(keyFor(found.type, found.namespaced ? namespace : undefined, owner.name));
  }
}

function collect(context: ControllerContext, type: TypeName, object: KubeObject, dependents: Dependents, enqueue: Enqueue): number | Upkeep | void {
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) {
    if (metadata.finalizers?.includes(ORPHAN)) orphanAll(context.client, type, object, dependents);
    else if (isDeletingDependents(object)) awaitDependents(context.client, type, object, dependents, enqueue);
    return;
  }
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return;
  const { solid, dangling, waiting, unknown } = classify(context, object, owners);
  if (unknown) return { upkeepMs: UNKNOWN_KIND_RETRY_MS };
  const mine = dependents.of(metadata.uid);
  if (solid.length > 0) {
    if (dangling.length + waiting.length > 0) patchOwners(context.client, type, object, solid);
  } else if (waiting.length > 0 && mine.length > 0) {
    // A dependent that itself waits would make a circle: it no longer blocks its owner.
    if (mine.some(({ isDeletingDependents: isWaiting }) => isWaiting)) {
      patchOwners(context.client, type, object, owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })));
    }
    remove(context.client, type, object, "Foreground");
  } else {
    const finalizers = metadata.finalizers ?? [];
    remove(context.client, type, object, finalizers.includes(ORPHAN) ? "Orphan" : finalizers.includes(FOREGROUND) ? "Foreground" : "Background");
  }
}

interface Classes {
  solid: OwnerReference[];
  /** The owner is gone, or a namesake has taken its place. */
  dangling: OwnerReference[];
  /** The owner is being deleted and waits for its dependents. */
  waiting: OwnerReference[];
  /** An owner's kind is not served: nobody can say whether it is gone. */
  unknown: boolean;
}

function classify({ client }: ControllerContext, object: KubeObject, owners: readonly OwnerReference[]): Classes {
  const classes: Classes = { solid: [], dangling: [], waiting: [], unknown: false };
  for (const reference of owners) {
    const found = typeOfKind(client, reference.apiVersion, reference.kind);
    const { namespace } = object.metadata;
    // A cluster-wide object cannot have an owner in a namespace: it is left alone, with a warning.
    if (found === undefined || (found.namespaced && namespace === undefined)) {
      classes.unknown = true;
      if (found !== undefined) warn(client, object, "cluster-scoped dependents cannot be owned by namespaced objects");
      continue;
    }
    const owner = client.get(found.type, found.namespaced ? namespace : undefined, reference.name);
    if (owner === undefined || owner.metadata.uid !== reference.uid) {
      if (found.namespaced && isElsewhere(client, found.type, reference, namespace)) {
        warn(client, object, `ownerRef [${reference.apiVersion}/${reference.kind}, namespace: ${namespace}, name: ${reference.name}, uid: ${reference.uid}] does not exist in namespace "${namespace}"`);
      }
      classes.dangling.push(reference);
    } else if (isDeletingDependents(owner)) classes.waiting.push(reference);
    else classes.solid.push(reference);
  }
  return classes;
}

function isElsewhere(client: SimClient, type: TypeName, reference: OwnerReference, namespace: string | undefined): boolean {
  return client.list(type).some(({ metadata }) => metadata.uid === reference.uid && metadata.namespace !== namespace);
}

function warn(client: SimClient, object: KubeObject, message: string): void {
  client.event(object, { type: "Warning", reason: "OwnerRefInvalidNamespace", message, component: "garbage-collector-controller" });
}

/** What went meanwhile, or was replaced, needs nothing more. */
function tolerant(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError && ["NotFound", "Conflict"].includes(error.reason))) throw error;
  }
}

function remove(client: SimClient, type: TypeName, { metadata }: KubeObject, propagationPolicy: "Orphan" | "Foreground" | "Background"): void {
  tolerant(() => client.delete(type, metadata.namespace, metadata.name, { propagationPolicy, preconditions: { uid: metadata.uid } }));
}

function patchOwners(client: SimClient, type: TypeName, { metadata }: KubeObject, owners: readonly OwnerReference[]): void {
  tolerant(() => client.patch(type, metadata.namespace, metadata.name, { metadata: { uid: metadata.uid, ownerReferences: owners.length > 0 ? owners : null } }));
}

function dropFinalizer(client: SimClient, type: TypeName, { metadata }: KubeObject, finalizer: string): void {
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
  tolerant(() => client.patch(type, metadata.namespace, metadata.name, { metadata: { uid: metadata.uid, finalizers: finalizers.length > 0 ? finalizers : null } }));
}

function orphanAll(client: SimClient, type: TypeName, owner: KubeObject, dependents: Dependents): void {
  for (const dependent of dependents.of(owner.metadata.uid)) {
    const object = client.get(dependent.type, dependent.namespace, dependent.name);
    if (object === undefined) continue;
    patchOwners(client, dependent.type, object, (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid));
  }
  dropFinalizer(client, type, owner, ORPHAN);
}

const blocks = (dependent: Dependent, ownerUid: string | undefined): boolean =>
  dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true);

function awaitDependents(client: SimClient, type: TypeName, owner: KubeObject, dependents: Dependents, enqueue: Enqueue): void {
  const blocking = dependents.of(owner.metadata.uid).filter((dependent) => blocks(dependent, owner.metadata.uid));
  if (blocking.length === 0) return dropFinalizer(client, type, owner, FOREGROUND);
  for (const { type: kind, namespace, name, isDeletingDependents: isWaiting } of blocking) if (!isWaiting) enqueue(keyFor(kind, namespace, name));
}

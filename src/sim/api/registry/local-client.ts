/** `SimClient` on the registry: what the parts inside use. Nothing is copied on the way out; writes are copied on the way in. */
import { cloneJson, cloneJsonApart } from "../../../lib/json.ts";
import type { JsonObject, KubeObject } from "../../../objects/kube-object.ts";
import { type Change, storeKey } from "../../store/store.ts";
import type { DeleteOptions, ListOptions, ObjectEvent, SimClient, TypeName } from "../client.ts";
import { jsonMergePatch } from "../merge/json-merge-patch.ts";
import { notFound } from "../status.ts";
import { EventRecorder } from "./event-recorder.ts";
import type { Registry } from "./registry.ts";
import { systemContext, type RequestContext } from "./request.ts";
import { PatientWrites, type Waiting } from "./patient-writes.ts";
import { bindPod, evictPod } from "./pod-subresources.ts";

const LEASES = "coordination.k8s.io/leases";
const CONTROLLER_INDEX = "controller";
const NODE_INDEX = "node";

/** `waiting`: what a write does that a webhook outside is asked about. */
export function localClient(registry: Registry, user: string, fieldManager = user.slice(user.lastIndexOf(":") + 1), waiting: Waiting = "completes"): SimClient {
  const { store } = registry;
  const { user: identity } = systemContext(user, fieldManager);
  const context = (): RequestContext => ({ user: identity, fieldManager, dryRun: false, warnings: [] });
  const writes = new PatientWrites(registry, context, waiting);
  const recorder = new EventRecorder(registry, context);
  store.defineIndex("pods", NODE_INDEX, (pod) => (pod["spec"]?.nodeName ? [pod["spec"].nodeName as string] : []));
  const at = (type: TypeName, namespace: string | undefined, name: string): KubeObject | undefined =>
    store.get(type, storeKey(registry.types.byStorage(type)?.namespaced === false ? undefined : namespace, name));

  return {
    get: <T extends KubeObject>(type: TypeName, namespace: string | undefined, name: string) => at(type, namespace, name) as T | undefined,
    list<T extends KubeObject>(type: TypeName, options: ListOptions = {}) {
      if (options.labels !== undefined) return store.labelled(type, options.labels, options.namespace) as T[];
      return [...store.values(type, options.namespace)] as T[];
    },
    controlledBy<T extends KubeObject>(type: TypeName, ownerUid: string) {
      store.defineIndex(type, CONTROLLER_INDEX, controllerUids);
      return store.byIndex(type, CONTROLLER_INDEX, ownerUid) as T[];
    },
    podsOnNode: <T extends KubeObject>(nodeName: string) => store.byIndex("pods", NODE_INDEX, nodeName) as T[],
    create<T extends KubeObject>(type: TypeName, object: T) {
      return writes.write(`create ${type}`, object, (each) => registry.create(registry.typeOf(type), object.metadata.namespace, privateCopy(object), each)) as T;
    },
    update: <T extends KubeObject>(type: TypeName, object: T) => write(type, object, ""),
    updateStatus: <T extends KubeObject>(type: TypeName, object: T) => write(type, object, "status"),
    patch<T extends KubeObject>(type: TypeName, namespace: string | undefined, name: string, mergePatch: object, subresource = "") {
      const change = (current: KubeObject | undefined): KubeObject => {
        if (current === undefined) throw notFound(registry.typeOf(type), name);
        return copyFor(type, jsonMergePatch(current, mergePatch as JsonObject), current);
      };
      return writes.write(`patch ${type} ${namespace}/${name} ${subresource}`, mergePatch, (each) => registry.update(registry.typeOf(type), namespace, name, change, each, { subresource })) as T;
    },
    renewLease(namespace, name, renewTime) {
      const renewed = (lease: KubeObject | undefined): KubeObject => {
        if (lease === undefined) throw notFound(registry.typeOf(LEASES), name);
        return { ...lease, metadata: { ...lease.metadata }, spec: { ...lease["spec"], renewTime } };
      };
      writes.write(`renew ${namespace}/${name}`, renewTime, (each) => (registry.isPlain(each) ? registry.rewrite(registry.typeOf(LEASES), namespace, name, (lease) => (lease["spec"]?.renewTime === renewTime ? lease : renewed(lease)), each) : registry.update(registry.typeOf(LEASES), namespace, name, renewed, each, { subresource: "" })));
    },
    delete(type: TypeName, namespace: string | undefined, name: string, options: DeleteOptions = {}) {
      writes.write(`delete ${type} ${namespace}/${name}`, options, (each) => registry.delete(registry.typeOf(type), namespace, name, options, each));
    },
    evict(namespace: string, name: string, options: DeleteOptions = {}) {
      writes.write(`evict ${namespace}/${name}`, options, (each) => evictPod(registry, namespace, name, options, each));
    },
    bind(namespace: string, podName: string, nodeName: string) {
      writes.write(`bind ${namespace}/${podName}`, nodeName, (each) => {
        const uid = at("pods", namespace, podName)?.metadata.uid;
        bindPod(registry, namespace, podName, { metadata: { name: podName, ...(uid ? { uid } : {}) }, target: { kind: "Node", name: nodeName } }, each);
      });
    },
    watch<T extends KubeObject>(type: TypeName, handler: (event: ObjectEvent<T>) => void) {
      for (const object of store.list(type)) handler({ type: "ADDED", object: object as T });
      return store.listen(type, (change) => handler(eventOf(change) as ObjectEvent<T>));
    },
    changedAt: (type: TypeName) => store.changedAt(type),
    serves: (type: TypeName) => registry.types.byStorage(type) !== undefined,
    types: () => {
      const names = new Set<TypeName>();
      for (const type of registry.types.all()) if (type.verbs.includes("list")) names.add(type.storage);
      return [...names];
    },
    event: (about, event) => recorder.record(about, event),
  };

  function write<T extends KubeObject>(type: TypeName, object: T, subresource: string): T {
    const { namespace, name } = object.metadata;
    const copy = (stored: KubeObject | undefined): KubeObject => copyFor(type, object, stored);
    return writes.write(`update ${type} ${subresource}`, object, (each) => registry.update(registry.typeOf(type), namespace, name, copy, each, { subresource })) as T;
  }
}

let lastChange: Change | undefined;
let lastEvent: ObjectEvent;

/** Made once for all who are told of a change one after the other. */
function eventOf(change: Change): ObjectEvent {
  if (change === lastChange) return lastEvent;
  const { object, previous } = change;
  lastChange = change;
  if (previous === undefined) lastEvent = { type: change.kind === "delete" ? "DELETED" : "ADDED", object };
  else lastEvent = { type: change.kind === "delete" ? "DELETED" : "MODIFIED", object, previous };
  return lastEvent;
}

/** What a Service's type no longer needs is taken from its ports on the way: nothing of them may be shared. */
const copyFor = (type: TypeName, object: KubeObject, stored: KubeObject | undefined): KubeObject => (stored === undefined || type === "services" ? privateCopy(object) : copyApart(object, stored));

/** A copy that may be changed, but for the managed fields: those are replaced as a whole, and knowing them unchanged by reference is quick. */
function privateCopy(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  const copy = cloneJson({ ...object, metadata }) as KubeObject;
  if (managedFields !== undefined) copy.metadata.managedFields = managedFields;
  return copy;
}

/**
 * As `privateCopy`, but what is the stored object's own stays shared with it: that is normal and has its defaults, of which only what is missing is filled in, so nothing on the
 * way changes in place what was stored, and what is known unchanged by reference is neither copied, defaulted nor compared again.
 */
function copyApart(object: KubeObject, stored: KubeObject): KubeObject {
  const copy: KubeObject = { ...object, metadata: { ...object.metadata } };
  for (const field in copy) if (field !== "metadata" && copy[field] !== stored[field]) copy[field] = cloneJsonApart(copy[field], stored[field]);
  const [metadata, known] = [copy.metadata, stored.metadata] as unknown as Record<string, unknown>[];
  for (const field in metadata) if (field !== "managedFields" && metadata[field] !== known![field]) metadata[field] = cloneJson(metadata[field]);
  return copy;
}

function controllerUids(object: KubeObject): readonly string[] {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined ? [] : [owner.uid];
}

/**
 * Events as client-go's recorder writes them: the same event about the same object counts up instead of piling up
 * (`tools/record/events_cache.go`: equal source, object, type, reason and message → `count` + 1).
 */
import type { JsonObject, KubeObject } from "../../../objects/kube-object.ts";
import { type Store, storeKey } from "../../store/store.ts";
import { type Decision, WebhookPending } from "../admission/webhook/decision.ts";
import { ApiError } from "../status.ts";
import type { Registry } from "./registry.ts";
import type { RequestContext } from "./request.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";

export interface EventText {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  component: string;
  host?: string;
  /** `spec.containers{name}` */
  fieldPath?: string;
  /** What was being done: `Binding`. */
  action?: string;
}

/** Events live for an hour (`--event-ttl`). */
export const EVENT_TTL_MS = 3_600_000;

export class EventRecorder {
  readonly #registry: Registry;
  readonly #context: () => RequestContext;
  readonly #recent = new Map<string, string>();
  /** The same of events that are told and not kept. */
  readonly #told = new Map<string, Told>();
  /** What the writer owns of a new event, by which of its fields are there: most writes of a busy cluster are events, and they are alike. */
  readonly #ownedFields = new Map<number, JsonObject>();

  constructor(registry: Registry, context: () => RequestContext) {
    this.#registry = registry;
    this.#context = context;
  }

  record(about: KubeObject, event: EventText): void {
    const registry = this.#registry;
    // Upstream's recorder tries for a while and then drops what it could not write.
    if (registry.refusal("write") !== undefined) return;
    const type = registry.typeOf("events");
    const { namespace, name, uid } = about.metadata;
    const eventNamespace = namespace ?? "default";
    const now = rfc3339(registry.clock.now());
    const identity = [event.component, event.host ?? "", about.kind, namespace ?? "", name, uid ?? "", event.fieldPath ?? "", event.type, event.reason, event.message].join("\u0000");
    const known = this.#recent.get(identity);
    let ownName: string | undefined;
    const counted = (current: KubeObject): KubeObject => ({ ...current, metadata: { ...current.metadata }, count: ((current["count"] as number | undefined) ?? 1) + 1, lastTimestamp: now });
    this.#patiently((context) => {
      if (registry.forgetsEvent(about, context)) return this.#pass(about, event, { namespace: eventNamespace, identity, now });
      const isPlain = registry.isPlain(context);
      if (known !== undefined && registry.store.get("events", storeKey(eventNamespace, known)) !== undefined) {
        if (isPlain) registry.rewrite(type, eventNamespace, known, counted, context);
        else registry.update(type, eventNamespace, known, (current) => counted(current!), context, { subresource: "" });
        return;
      }
      ownName ??= this.#newName(about);
      if (isPlain) {
        if (this.#write(eventNamespace, eventObject(about, event, { name: ownName, namespace: eventNamespace }, now), now)) this.#remember(identity, ownName);
        return;
      }
      const shape = shapeOf(about, event);
      const fieldsV1 = this.#ownedFields.get(shape);
      const owners = fieldsV1 === undefined ? undefined : { managedFields: [{ manager: context.fieldManager, operation: "Update" as const, apiVersion: "v1", time: now, fieldsType: "FieldsV1" as const, fieldsV1 }] };
      const created = registry.create(type, eventNamespace, eventObject(about, event, { name: ownName, namespace: eventNamespace }, now), context, owners, true);
      const owned = created.metadata.managedFields?.[0]?.fieldsV1;
      if (fieldsV1 === undefined && owned !== undefined) this.#ownedFields.set(shape, owned as JsonObject);
      this.#remember(identity, created.metadata.name);
    }, registry.newDecision());
  }

  #remember(identity: string, name: string): void {
    this.#recent.set(identity, name);
    forgetOldest(this.#recent);
  }

  /** Chance and revisions go on as where it is kept. */
  #pass(about: KubeObject, event: EventText, { namespace, identity, now }: { namespace: string; identity: string; now: string }): void {
    const { store, random } = this.#registry;
    const before = this.#told.get(identity);
    const name = before?.name ?? this.#newName(about);
    if (before === undefined && !takesEvents(store, namespace)) return;
    const told = before ?? { name, uid: random.uuid(), firstTimestamp: now, count: 0 };
    told.count++;
    if (before === undefined) {
      this.#told.set(identity, told);
      forgetOldest(this.#told);
    }
    const { uid, firstTimestamp, count } = told;
    store.pass("events", storeKey(namespace, name), (revision) => ({
      ...eventObject(about, event, { name, namespace, uid, creationTimestamp: firstTimestamp, resourceVersion: String(revision) }, now),
      firstTimestamp,
      count,
    }));
  }

  #newName({ metadata: { name } }: KubeObject): string {
    return `${name}.${this.#registry.random.uuid().slice(0, 18).replaceAll("-", "")}`;
  }

  /** What a create comes to where nobody has a say in it. False where the namespace is missing or going away, and takes no new events. */
  #write(namespace: string, event: KubeObject, now: string): boolean {
    const { store, random } = this.#registry;
    if (!takesEvents(store, namespace)) return false;
    const { metadata } = event;
    metadata.uid = random.uuid();
    metadata.creationTimestamp = now;
    store.put("events", storeKey(namespace, metadata.name), (revision) => {
      metadata.resourceVersion = String(revision);
      return event;
    });
    return true;
  }

  /** Recording goes on beside the part that tells of something, as upstream's recorder does: nobody waits for it. */
  #patiently(write: (context: RequestContext) => void, decision: Decision | undefined): void {
    try {
      decision?.begin();
      write({ ...this.#context(), ...(decision ? { decision } : {}) });
    } catch (error) {
      if (error instanceof WebhookPending) error.decision.whenAnswered(() => this.#patiently(write, decision));
      // An event is told at best: a namespace that is going away takes no new ones.
      else if (!(error instanceof ApiError)) throw error;
    }
  }
}

interface Told {
  name: string;
  uid: string;
  firstTimestamp: string;
  count: number;
}

function takesEvents(store: Store, namespace: string): boolean {
  const home = store.get("namespaces", namespace);
  return home !== undefined && home["status"]?.phase !== "Terminating";
}

function forgetOldest(recent: Map<string, unknown>): void {
  if (recent.size > RECENT_COUNT_MAX) recent.delete(recent.keys().next().value!);
}

/** Which of the fields are there, as bits. */
function shapeOf({ apiVersion, metadata: { namespace, uid, resourceVersion } }: KubeObject, { fieldPath, reason, message, component, host, action }: EventText): number {
  const bit = (value: string | undefined, place: number): number => (value ? 1 << place : 0);
  return bit(namespace, 0) | bit(uid, 1) | bit(resourceVersion, 2) | bit(apiVersion, 3) | bit(fieldPath, 4) | bit(reason, 5) | bit(message, 6) | bit(component, 7) | bit(host, 8) | bit(action, 9);
}

/** In the form that decoding and defaulting would give it: nothing empty but what Go always writes. */
function eventObject(about: KubeObject, event: EventText, metadata: KubeObject["metadata"], now: string): KubeObject {
  const { namespace, name, uid, resourceVersion } = about.metadata;
  const { reason, message, component, host, fieldPath, action } = event;
  const involvedObject: JsonObject = {};
  if (about.kind) involvedObject["kind"] = about.kind;
  if (namespace) involvedObject["namespace"] = namespace;
  if (name) involvedObject["name"] = name;
  if (uid) involvedObject["uid"] = uid;
  if (about.apiVersion) involvedObject["apiVersion"] = about.apiVersion;
  if (resourceVersion) involvedObject["resourceVersion"] = resourceVersion;
  if (fieldPath) involvedObject["fieldPath"] = fieldPath;
  const object: KubeObject = { apiVersion: "v1", kind: "Event", metadata, involvedObject };
  if (reason) object["reason"] = reason;
  if (message) object["message"] = message;
  object["source"] = host ? { component, host } : { component };
  object["firstTimestamp"] = now;
  object["lastTimestamp"] = now;
  object["count"] = 1;
  object["type"] = event.type;
  if (action) object["action"] = action;
  object["reportingComponent"] = component;
  object["reportingInstance"] = host ?? "";
  object["eventTime"] = null;
  return object;
}

/** client-go's aggregation cache keeps 4096 entries. */
const RECENT_COUNT_MAX = 4096;

/**
 * The one path every write takes, from HTTP and from the parts inside alike:
 * defaults, mutating admission, strategy, validation, validating admission, managed fields, store.
 * Synchronous: an operation is done, or thrown as `ApiError`, when the call returns.
 */
import { assert } from "../../../lib/assert.ts";
import { cloneJson, equalJson } from "../../../lib/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Random } from "../../../ports/random.ts";
import { type Store, storeKey } from "../../store/store.ts";
import type { AdmissionPlugin, AdmissionRequest, ServedVersion, WebhookReach } from "../admission/admission.ts";
import { AdmissionChain, Reinvocation } from "../admission/run-admission.ts";
import { Decision } from "../admission/webhook/decision.ts";
import { authorize } from "../authorizer.ts";
import { applyDefaults } from "../defaults/apply-defaults.ts";
import type { DeleteOptions, SimClient, TypeName } from "../client.ts";
import type { ObjectType } from "../../../objects/schema/type-schema.ts";
import type { FieldSet } from "../merge/field-set.ts";
import { resetFieldsOf } from "../merge/reset-fields.ts";
import { trackUpdate } from "../merge/track-update.ts";
import { apiVersionOf, type ResourceType, type ResourceTypes } from "../resource-types.ts";
import { type ApiError, STALE, alreadyExists, badRequest, bareError, conflict, type FieldError, invalid, notFound } from "../status.ts";
import { structuralErrorsOfVersions } from "../schema/structural-schema.ts";
import { prepareForCreate, prepareForUpdate } from "../strategy/strategy.ts";
import { validateCreate, validateUpdate } from "../validation/validate.ts";
import { objectWarnings } from "../warnings/object.ts";
import { convertBetween, convertTo, convertToStorage } from "./conversion.ts";
import { customDefaults, validateCustom } from "./custom-resource.ts";
import { decideDeletion, isReadyToGo } from "./deletion.ts";
import { mayGrant } from "./rbac-escalation.ts";
import type { RequestContext } from "./request.ts";
import { Siblings } from "./siblings.ts";
import { allocateServiceAddresses, type ServiceNetwork, takenAddresses } from "./service-addresses.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";

export interface RegistryOptions {
  store: Store;
  types: ResourceTypes;
  clock: Clock;
  random: Random;
  admission: readonly AdmissionPlugin[];
  services: ServiceNetwork;
  /**
   * Nobody but the parts inside writes, and nobody outside reads: who owns which field is not kept (`managedFields`), and what a part writes is taken for valid. It was by the
   * same parts that the cluster came up, each of their writes checked.
   */
  isClosed?: boolean;
  /** Nobody outside reads: neither who owns which field of what a part writes is kept, nor events. Both are made, checked and told as ever. */
  isUnread?: boolean;
}

export interface UpdateOptions {
  /** `""` is the object itself. */
  subresource: string;
  /** A PUT to a name that does not exist creates it, where the kind allows that. */
  mayCreate?: boolean;
  /** Managed fields were computed by a server-side apply already. */
  isApply?: boolean;
  /** A patch, whose result is about the object that is there, whatever its uid. */
  isPatch?: boolean;
  fieldManager?: string;
  /** A part of a request that has been admitted as a whole. */
  isAdmitted?: boolean;
}

/** Tries before a generated name that is taken is reported (`maxNameGenerationCreateAttempts`). */
const GENERATED_NAME_ATTEMPTS_MAX = 8;
const WEBHOOK_CONFIGURATIONS = ["admissionregistration.k8s.io/validatingwebhookconfigurations", "admissionregistration.k8s.io/mutatingwebhookconfigurations"];
const POLICIES = ["admissionregistration.k8s.io/validatingadmissionpolicies", "admissionregistration.k8s.io/mutatingadmissionpolicies", "resourcequotas"];
const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions";
const RBAC_GROUP = "rbac.authorization.k8s.io";
const GENERATED_NAME_LENGTH_MAX = 63;
const SUFFIX_LENGTH = 5;

export class Registry {
  readonly store: Store;
  readonly types: ResourceTypes;
  readonly clock: Clock;
  readonly random: Random;
  readonly #plugins: readonly AdmissionPlugin[];
  /** By the resource as a request names it. */
  readonly #chains = new Map<string, AdmissionChain>();
  readonly #services: ServiceNetwork;
  readonly #siblings = new Siblings();
  readonly #isClosed: boolean;
  readonly #isUnread: boolean;
  /** For admission plugins, which read other objects. Set once by the cluster. */
  reader!: SimClient;
  /** Without more, webhooks outside are not called, and all machines answer. */
  webhooks: WebhookReach;
  /** Why no request, or no write, can be served now: no API server runs, the datastore behind it has no quorum, or no room. Set by the cluster. */
  refusal: (of?: "read" | "write") => ApiError | undefined = () => undefined;

  constructor(options: RegistryOptions) {
    this.store = options.store;
    this.types = options.types;
    this.clock = options.clock;
    this.random = options.random;
    this.#plugins = options.admission;
    this.#services = options.services;
    this.#isClosed = options.isClosed ?? false;
    this.#isUnread = options.isUnread ?? false;
    this.webhooks = { isReachable: () => true, routesToEndpoints: false, random: options.random.fork("webhooks") };
  }

  /** What a write carries along that may have to wait for a webhook; undefined where there is none. */
  newDecision(): Decision | undefined {
    if (WEBHOOK_CONFIGURATIONS.every((type) => this.store.count(type) === 0)) return undefined;
    return new Decision(this.clock.now(), this.random);
  }

  /** In the version of `type`; throws NotFound. */
  get(type: ResourceType, namespace: string | undefined, name: string): KubeObject {
    return convertTo(type, this.stored(type, namespace, name));
  }

  /** As it is stored; throws NotFound. */
  stored(type: ResourceType, namespace: string | undefined, name: string): KubeObject {
    const object = this.store.get(type.storage, storeKey(type.namespaced ? namespace : undefined, name));
    if (object === undefined) throw notFound(type, name);
    return object;
  }

  /**
   * `body` is a private copy in the version of `type`, without fields the schema does not know. `applied`: who owns what of it was settled before.
   * `isNormal`: it is as `applyDefaults` would make it.
   */
  create(type: ResourceType, namespace: string | undefined, body: KubeObject, context: RequestContext, applied?: { managedFields: ManagedFieldsEntry[] | undefined }, isNormal = false): KubeObject {
    const object = body;
    const { random, nowMs, services } = this.#surroundings(context);
    this.#fixTypeAndNamespace(type, namespace, object);
    let { metadata } = object;
    if (metadata.resourceVersion) throw bareError("resourceVersion should not be set on objects to be created");
    if (!metadata.name && !metadata.generateName) {
      throw invalid(type.kind, type.group, "", [{ type: "FieldValueRequired", field: "metadata.name", body: "Required value: name or generateName is required" }]);
    }
    if (!isNormal) this.#default(type, object);
    const givenFields = metadata.managedFields;
    delete metadata.managedFields;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    delete (metadata as { selfLink?: string }).selfLink;
    // The writer owns what was sent and defaulted; what admission and the strategy add belongs to nobody.
    const managedFields = applied === undefined ? this.#track(type, undefined, object, givenFields, context, context.fieldManager, "", nowMs) : applied.managedFields;
    const request = this.#admissionRequest("CREATE", type, "", object, undefined, context, managedFields);
    const admission = this.#admissionOf(type);
    admission.mutate(request);
    // Policies and webhooks put other metadata in its place.
    ({ metadata } = object);
    const isGenerated = !metadata.name;
    // Upstream fills these before the strategy runs (`rest.FillObjectMetaSystemFields`).
    metadata.uid = random.uuid();
    metadata.creationTimestamp = rfc3339(nowMs);
    if (isGenerated) metadata.name = this.#generateName(type, metadata.generateName!, metadata.namespace, random);
    const stored = convertToStorage(type, object);
    // The stored version may have defaults that the asked one does not know of.
    if (stored !== object && type.custom === undefined) applyDefaults(stored);
    if (type.custom === undefined) prepareForCreate(stored, { now: metadata.creationTimestamp, user: context.user });
    else prepareCustomForCreate(type, stored);
    if (type.storage === "services") allocateServiceAddresses(stored, undefined, takenAddresses(this.store), services);
    if (type.group === RBAC_GROUP) mayGrant(this.store, type, stored, context.user);
    const errors = this.#isTrusted(context) ? NO_ERRORS : createErrors(type, stored);
    if (errors.length > 0) throw invalid(type.kind, type.group, metadata.name, errors);
    if (type.custom === undefined && hearsWarnings(context)) context.warnings.push(...objectWarnings(stored, undefined));
    request.name = metadata.name;
    request.object = stored;
    admission.validate(request);
    const key = storeKey(metadata.namespace, metadata.name);
    if (this.store.get(type.storage, key) !== undefined) throw alreadyExists(type, metadata.name);
    if (managedFields !== undefined) stored.metadata.managedFields = managedFields;
    if (context.dryRun) return convertTo(type, stored);
    if (type.storage === "pods") this.#siblings.share(stored);
    return convertTo(type, this.store.put(type.storage, key, (revision) => atRevision(stored, revision)));
  }

  /**
   * Replaces an object, or one of its subresources. `change` receives the current object in the version of `type` and returns the next one
   * as a private copy; a `metadata.resourceVersion` in it that is not the current one is a Conflict.
   */
  update(type: ResourceType, namespace: string | undefined, name: string, change: (current: KubeObject | undefined) => KubeObject, context: RequestContext, options: UpdateOptions): KubeObject {
    const key = storeKey(type.namespaced ? namespace : undefined, name);
    const storedOld = this.store.get(type.storage, key);
    if (storedOld === undefined) {
      if (options.mayCreate !== true) throw notFound(type, name);
      const body = change(undefined);
      delete body.metadata.resourceVersion;
      return this.create(type, namespace, body, { ...context, ...(context.options ? { options: { ...context.options, kind: "CreateOptions" } } : {}) }, options.isApply ? { managedFields: body.metadata.managedFields } : undefined);
    }
    const { nowMs, services } = this.#surroundings(context);
    const old = convertTo(type, storedOld);
    const next = change(old);
    this.#fixTypeAndNamespace(type, namespace, next);
    const { metadata } = next;
    metadata.name ||= name;
    if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    if (metadata.uid && metadata.uid !== old.metadata.uid) {
      // A PUT states the uid as a precondition; a patch tries to change a field.
      if (options.isPatch) throw invalid(type.kind, type.group, name, [immutableUid(metadata.uid), immutableUid(metadata.uid)]);
      const where = `/registry/${type.plural}/${metadata.namespace ? `${metadata.namespace}/` : ""}${name}`;
      throw conflict(type, name, `StorageError: invalid object, Code: 4, Key: ${where}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`);
    }
    if (metadata.resourceVersion && metadata.resourceVersion !== old.metadata.resourceVersion) throw conflict(type, name, STALE);
    keepSystemFields(metadata, old.metadata);
    const { subresource } = options;
    if (subresource === "" || type.custom === undefined) this.#default(type, next, old);
    const sentFields = metadata.managedFields;
    const managedFields = options.isApply ? sentFields : this.#track(type, old, next, sentFields, context, options.fieldManager ?? context.fieldManager, subresource, nowMs);
    const request = this.#admissionRequest("UPDATE", type, subresource, next, old, context, managedFields);
    const admission = options.isAdmitted === true ? undefined : this.#admissionOf(type);
    admission?.mutate(request);
    const stored = convertToStorage(type, next);
    if (type.custom === undefined) prepareForUpdate(stored, storedOld, subresource, { now: rfc3339(nowMs), user: context.user });
    else prepareCustomForUpdate(type, stored, storedOld, subresource);
    if (type.storage === "services" && subresource === "") allocateServiceAddresses(stored, storedOld, takenAddresses(this.store), services);
    if (type.group === RBAC_GROUP) mayGrant(this.store, type, stored, context.user);
    const errors = this.#isTrusted(context) ? NO_ERRORS : updateErrors(type, stored, storedOld, subresource);
    if (errors.length > 0) throw invalid(type.kind, type.group, name, errors);
    if (type.custom === undefined && (subresource === "" || subresource === "scale") && hearsWarnings(context)) context.warnings.push(...objectWarnings(stored, storedOld));
    request.object = stored;
    admission?.validate(request);
    stored.metadata = withManagers(stored.metadata, managedFields);
    stored.metadata.resourceVersion = storedOld.metadata.resourceVersion;
    if (context.dryRun) return convertTo(type, stored);
    if (isReadyToGo(stored)) {
      const last = this.store.delete(type.storage, key, (revision) => withRevision(stored, revision));
      return convertTo(type, last!);
    }
    if (isSame(stored, storedOld)) return old;
    return convertTo(type, this.store.put(type.storage, key, (revision) => atRevision(stored, revision)));
  }

  /** Deletes or starts to delete. `isGone`: whether it is gone now; `object` is its last state. */
  delete(type: ResourceType, namespace: string | undefined, name: string, options: DeleteOptions, context: RequestContext, isAdmitted = false): { object: KubeObject; isGone: boolean } {
    const key = storeKey(type.namespaced ? namespace : undefined, name);
    const old = this.stored(type, namespace, name);
    const { preconditions } = options;
    // Upstream names the Kind here, not the resource (`rest.BeforeDelete`).
    const kind = type.custom === undefined ? { plural: type.kind, group: type.group } : type;
    if (preconditions?.uid !== undefined && preconditions.uid !== old.metadata.uid) {
      throw conflict(kind, name, `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${old.metadata.uid}). The object might have been deleted and then recreated`);
    }
    if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(kind, name, `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${old.metadata.resourceVersion}). The object might have been modified`);
    }
    const { nowMs } = this.#surroundings(context);
    const request = this.#admissionRequest("DELETE", type, "", undefined, convertTo(type, old), context);
    if (!isAdmitted) this.#admit(type, request);
    const decision = decideDeletion(type.storage, old, options, nowMs);
    if (context.dryRun) return { object: convertTo(type, decision.object), isGone: decision.isGone };
    if (decision.isGone) {
      const last = this.store.delete(type.storage, key, (revision) => withRevision(decision.object, revision));
      return { object: convertTo(type, last!), isGone: true };
    }
    if (decision.object === old) return { object: convertTo(type, old), isGone: false };
    const object = this.store.put(type.storage, key, (revision) => withRevision(decision.object, revision));
    return { object: convertTo(type, object), isGone: false };
  }

  /** Runs admission for what is kept as no object of its own: a binding, an eviction. Plugins may change `object`, whose kind is `kind`. */
  admit(operation: AdmissionRequest["operation"], type: ResourceType, subresource: string, object: KubeObject, kind: NonNullable<AdmissionRequest["objectKind"]>, context: RequestContext): void {
    const request = this.#admissionRequest(operation, type, subresource, object, undefined, context);
    request.objectKind = kind;
    this.#admit(type, request);
  }

  /** Admission of a `connect` (upstream `ConnectResource`): `options` is what was asked for, an object without metadata that plugins may change. */
  connect(type: ResourceType, subresource: string, namespace: string | undefined, name: string, options: KubeObject, context: RequestContext): void {
    const named = { apiVersion: options.apiVersion, kind: options.kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
    const request = this.#admissionRequest("CONNECT", type, subresource, named, undefined, context);
    this.#admit(type, { ...request, object: options, objectKind: { group: "", version: "v1", kind: options.kind } });
  }

  /** What the API server itself changes (`GuaranteedUpdate`): without admission, strategy and validation, owned by nobody. `change` leaves its argument alone and makes an object, and metadata, of its own; or returns its argument for no change. */
  rewrite(type: ResourceType, namespace: string | undefined, name: string, change: (current: KubeObject) => KubeObject, context: RequestContext): void {
    const current = this.stored(type, namespace, name);
    const next = change(current);
    if (!context.dryRun && next !== current) this.store.put(type.storage, storeKey(type.namespaced ? namespace : undefined, name), (revision) => atRevision(next, revision));
  }

  #admit(type: ResourceType, request: AdmissionRequest): void {
    const admission = this.#admissionOf(type);
    admission.mutate(request);
    admission.validate(request);
  }

  #admissionOf({ group, plural }: ResourceType): AdmissionChain {
    const resource = group === "" ? plural : `${group}/${plural}`;
    let chain = this.#chains.get(resource);
    if (chain === undefined) this.#chains.set(resource, (chain = new AdmissionChain(this.#plugins, resource)));
    return chain;
  }

  /** Time and chance: a write that is decided again meets those of its first attempt. */
  #surroundings({ decision }: RequestContext): { nowMs: number; random: Random; services: ServiceNetwork } {
    if (decision === undefined) return { nowMs: this.clock.now(), random: this.random, services: this.#services };
    const { nowMs, random } = decision;
    return { nowMs, random, services: { ...this.#services, random } };
  }

  #admissionRequest(operation: AdmissionRequest["operation"], type: ResourceType, subresource: string, object: KubeObject | undefined, oldObject: KubeObject | undefined, context: RequestContext, managedFields?: readonly ManagedFieldsEntry[]): AdmissionRequest {
    const metadata = (object ?? oldObject)!.metadata;
    const { user } = context;
    return {
      operation,
      type: { group: type.group, version: type.version, kind: type.kind, plural: type.plural },
      subresource,
      namespace: type.namespaced ? metadata.namespace : undefined,
      name: metadata.name ?? "",
      object,
      oldObject,
      user,
      mayUser: (action) => user.isPart === true || authorize(this.store, { ...action, user, subresource: "", namespace: undefined }).allowed,
      dryRun: context.dryRun,
      options: context.options ?? OPTIONS[operation],
      managedFields,
      versions: () => this.#versionsOf(type),
      reinvocation: new Reinvocation(),
      webhooks: this.webhooks,
      decision: context.decision,
      client: this.reader,
      warnings: context.warnings,
      now: context.decision?.nowMs ?? this.clock.now(),
    };
  }

  #isTrusted({ user }: RequestContext): boolean {
    return this.#isClosed && user.isPart === true;
  }

  /** Whether nobody has a say in this write of something that has no owner and no limit (a Lease, an Event), and nothing is noted beside it. */
  isPlain(context: RequestContext): boolean {
    return this.#isTrusted(context) && this.#isUndecided(context);
  }

  /** Whether this event is told and not kept. What a load balancer says of a Service it reads again itself. */
  forgetsEvent(about: KubeObject, context: RequestContext): boolean {
    return this.#isUnread && about.kind !== "Service" && this.#isUndecided(context);
  }

  #isUndecided({ decision }: RequestContext): boolean {
    return decision === undefined && POLICIES.every((type) => this.store.count(type) === 0);
  }

  #versionsOf(type: ResourceType): ServedVersion[] {
    return this.types
      .all()
      .filter((each) => each.storage === type.storage)
      .map((resource) => ({ resource, convert: (object) => convertBetween(type, resource, object), convertBack: (object) => convertBetween(resource, type, object) }));
  }

  #default(type: ResourceType, object: KubeObject, known?: KubeObject): void {
    if (type.custom === undefined) applyDefaults(object, known);
    else customDefaults(type, object);
  }

  #fixTypeAndNamespace(type: ResourceType, namespace: string | undefined, object: KubeObject): void {
    assert(typeof object.metadata === "object" && object.metadata !== null, "an object has metadata when it reaches the registry");
    object.apiVersion = apiVersionOf(type);
    object.kind = type.kind;
    if (!type.namespaced) {
      if (object.metadata.namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
      delete object.metadata.namespace;
      return;
    }
    if (object.metadata.namespace && object.metadata.namespace !== namespace) throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    object.metadata.namespace = namespace!;
  }

  #generateName(type: ResourceType, base: string, namespace: string | undefined, random: Random): string {
    const prefix = base.slice(0, GENERATED_NAME_LENGTH_MAX - SUFFIX_LENGTH);
    let name = "";
    for (let attempt = 0; attempt < GENERATED_NAME_ATTEMPTS_MAX; attempt++) {
      name = prefix + random.suffix(SUFFIX_LENGTH);
      if (this.store.get(type.storage, storeKey(type.namespaced ? namespace : undefined, name)) === undefined) return name;
    }
    throw alreadyExists(type, name);
  }

  /** `next` is in the version of `type`. */
  #track(type: ResourceType, previous: KubeObject | undefined, next: KubeObject, sent: ManagedFieldsEntry[] | undefined, { user }: RequestContext, manager: string, subresource: string, nowMs: number): ManagedFieldsEntry[] | undefined {
    // What was applied from outside keeps its owners: another application is a change of them alone.
    if (this.#isClosed || (this.#isUnread && user.isPart === true)) return sent;
    const { schema } = type;
    if (schema?.kind !== "object") return undefined;
    return trackUpdate({
      schema,
      previous,
      next: sent === next.metadata.managedFields ? next : { ...next, metadata: { ...next.metadata, managedFields: sent! } },
      manager,
      apiVersion: apiVersionOf(type),
      subresource,
      now: rfc3339(nowMs),
      resetFields: resetFieldsFor(type, schema, subresource),
    });
  }

  /** A type by its storage name, for the clients inside; asserts that it exists. */
  typeOf(name: TypeName): ResourceType {
    const type = this.types.byStorage(name);
    if (type === undefined) throw notFound({ plural: name.slice(name.indexOf("/") + 1), group: name.includes("/") ? name.slice(0, name.indexOf("/")) : "" }, "");
    return type;
  }
}

/** What webhooks see of a writer that sent none. */
const OPTIONS = {
  CREATE: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  UPDATE: { kind: "UpdateOptions", apiVersion: "meta.k8s.io/v1" },
  DELETE: { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" },
  CONNECT: {},
} as const;

/** What the endpoint resets, and so nobody comes to own by it. */
export function resetFieldsFor(type: ResourceType, schema: ObjectType, subresource: string): FieldSet {
  const { group, plural } = type;
  return resetFieldsOf({ group, plural, schema, hasStatus: type.subresources.has("status"), isCustom: type.custom !== undefined }, subresource);
}

const immutableUid = (uid: string): FieldError => ({ type: "FieldValueInvalid", field: "metadata.uid", body: `Invalid value: "${uid}": field is immutable` });

const NO_ERRORS: readonly FieldError[] = [];

function createErrors(type: ResourceType, object: KubeObject): readonly FieldError[] {
  if (type.custom !== undefined) return validateCustom(type, object, undefined);
  return type.storage === DEFINITIONS ? [...validateCreate(object), ...structuralErrorsOfVersions(object["spec"]?.versions ?? [])] : validateCreate(object);
}

function updateErrors(type: ResourceType, object: KubeObject, old: KubeObject, subresource: string): readonly FieldError[] {
  if (type.custom !== undefined) return validateCustom(type, object, old);
  return type.storage === DEFINITIONS ? [...validateUpdate(object, old, subresource), ...structuralErrorsOfVersions(object["spec"]?.versions ?? [])] : validateUpdate(object, old, subresource);
}

/** The parts inside have nobody to tell. */
const hearsWarnings = ({ user }: RequestContext): boolean => user.isPart !== true;

/** For an object that is this write's own. */
function atRevision(object: KubeObject, revision: number): KubeObject {
  object.metadata.resourceVersion = String(revision);
  return object;
}

/** For an object that others hold too. */
export function withRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** The metadata with these managers, or none, as the last field. Written out because a rest pattern is several times slower, and every write comes by. */
function withManagers(metadata: KubeObject["metadata"], managedFields: ManagedFieldsEntry[] | undefined): KubeObject["metadata"] {
  const out: Record<string, unknown> = {};
  for (const field in metadata) if (field !== "managedFields") out[field] = metadata[field as keyof typeof metadata];
  if (managedFields !== undefined && managedFields.length > 0) out["managedFields"] = managedFields;
  return out as unknown as KubeObject["metadata"];
}

/** What no client may change. */
function keepSystemFields(metadata: KubeObject["metadata"], old: KubeObject["metadata"]): void {
  metadata.uid = old.uid!;
  metadata.creationTimestamp = old.creationTimestamp!;
  if (old.generation === undefined) delete metadata.generation;
  else metadata.generation = old.generation;
  if (old.deletionTimestamp === undefined) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds;
  else metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  if (old.generateName !== undefined && metadata.generateName === undefined) metadata.generateName = old.generateName;
  delete (metadata as { selfLink?: string }).selfLink;
}

/** Nothing changed but, perhaps, the time of an unchanged field set: such a write makes no new revision. */
function isSame(next: KubeObject, old: KubeObject): boolean {
  for (const field in next) if (field !== "metadata" && !equalJson(next[field], old[field])) return false;
  const [nextMetadata, oldMetadata] = [next.metadata, old.metadata] as unknown as Record<string, unknown>[];
  for (const field in nextMetadata) if (field !== "managedFields" && !equalJson(nextMetadata[field], oldMetadata![field])) return false;
  for (const field in oldMetadata) if (field !== "managedFields" && oldMetadata[field] !== undefined && nextMetadata![field] === undefined) return false;
  const [nextFields, oldFields] = [next.metadata.managedFields, old.metadata.managedFields];
  for (const field in old) if (field !== "metadata" && next[field] === undefined && old[field] !== undefined) return false;
  const timeless = (entries: ManagedFieldsEntry[] | undefined): unknown => entries?.map(({ time: _, ...entry }) => entry) ?? [];
  return nextFields === oldFields || equalJson(timeless(nextFields), timeless(oldFields));
}

function prepareCustomForCreate(type: ResourceType, object: KubeObject): void {
  if (type.subresources.has("status")) delete object["status"];
  object.metadata.generation = 1;
}

/** Custom resources: with a status subresource each side keeps the other's part; generation follows everything but metadata and status. */
function prepareCustomForUpdate(type: ResourceType, next: KubeObject, old: KubeObject, subresource: string): void {
  const hasStatus = type.subresources.has("status");
  if (subresource === "status") {
    const { status } = next;
    const { metadata } = next;
    for (const field of Object.keys(next)) delete next[field];
    Object.assign(next, cloneJson(old));
    next.metadata = { ...cloneJson(old.metadata), ...(metadata.managedFields ? { managedFields: metadata.managedFields } : {}) };
    if (status === undefined) delete next["status"];
    else next["status"] = status;
    return;
  }
  if (hasStatus) {
    if (old["status"] === undefined) delete next["status"];
    else next["status"] = old["status"];
  }
  const body = (object: KubeObject): unknown => {
    const { metadata: _m, status, ...rest } = object;
    return hasStatus ? rest : { ...rest, status };
  };
  next.metadata.generation = (old.metadata.generation ?? 1) + (equalJson(body(next), body(old)) ? 0 : 1);
}

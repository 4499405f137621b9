/** Subresources with an answer of their own: scale, binding, eviction, log, token, finalize, ephemeralcontainers, approval. */
import { cloneJson } from "../../../lib/json.ts";
import type { JsonObject, KubeObject } from "../../../objects/kube-object.ts";
import type { Registry } from "../registry/registry.ts";
import { bindPod, evictPod, type Binding } from "../registry/pod-subresources.ts";
import { scaleOf, withScale } from "../registry/scale.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { ResourceType } from "../resource-types.ts";
import { ApiError, badRequest, invalid, methodNotAllowed, notFound } from "../status.ts";
import type { ApiAnswer, ApiRequest } from "./exchange.ts";
import type { Identities } from "./identity.ts";
import { decodeAny, decodeValue } from "./body.ts";
import { writeContext } from "./write.ts";
import { jsonMergePatch } from "../merge/json-merge-patch.ts";
import { jsonPatch } from "../merge/json-patch.ts";

/** What the kubelets answer for the API server. */
export interface PodAccess {
  /** The log as text, or a stream of it when `follow` is set. Throws ApiError in upstream's words. */
  readLogs(namespace: string, pod: string, options: LogOptions): { text: string; follow?: (write: (text: string) => void, end: () => void) => () => void };
  /** One request to what listens on a pod's port; undefined where nothing does. */
  http(namespace: string, pod: string, port: number, request: PodRequest): { status: number; headers: Record<string, string>; body: string } | undefined;
}

export interface PodRequest {
  method: string;
  /** With its query. */
  path: string;
  host: string;
  scheme: "http" | "https";
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface LogOptions {
  container?: string;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  sinceSeconds?: number;
  sinceTime?: string;
  tailLines?: number;
  limitBytes?: number;
}

export interface SubresourceContext {
  registry: Registry;
  identities: Identities;
  pods: PodAccess;
}

type Handler = (context: SubresourceContext, type: ResourceType, namespace: string | undefined, name: string, request: ApiRequest) => { code: number; object: object } | ApiAnswer;

/** By `plural/subresource`, or `*` for every kind that has it. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "*/scale": scale,
  "pods/binding": binding,
  "bindings/": binding,
  "pods/eviction": eviction,
  "pods/log": log,
  "serviceaccounts/token": token,
  "namespaces/finalize": finalize,
};

export function subresourceHandler(plural: string, subresource: string): Handler | undefined {
  return HANDLERS[`${plural}/${subresource}`] ?? HANDLERS[`*/${subresource}`];
}

function scale({ registry }: SubresourceContext, type: ResourceType, namespace: string | undefined, name: string, request: ApiRequest): { code: number; object: object } {
  const current = registry.get(type, namespace, name);
  if (request.method === "GET") return { code: 200, object: scaleOf(type, current) };
  const context = writeContext(request);
  let wanted: KubeObject;
  if (request.method === "PUT") {
    wanted = decodeAny(request);
  } else if (request.method === "PATCH") {
    const body = decodeValue(request.body.toString("utf8"), (request.headers["content-type"] ?? "").includes("yaml") ? "yaml" : "json");
    const before = scaleOf(type, current) as KubeObject & JsonObject;
    wanted = ((request.headers["content-type"] ?? "").startsWith("application/json-patch+json") ? jsonPatch(before, body) : jsonMergePatch(before, body)) as KubeObject;
    // A patch of the scale is about what is there now, not about a version of the object.
    if (!JSON.stringify(body).includes("resourceVersion")) wanted = { ...wanted, metadata: { ...wanted.metadata, resourceVersion: current.metadata.resourceVersion! } };
  } else {
    throw methodNotAllowed();
  }
  const replicas: unknown = wanted["spec"]?.replicas ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) throw badRequest(`Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`);
  if (replicas < 0) throw invalid("Scale", "autoscaling", name, [{ type: "FieldValueInvalid", field: "spec.replicas", body: `Invalid value: ${replicas}: must be greater than or equal to 0` }]);
  const stored = registry.update(type, namespace, name, (object) => withScale(type, object!, wanted), context, { subresource: "scale" });
  return { code: 200, object: scaleOf(type, stored) };
}

function binding({ registry }: SubresourceContext, _type: ResourceType, namespace: string | undefined, name: string, request: ApiRequest): { code: number; object: object } {
  if (request.method !== "POST") throw methodNotAllowed();
  const body = decodeAny(request);
  bindPod(registry, namespace!, name || body.metadata?.name, body as unknown as Binding, writeContext(request));
  return { code: 201, object: success() };
}

function eviction({ registry }: SubresourceContext, _type: ResourceType, namespace: string | undefined, name: string, request: ApiRequest): { code: number; object: object } {
  if (request.method !== "POST") throw methodNotAllowed();
  const body = decodeAny(request);
  if (body.metadata?.name && body.metadata.name !== name) throw badRequest("name in URL does not match name in Eviction object");
  evictPod(registry, namespace!, name, (body["deleteOptions"] ?? {}) as object, writeContext(request));
  return { code: 201, object: success() };
}

function log({ registry, pods }: SubresourceContext, type: ResourceType, namespace: string | undefined, name: string, request: ApiRequest): ApiAnswer {
  registry.stored(type, namespace, name);
  const { query } = request;
  const number = (key: string): number | undefined => {
    const text = query.get(key);
    if (text === null || text === "") return undefined;
    const value = Number(text);
    if (!Number.isInteger(value)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
    if (value < 0) throw invalid("PodLogOptions", "", name, [{ type: "FieldValueInvalid", field: key, body: `Invalid value: ${value}: must be greater than or equal to 0` }]);
    return value;
  };
  const isSet = (key: string): boolean => query.get(key) === "true" || query.get(key) === "1";
  const sinceSeconds = number("sinceSeconds");
  const tailLines = number("tailLines");
  const limitBytes = number("limitBytes");
  const container = query.get("container") ?? "";
  const options: LogOptions = {
    follow: isSet("follow"),
    previous: isSet("previous"),
    timestamps: isSet("timestamps"),
    ...(container ? { container } : {}),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(query.get("sinceTime") ? { sinceTime: query.get("sinceTime")! } : {}),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
  const { text, follow } = pods.readLogs(namespace!, name, options);
  const headers = { "content-type": "text/plain" };
  if (follow === undefined) return { code: 200, headers, body: text };
  return {
    code: 200,
    headers,
    stream(sink) {
      sink.write(text);
      sink.onClose(
        follow(
          (more) => sink.write(more),
          () => sink.end(),
        ),
      );
    },
  };
}

const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_DEFAULT = 3600;

function token({ registry, identities }: SubresourceContext, type: ResourceType, namespace: string | undefined, name: string, request: ApiRequest): { code: number; object: object } {
  if (request.method !== "POST") throw methodNotAllowed();
  const account = registry.stored(type, namespace, name);
  const body = decodeAny(request);
  const spec = (body["spec"] ?? {}) as { audiences?: string[]; expirationSeconds?: number; boundObjectRef?: { kind?: string; name?: string; uid?: string } };
  const seconds = spec.expirationSeconds ?? TOKEN_SECONDS_DEFAULT;
  if (seconds < TOKEN_SECONDS_MIN) {
    throw invalid("TokenRequest", "authentication.k8s.io", "", [{ type: "FieldValueInvalid", field: "spec.expirationSeconds", body: `Invalid value: ${seconds}: may not specify a duration less than 10 minutes` }]);
  }
  const reference = spec.boundObjectRef;
  let pod: { name: string; uid: string } | undefined;
  if (reference?.kind === "Pod") {
    const bound = registry.stored(registry.typeOf("pods"), namespace, reference.name ?? "");
    if (reference.uid && reference.uid !== bound.metadata.uid) throw new ApiError(409, "Conflict", `Operation cannot be fulfilled on pods "${reference.name}": the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`);
    pod = { name: bound.metadata.name, uid: bound.metadata.uid! };
  }
  const audiences = spec.audiences?.length ? spec.audiences : [(identities.constructor as unknown as { issuer: string }).issuer];
  const issued = identities.issue({ namespace: namespace!, name, uid: account.metadata.uid!, ...(pod ? { pod } : {}) }, audiences, seconds, registry.random.uuid());
  return {
    code: 201,
    object: {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, creationTimestamp: rfc3339(registry.clock.now()) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
      status: { token: issued.token, expirationTimestamp: rfc3339(issued.expiresAtMs) },
    },
  };
}

/** Only `spec.finalizers` of a namespace is taken. */
function finalize({ registry }: SubresourceContext, type: ResourceType, _namespace: string | undefined, name: string, request: ApiRequest): { code: number; object: object } {
  if (request.method !== "PUT") throw methodNotAllowed();
  const body = decodeAny(request);
  const object = registry.update(
    type,
    undefined,
    name,
    (current) => {
      if (current === undefined) throw notFound(type, name);
      const next = cloneJson(current) as KubeObject;
      next["spec"] = { ...next["spec"], finalizers: body["spec"]?.finalizers ?? [] };
      if (body.metadata?.resourceVersion) next.metadata.resourceVersion = body.metadata.resourceVersion;
      return next;
    },
    writeContext(request),
    { subresource: "finalize" },
  );
  return { code: 200, object };
}

export function success(details?: object): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", ...(details ? { details } : { code: 201 }) };
}

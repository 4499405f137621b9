/** Every request to the API server: who may, what it asks for, what it gets. Never throws: what goes wrong is answered as a Status. */
import { stringify } from "yaml";
import { AssertionFailed } from "../../../lib/assert.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { type Decision, WebhookPending } from "../admission/webhook/decision.ts";
import { authorize, refusal } from "../authorizer.ts";
import { OpenApi } from "../openapi/open-api.ts";
import { tableFor } from "../printers/table.ts";
import type { DeleteOptions } from "../client.ts";
import type { Registry } from "../registry/registry.ts";
import type { RequestContext } from "../registry/request.ts";
import { apiVersionOf, isStored, type ResourceType } from "../resource-types.ts";
import { ApiError, badRequest, forbidden, internalError, bareError, methodNotAllowed, noSuchResource, notFound, unauthorized } from "../status.ts";
import { decodeAny } from "./body.ts";
import { connect, isConnect } from "./connect.ts";
import { aggregatedDiscoveryDocument, apiGroupDocument, apiGroupListDocument, apiResourceListDocument, apiVersionsDocument, type ExtraGroup } from "./discovery.ts";
import type { ApiAnswer, ApiRequest } from "./exchange.ts";
import { ANONYMOUS, type Identities } from "./identity.ts";
import { impersonated } from "./impersonation.ts";
import { list, listDocument, selectionOf, versionProblem } from "./list.ts";
import { negotiate, parseAccept, type Wanted } from "./negotiation.ts";
import { parseResourcePath, type ResourcePath } from "./path.ts";
import { review } from "./reviews.ts";
import { type PodAccess, subresourceHandler, success } from "./subresources.ts";
import { openWatch } from "./watch.ts";
import { create, deleteOptionsOf, patch, replace, writeContext } from "./write.ts";

export interface VersionInfo {
  major: string;
  minor: string;
  gitVersion: string;
}

export interface HandlerOptions {
  registry: Registry;
  identities: Identities;
  version: VersionInfo;
  serverAddress: string;
  pods: PodAccess;
  /** Groups that another server answers for in a real cluster (`metrics.k8s.io`). */
  extras: readonly { group: ExtraGroup; answer(path: ResourcePath, request: ApiRequest): object }[];
  /** A line per request for the debug log. */
  log(line: string): void;
}

/** Answers at once, but where a webhook outside has to be asked first. */
export type Handler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

export function createHandler(options: HandlerOptions): Handler {
  const { registry } = options;
  const openApi = new OpenApi(registry.types);
  const extraGroups = options.extras.map((extra) => extra.group);

  return (asked) => {
    const mayAsk = (asked.method !== "GET" && asked.method !== "HEAD") || CONNECT_PATH.test(asked.path);
    const decision = mayAsk ? registry.newDecision() : undefined;
    return decision === undefined ? attempt(asked) : decide({ ...asked, decision }, decision);
  };

  /** Again from the start whenever a webhook has answered; nothing is kept of an attempt that had to wait. */
  function decide(asked: ApiRequest, decision: Decision): ApiAnswer | Promise<ApiAnswer> {
    decision.begin();
    try {
      return attempt(asked);
    } catch (error) {
      if (!(error instanceof WebhookPending)) throw error;
      return new Promise((resolve, reject) => {
        decision.whenAnswered(() => {
          try {
            resolve(decide(asked, decision));
          } catch (problem) {
            reject(problem as Error);
          }
        });
      });
    }
  }

  function attempt(asked: ApiRequest): ApiAnswer {
    let answer: ApiAnswer;
    let request = asked;
    try {
      const user = impersonated(registry.store, asked);
      if (user !== asked.user) request = { ...asked, user };
      answer = route(request);
    } catch (error) {
      if (error instanceof WebhookPending) throw error;
      if (error instanceof AssertionFailed) options.log(`${request.method} ${request.path}: ${error.stack ?? error.message}`);
      const failure = error instanceof ApiError ? error : internalError(error instanceof Error ? error.message : String(error));
      if (!(error instanceof ApiError)) options.log(`${request.method} ${request.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      answer = json(failure.code, failure.status, failure.status.details?.retryAfterSeconds ? { "retry-after": String(failure.status.details.retryAfterSeconds) } : {});
    }
    return answer;
  }

  function route(request: ApiRequest): ApiAnswer {
    const { path } = request;
    const resourcePath = parseResourcePath(path);
    if (resourcePath !== undefined) return resource(resourcePath, request);
    mayOtherPath(request);
    const parts = path.split("/").filter((part) => part !== "");
    switch (parts[0]) {
      case undefined:
        return json(200, { paths: rootPaths() });
      case "version":
        return json(200, versionDocument(options.version), {}, true);
      case "healthz":
      case "livez":
      case "readyz":
        if (registry.refusal() !== undefined) return unhealthy(parts[0]);
        return health(parts[0], parts.slice(1), request);
      case "api":
        if (parts.length === 1) return wantsAggregated(request) ? aggregated(true) : json(200, apiVersionsDocument(options.serverAddress));
        if (parts.length === 2) return discovery(apiResourceListDocument(registry.types, extraGroups, "", parts[1]!));
        break;
      case "apis":
        if (parts.length === 1) return wantsAggregated(request) ? aggregated(false) : json(200, apiGroupListDocument(registry.types, extraGroups));
        if (parts.length === 2) return discovery(apiGroupDocument(registry.types, extraGroups, parts[1]!));
        if (parts.length === 3) return discovery(apiResourceListDocument(registry.types, extraGroups, parts[1]!, parts[2]!));
        break;
      case "openapi":
        return openApi.answer(parts.slice(1), request);
      case "metrics":
        return { code: 200, headers: { "content-type": "text/plain; version=0.0.4" }, body: metricsText() };
      case ".well-known":
        if (parts[1] === "openid-configuration") return json(200, { issuer: "https://kubernetes.default.svc.cluster.local", jwks_uri: `https://${options.serverAddress}/openid/v1/jwks`, response_types_supported: ["id_token"], subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"] });
        break;
    }
    return unknownPath();
  }

  function resource(path: ResourcePath, request: ApiRequest): ApiAnswer {
    // Reads need the datastore too: a quorum of it says what is true.
    const unavailable = registry.refusal(request.method === "GET" || request.method === "HEAD" ? "read" : "write");
    if (unavailable !== undefined) throw unavailable;
    const extra = options.extras.find(({ group }) => group.group === path.group && group.version === path.version);
    const verb = verbOf(path, request);
    const decision = authorize(registry.store, {
      user: request.user,
      verb,
      group: path.group,
      resource: path.plural,
      subresource: path.subresource,
      namespace: path.namespace ?? (path.plural === "namespaces" && path.group === "" ? path.name || undefined : undefined),
      name: path.name,
    });
    if (!decision.allowed) {
      if (request.user === ANONYMOUS && request.headers["authorization"] !== undefined) throw unauthorized();
      const attributes = { user: request.user, verb, group: path.group, resource: path.plural, subresource: path.subresource, namespace: path.namespace, name: path.name };
      throw forbidden({ plural: path.plural, group: path.group }, path.name, refusal(attributes));
    }
    if (extra !== undefined) return object(request, 200, extra.answer(path, request) as KubeObject, undefined, []);
    const type = registry.types.byPath(path.group, path.version, path.plural);
    if (type === undefined || (path.namespace !== undefined && !type.namespaced)) return noResource(path.group);
    const needed = path.subresource === "" ? type.verbs : (type.subresources.get(path.subresource)?.verbs ?? type.verbs);
    const isForm = path.subresource !== "" || NEEDED[verb] === undefined || needed.includes(NEEDED[verb]);
    if (!isForm || (request.method === "POST" && path.name !== "" && path.subresource === "") || (request.method === "PUT" && path.name === "")) throw methodNotAllowed();
    if (path.subresource !== "") return subresource(type, path, request);
    if (!isStored(type)) return reviewOf(type, path, request);
    if (path.name === "") return collection(type, path, request);
    switch (request.method) {
      case "GET":
      case "HEAD":
        if (isWatch(request)) return watch(type, path, request);
        checkVersion(request);
        return object(request, 200, registry.get(type, path.namespace, path.name), type, []);
      case "PUT": {
        const { object: stored, isNew, context } = replace(registry, type, path.namespace, path.name, "", request);
        return object(request, isNew ? 201 : 200, stored, type, context.warnings);
      }
      case "PATCH": {
        const { object: stored, isNew, context } = patch(registry, type, path.namespace, path.name, "", request);
        return object(request, isNew ? 201 : 200, stored, type, context.warnings);
      }
      case "DELETE":
        return remove(type, path, request);
      default:
        throw methodNotAllowed();
    }
  }

  function collection(type: ResourceType, path: ResourcePath, request: ApiRequest): ApiAnswer {
    if (type.namespaced && path.namespace === undefined && request.method !== "GET" && request.method !== "HEAD") {
      // Without a namespace, a namespaced collection can only be read; upstream has no such route.
      throw methodNotAllowed();
    }
    switch (request.method) {
      case "GET":
      case "HEAD": {
        if (isWatch(request)) return watch(type, path, request);
        const wanted = negotiate(request.headers["accept"]);
        const result = list(registry, type, path.namespace, request.query);
        if (wanted.as === "Table") return text(200, table(type, result.items, request, result.metadata), wanted, []);
        if (wanted.as !== undefined) {
          const items = result.items.map((item) => metadataOnly(item, true));
          return text(200, { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata: result.metadata, items }, wanted, []);
        }
        return text(200, listDocument(type, result), wanted, []);
      }
      case "POST": {
        const { object: stored, context } = create(registry, type, path.namespace, request);
        return object(request, 201, stored, type, context.warnings);
      }
      case "DELETE": {
        const selection = selectionOf(type, request.query, "");
        const context = writeContext(request);
        const given = deleteOptionsOf(request, context);
        const items = deleteEach(type, registry.store.list(type.storage, type.namespaced ? path.namespace : undefined).filter(selection), given, context);
        return text(200, listDocument(type, { items, metadata: { resourceVersion: String(registry.store.revision) } }), negotiate(request.headers["accept"]), context.warnings);
      }
      default:
        throw methodNotAllowed();
    }
  }

  /** Where some have to wait for webhooks, all that have to wait together; what is deleted meanwhile is remembered for the answer. */
  function deleteEach(type: ResourceType, objects: readonly KubeObject[], given: DeleteOptions, context: RequestContext): KubeObject[] {
    const done = (context.decision?.done ?? new Map()) as Map<string, KubeObject>;
    let pending: WebhookPending | undefined;
    for (const { metadata } of objects) {
      const key = metadata.uid!;
      if (done.has(key)) continue;
      try {
        done.set(key, registry.delete(type, metadata.namespace, metadata.name, given, context).object);
      } catch (error) {
        if (!(error instanceof WebhookPending)) throw error;
        pending = error;
      }
    }
    if (pending !== undefined) throw pending;
    return [...done.values()];
  }

  function subresource(type: ResourceType, path: ResourcePath, request: ApiRequest): ApiAnswer {
    const served = type.subresources.get(path.subresource);
    if (served === undefined) {
      // A custom resource's paths are made by its definition: what it does not say is looked for as an object.
      if (type.custom !== undefined) throw notFound(type, path.name);
      throw noSuchResource();
    }
    if (isConnect(path)) return connect({ registry, pods: options.pods }, type, path, request);
    const handler = subresourceHandler(type.plural, path.subresource);
    if (handler !== undefined) {
      const answer = handler({ registry, identities: options.identities, pods: options.pods }, type, path.namespace, path.name, request);
      return "headers" in answer ? answer : object(request, answer.code, answer.object as KubeObject, undefined, []);
    }
    switch (request.method) {
      case "GET":
        return object(request, 200, registry.get(type, path.namespace, path.name), type, []);
      case "PUT": {
        const { object: stored, context } = replace(registry, type, path.namespace, path.name, path.subresource, request);
        return object(request, 200, stored, type, context.warnings);
      }
      case "PATCH": {
        const { object: stored, context } = patch(registry, type, path.namespace, path.name, path.subresource, request);
        return object(request, 200, stored, type, context.warnings);
      }
      default:
        throw methodNotAllowed();
    }
  }

  function remove(type: ResourceType, path: ResourcePath, request: ApiRequest): ApiAnswer {
    const context = writeContext(request);
    const { object: last, isGone } = registry.delete(type, path.namespace, path.name, deleteOptionsOf(request, context), context);
    if (!isGone || RETURNS_DELETED.has(type.storage)) return object(request, 200, last, type, context.warnings);
    const details = { name: path.name, ...(type.group ? { group: type.group } : {}), kind: type.plural, uid: last.metadata.uid };
    return text(200, success(details), negotiate(request.headers["accept"], []), context.warnings);
  }

  function reviewOf(type: ResourceType, path: ResourcePath, request: ApiRequest): ApiAnswer {
    const handler = subresourceHandler(type.plural, "");
    if (request.method === "GET" && type.verbs.includes("list")) return text(200, { kind: type.listKind, apiVersion: apiVersionOf(type), metadata: {}, items: [] }, negotiate(request.headers["accept"]), []);
    if (request.method !== "POST") throw methodNotAllowed();
    if (handler !== undefined) {
      const answer = handler({ registry, identities: options.identities, pods: options.pods }, registry.typeOf("pods"), path.namespace, path.name, request);
      return "headers" in answer ? answer : object(request, answer.code, answer.object as KubeObject, undefined, []);
    }
    const body = decodeAny(request);
    body.kind ||= type.kind;
    body.apiVersion ||= apiVersionOf(type);
    const answer = review(type.kind, body, { registry, identities: options.identities, user: request.user, namespace: path.namespace });
    if (answer === undefined) throw badRequest(`${type.kind} cannot be created here`);
    negotiate(request.headers["accept"], []);
    return object(request, 201, answer as KubeObject, undefined, []);
  }

  function watch(type: ResourceType, path: ResourcePath, request: ApiRequest): ApiAnswer {
    const wanted = negotiate(request.headers["accept"]);
    const stream = openWatch(registry, {
      type,
      namespace: path.namespace,
      name: path.name,
      query: request.query,
      encode: (each, isFirst) => {
        if (wanted.as === "Table") return JSON.stringify(table(type, [each], request, { resourceVersion: each.metadata.resourceVersion! }, !isFirst));
        if (wanted.as !== undefined) return JSON.stringify(metadataOnly(each, true));
        return encoded(each);
      },
    });
    return { code: 200, headers: { "content-type": "application/json;stream=watch" }, stream };
  }

  function table(type: ResourceType, items: readonly KubeObject[], request: ApiRequest, metadata: object, isHeaderless = false): object {
    const includeObject = request.query.get("includeObject") || "Metadata";
    if (!["None", "Metadata", "Object"].includes(includeObject)) throw badRequest(`unrecognized includeObject value: "${includeObject}"`);
    const made = tableFor(type, items, { nowMs: registry.clock.now(), includeObject: includeObject as "None" | "Metadata" | "Object" });
    return { ...made, metadata, ...(isHeaderless ? { columnDefinitions: null } : {}) };
  }

  function object(request: ApiRequest, code: number, value: KubeObject, type: ResourceType | undefined, warnings: readonly string[]): ApiAnswer {
    const wanted = negotiate(request.headers["accept"]);
    if (type !== undefined && wanted.as === "Table") return text(code, table(type, [value], request, { resourceVersion: value.metadata.resourceVersion }), wanted, warnings);
    if (type !== undefined && wanted.as === "PartialObjectMetadata") return text(code, metadataOnly(value, true), wanted, warnings);
    return text(code, value, wanted, warnings);
  }

  /** A group that nobody serves is a path like any other; one that is served knows its resources. */
  function noResource(group: string): ApiAnswer {
    if (registry.types.all().some((type) => type.group === group && type.custom === undefined)) throw noSuchResource();
    return unknownPath();
  }

  function discovery(document: object | undefined): ApiAnswer {
    return document === undefined ? unknownPath() : json(200, document);
  }

  function aggregated(isCore: boolean): ApiAnswer {
    return {
      code: 200,
      headers: { "content-type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" },
      body: JSON.stringify(aggregatedDiscoveryDocument(registry.types, extraGroups, isCore)),
    };
  }

  function mayOtherPath(request: ApiRequest): void {
    const verb = request.method === "GET" || request.method === "HEAD" ? "get" : request.method.toLowerCase();
    const attributes = { user: request.user, verb, resource: "", subresource: "", group: "", namespace: undefined, name: "", path: request.path };
    if (authorize(registry.store, attributes).allowed) return;
    throw new ApiError(403, "Forbidden", `forbidden: ${refusal(attributes)}`, {});
  }

  function rootPaths(): string[] {
    const paths = new Set(["/.well-known/openid-configuration", "/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]);
    for (const type of registry.types.all()) {
      if (type.group === "") paths.add(`/api/${type.version}`);
      else paths.add(`/apis/${type.group}`).add(`/apis/${type.group}/${type.version}`);
    }
    return [...paths].sort();
  }

  function metricsText(): string {
    const lines = ["# HELP apiserver_storage_objects Number of stored objects at the time of last check split by kind.", "# TYPE apiserver_storage_objects gauge"];
    for (const name of registry.store.types()) lines.push(`apiserver_storage_objects{resource="${name.includes("/") ? name.split("/").reverse().join(".") : name}"} ${registry.store.count(name)}`);
    return `${lines.join("\n")}\n`;
  }
}

/** Reads by their method that admission is asked about all the same. */
const CONNECT_PATH = /\/(exec|attach|portforward|proxy)(\/|$)/;

/** The discovery verb that a request needs, where it is not the request's own. */
const NEEDED: Readonly<Record<string, string>> = { get: "get", list: "list", watch: "watch", create: "create", update: "update", patch: "patch", delete: "delete", deletecollection: "deletecollection" };

function checkVersion(request: ApiRequest): void {
  const problem = versionProblem(request.query.get("resourceVersion") ?? "");
  if (problem !== undefined) throw bareError(problem);
}

/** Kinds whose delete answers with the object even when it is gone (`ReturnDeletedObject`). */
const RETURNS_DELETED: ReadonlySet<string> = new Set(["pods", "services", "persistentvolumes", "persistentvolumeclaims", "serviceaccounts", "podtemplates", "resourcequotas", "replicationcontrollers", "storage.k8s.io/storageclasses", "storage.k8s.io/volumeattachments", "storage.k8s.io/csinodes", "storage.k8s.io/csidrivers"]);

function verbOf(path: ResourcePath, request: ApiRequest): string {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return isWatch(request) ? "watch" : path.name === "" ? "list" : "get";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return path.name === "" ? "deletecollection" : "delete";
    default:
      return request.method.toLowerCase();
  }
}

function isWatch(request: ApiRequest): boolean {
  const watch = request.query.get("watch");
  return watch === "true" || watch === "1" || /^\/(api|apis\/[^/]+)\/[^/]+\/watch\//.test(request.path);
}

function wantsAggregated(request: ApiRequest): boolean {
  return parseAccept(request.headers["accept"]).some(({ parameters }) => parameters["as"] === "APIGroupDiscoveryList" && parameters["g"] === "apidiscovery.k8s.io" && parameters["v"] === "v2");
}

/** Objects are immutable once stored, so their text is worth keeping for the next watcher. */
const texts = new WeakMap<KubeObject, string>();

function encoded(object: KubeObject): string {
  let found = texts.get(object);
  if (found === undefined) {
    found = JSON.stringify(object);
    texts.set(object, found);
  }
  return found;
}

function metadataOnly(object: KubeObject, isTyped: boolean): object {
  return { ...(isTyped ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" } : {}), metadata: object.metadata };
}

function text(code: number, value: object, wanted: Wanted, warnings: readonly string[]): ApiAnswer {
  if (wanted.format === "yaml") return { code, headers: { "content-type": "application/yaml" }, warnings, body: stringify(value, { version: "1.1", lineWidth: 0 }) };
  // A watcher may have been told of this very object, and then its text is there.
  return { code, headers: { "content-type": "application/json" }, warnings, body: `${texts.get(value as KubeObject) ?? JSON.stringify(value)}\n` };
}

function json(code: number, value: object, headers: Record<string, string> = {}, isPretty = false): ApiAnswer {
  return { code, headers: { "content-type": "application/json", ...headers }, body: isPretty ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n` };
}

/** What upstream's mux says to a path that nothing serves. */
function unknownPath(): ApiAnswer {
  return { code: 404, headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" }, body: "404 page not found\n" };
}

function health(name: string, checks: readonly string[], request: ApiRequest): ApiAnswer {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const all = ["ping", "log", "etcd", "informer-sync", "poststarthook/start-apiextensions-controllers", "poststarthook/crd-informer-synced", "poststarthook/rbac/bootstrap-roles", "poststarthook/scheduling/bootstrap-system-priority-classes"];
  if (checks.length > 0) return all.includes(checks.join("/")) ? { code: 200, headers, body: "ok" } : unknownPath();
  if (request.query.has("verbose")) return { code: 200, headers, body: `${all.map((check) => `[+]${check} ok`).join("\n")}\n${name} check passed\n` };
  return { code: 200, headers, body: "ok" };
}

/** What `/readyz` says while etcd cannot answer (`healthz.go`). */
function unhealthy(name: string): ApiAnswer {
  return { code: 500, headers: { "content-type": "text/plain; charset=utf-8" }, body: `[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n${name} check failed\n` };
}

function versionDocument(version: VersionInfo): object {
  return {
    major: version.major,
    minor: version.minor,
    emulationMajor: version.major,
    emulationMinor: version.minor,
    minCompatibilityMajor: version.major,
    minCompatibilityMinor: String(Number(version.minor) - 1),
    gitVersion: version.gitVersion,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "kubernest",
    platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
  };
}


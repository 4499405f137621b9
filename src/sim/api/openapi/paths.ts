/** The paths of a resource and their operations: what clients look up kinds, verbs and query parameters in. */
import type { JsonObject } from "../../../objects/kube-object.ts";
import type { GroupVersionKind } from "../../../objects/schema/type-schema.ts";

export interface PathType {
  group: string;
  version: string;
  kind: string;
  listKind?: string;
  plural: string;
  namespaced: boolean;
  verbs: readonly string[];
  /** Present for custom resources. */
  custom?: object;
  subresources: Iterable<{ name: string; kind: GroupVersionKind; verbs: readonly string[] }>;
}

/** A reference to the schema of a kind; undefined for kinds that have none (options of a connection). */
export type SchemaOfKind = (kind: GroupVersionKind) => JsonObject | undefined;

const query = (name: string, type = "string"): JsonObject => ({ name, in: "query", schema: { type, uniqueItems: true } });
const inPath = (name: string, description: string): JsonObject => ({ name, in: "path", description, required: true, schema: { type: "string", uniqueItems: true } });

const PRETTY = query("pretty");
const WRITE = [query("dryRun"), query("fieldManager"), query("fieldValidation")];
const LIST = [
  query("allowWatchBookmarks", "boolean"), query("continue"), query("fieldSelector"), query("labelSelector"), query("limit", "integer"), query("resourceVersion"),
  query("resourceVersionMatch"), query("sendInitialEvents", "boolean"), query("timeoutSeconds", "integer"), query("watch", "boolean"),
];
const DELETE = [query("dryRun"), query("gracePeriodSeconds", "integer"), query("orphanDependents", "boolean"), query("propagationPolicy")];
const JSON_TYPES = ["application/json", "application/yaml"];
/** kubectl reads here which patches it may send: custom resources take no strategic ones. */
const CUSTOM_PATCH_TYPES = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
const PATCH_TYPES = [...CUSTOM_PATCH_TYPES, "application/strategic-merge-patch+json"];

interface Verb {
  method: string;
  /** The first word of the operation's id, and upstream's `x-kubernetes-action`. */
  id: string;
  action: string;
  parameters: JsonObject[];
  body?: readonly string[];
  answer: "object" | "list" | "status";
}

const VERBS: Readonly<Record<string, Verb>> = {
  get: { method: "get", id: "read", action: "get", parameters: [], answer: "object" },
  list: { method: "get", id: "list", action: "list", parameters: LIST, answer: "list" },
  create: { method: "post", id: "create", action: "post", parameters: WRITE, body: ["*/*"], answer: "object" },
  update: { method: "put", id: "replace", action: "put", parameters: WRITE, body: ["*/*"], answer: "object" },
  patch: { method: "patch", id: "patch", action: "patch", parameters: [...WRITE, query("force", "boolean")], body: PATCH_TYPES, answer: "object" },
  delete: { method: "delete", id: "delete", action: "delete", parameters: DELETE, body: ["*/*"], answer: "status" },
  deletecollection: { method: "delete", id: "deleteCollection", action: "deletecollection", parameters: [...DELETE, ...LIST.slice(0, -2)], body: ["*/*"], answer: "status" },
};

const COLLECTION_VERBS = ["list", "create", "deletecollection"];
const ITEM_VERBS = ["get", "update", "patch", "delete"];

export function basePath(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** All paths of a resource; those with several verbs have one operation each. */
export function resourcePaths(type: PathType, schemaOfKind: SchemaOfKind): JsonObject {
  const base = basePath(type.group, type.version);
  const scope = type.namespaced ? `${base}/namespaces/{namespace}` : base;
  const namespace = type.namespaced ? [inPath("namespace", "object name and auth scope, such as for teams and projects")] : [];
  const kind: GroupVersionKind = { group: type.group, version: type.version, kind: type.kind };
  const listKind: GroupVersionKind = { ...kind, kind: type.listKind ?? `${type.kind}List` };
  const paths: JsonObject = {};
  const add = (path: string, verbs: readonly string[], served: readonly string[], options: { kind: GroupVersionKind; parameters: JsonObject[]; suffix: string }): void => {
    const item: JsonObject = {};
    for (const verb of verbs) if (served.includes(verb)) item[VERBS[verb]!.method] = operation(type, VERBS[verb]!, listKind, options, schemaOfKind);
    if (Object.keys(item).length > 0) paths[path] = { ...item, parameters: [...options.parameters, PRETTY] };
  };
  const named = [inPath("name", `name of the ${type.kind}`), ...namespace];
  add(`${scope}/${type.plural}`, COLLECTION_VERBS, type.verbs, { kind, parameters: namespace, suffix: "" });
  if (type.namespaced) add(`${base}/${type.plural}`, ["list"], type.verbs, { kind, parameters: [], suffix: "ForAllNamespaces" });
  add(`${scope}/${type.plural}/{name}`, ITEM_VERBS, type.verbs, { kind, parameters: named, suffix: "" });
  for (const sub of type.subresources) {
    add(`${scope}/${type.plural}/{name}/${sub.name}`, [...ITEM_VERBS, "create"], sub.verbs, { kind: sub.kind, parameters: named, suffix: capital(sub.name) });
  }
  return paths;
}

function operation(type: PathType, verb: Verb, listKind: GroupVersionKind, { kind, suffix }: { kind: GroupVersionKind; suffix: string }, schemaOfKind: SchemaOfKind): JsonObject {
  const scope = type.namespaced && suffix !== "ForAllNamespaces" ? "Namespaced" : "";
  const status: GroupVersionKind = { group: "", version: "v1", kind: "Status" };
  const answer = schemaOfKind(verb.answer === "object" ? kind : verb.answer === "list" ? listKind : status);
  const input = verb.answer === "status" ? schemaOfKind({ group: "", version: "v1", kind: "DeleteOptions" }) : verb.method === "patch" ? schemaOfKind({ group: "meta", version: "v1", kind: "Patch" }) : answer;
  const media = verb.body === PATCH_TYPES && type.custom !== undefined ? CUSTOM_PATCH_TYPES : (verb.body ?? []);
  return {
    tags: [`${groupWord(type.group).replace(/^./, (first) => first.toLowerCase())}_${type.version}`],
    operationId: `${verb.id}${groupWord(type.group)}${capital(type.version)}${verb.id === "deleteCollection" ? "Collection" : ""}${scope}${type.kind}${suffix}`.replace("deleteCollection", "delete"),
    ...(verb.parameters.length > 0 ? { parameters: verb.parameters } : {}),
    ...(media.length > 0 && input ? { requestBody: { content: Object.fromEntries(media.map((one) => [one, { schema: input }])) } } : {}),
    responses: {
      "200": { description: "OK", ...(answer ? { content: Object.fromEntries(JSON_TYPES.map((one) => [one, { schema: answer }])) } : {}) },
      "401": { description: "Unauthorized" },
    },
    "x-kubernetes-action": verb.action,
    "x-kubernetes-group-version-kind": { ...kind },
  };
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `Core`, `Apps`, `RbacAuthorization`: how operation ids name a group. */
function groupWord(group: string): string {
  if (group === "") return "Core";
  return group.replace(/\.k8s\.io$/, "").split(/[.-]/).map(capital).join("");
}

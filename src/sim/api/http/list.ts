/** Listing: selectors, pages, and the resourceVersion rules of `limit`, `continue` and `resourceVersionMatch`. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { convertTo } from "../registry/conversion.ts";
import { labelMatcher, labelsOf, parseFieldSelector, parseLabelSelector, SelectorInvalid } from "../registry/labels.ts";
import type { Registry } from "../registry/registry.ts";
import { fieldMatcher } from "../registry/selectable-fields.ts";
import { apiVersionOf, type ResourceType } from "../resource-types.ts";
import { ApiError, badRequest, invalid } from "../status.ts";

/** Whether the stored object is one the client asked for. */
export type Selection = (object: KubeObject) => boolean;

export function selectionOf(type: ResourceType, query: URLSearchParams, name: string): Selection {
  const tests: Selection[] = [];
  const labels = query.get("labelSelector");
  const fields = query.get("fieldSelector");
  try {
    if (labels) {
      const matches = labelMatcher(parseLabelSelector(labels));
      tests.push((object) => matches(labelsOf(object)));
    }
    if (fields) tests.push(fieldMatcher(type, parseFieldSelector(fields)));
  } catch (error) {
    if (error instanceof SelectorInvalid) throw badRequest(error.message);
    throw error;
  }
  if (name !== "") tests.push((object) => object.metadata.name === name);
  if (tests.length === 0) return () => true;
  return (object) => tests.every((test) => test(object));
}

interface ContinueToken {
  v: "meta.k8s.io/v1";
  rv: number;
  start: string;
}

export interface ListResult {
  items: KubeObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

export function list(registry: Registry, type: ResourceType, namespace: string | undefined, query: URLSearchParams): ListResult {
  const selection = selectionOf(type, query, "");
  const limit = Math.max(0, integer(query.get("limit")));
  const token = query.get("continue") || undefined;
  const resourceVersion = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  checkVersionOptions(resourceVersion, match, token);
  const { store } = registry;
  let from: ContinueToken | undefined;
  if (token !== undefined) {
    from = decodeContinue(token);
    if (from.rv >= 0 && from.rv < store.compactedRevision) {
      // The rest is given as it is now, under a token that says so, as upstream's inconsistent continuation does.
      const status = new ApiError(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.");
      // A negative version asks for the present, from this key on.
      status.status.metadata = { continue: encodeContinue({ ...from, rv: -1 }) };
      throw status;
    }
  } else if (resourceVersion !== "" && resourceVersion !== "0") {
    const wanted = Number(resourceVersion);
    if (wanted > store.revision) throw tooLarge(wanted, store.revision);
    if (match === "Exact" && wanted < store.compactedRevision) throw new ApiError(410, "Expired", "The resourceVersion for the provided list is too old.");
  }
  const revision = (from !== undefined && from.rv < 0 ? store.revision : from?.rv) ?? (match === "Exact" ? Number(resourceVersion) : store.revision);
  const all = objectsAt(registry, type, namespace, revision);
  const start = from === undefined ? 0 : all.findIndex(({ key }) => key >= from.start);
  const items: KubeObject[] = [];
  let index = start < 0 ? all.length : start;
  for (; index < all.length; index++) {
    const { object } = all[index]!;
    if (!selection(object)) continue;
    if (limit > 0 && items.length === limit) break;
    items.push(convertTo(type, object));
  }
  const metadata: ListResult["metadata"] = { resourceVersion: String(revision) };
  if (index < all.length) {
    metadata.continue = encodeContinue({ v: "meta.k8s.io/v1", rv: revision, start: all[index]!.key });
    // Counting what is left is only cheap, and only told, without selectors.
    if (!query.get("labelSelector") && !query.get("fieldSelector")) metadata.remainingItemCount = all.length - index;
  }
  return { items, metadata };
}

/** The collection as it was at a revision: the present one, with later changes undone. */
function objectsAt(registry: Registry, type: ResourceType, namespace: string | undefined, revision: number): { key: string; object: KubeObject }[] {
  const { store } = registry;
  const present = store.list(type.storage, type.namespaced ? namespace : undefined);
  const entries = present.map((object) => ({ key: object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name, object }));
  if (revision >= store.revision) return entries;
  const changes = store.since(revision, type.storage) ?? [];
  if (changes.length === 0) return entries;
  const byKey = new Map(entries.map(({ key, object }) => [key, object]));
  for (const change of [...changes].reverse()) {
    if (namespace !== undefined && (change.object.metadata.namespace ?? "") !== namespace) continue;
    if (change.previous === undefined) byKey.delete(change.key);
    else byKey.set(change.key, change.previous);
  }
  return [...byKey].map(([key, object]) => ({ key, object })).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Go's ParseInt, with its message. */
export function integer(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text);
}

/** `resourceVersion: Invalid value: "x": …`: what every reader says of a version that is no number. */
export function versionProblem(text: string): string | undefined {
  return text === "" || /^\d+$/.test(text) ? undefined : `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
}

function checkVersionOptions(resourceVersion: string, match: string, token: string | undefined): void {
  const fail = (type: "FieldValueForbidden" | "FieldValueNotSupported", body: string): never => {
    throw invalid("ListOptions", "meta.k8s.io", "", [{ type, field: "resourceVersionMatch", body }]);
  };
  if (match !== "") {
    if (token !== undefined) fail("FieldValueForbidden", "Forbidden: resourceVersionMatch is forbidden when continue is provided");
    if (resourceVersion === "") fail("FieldValueForbidden", "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (match !== "Exact" && match !== "NotOlderThan") fail("FieldValueNotSupported", `Unsupported value: "${match}": supported values: "Exact", "NotOlderThan", ""`);
    if (match === "Exact" && resourceVersion === "0") fail("FieldValueForbidden", 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (token !== undefined && resourceVersion !== "" && resourceVersion !== "0") throw badRequest("specifying resource version is not allowed when using continue");
  const problem = versionProblem(resourceVersion);
  if (problem !== undefined) throw badRequest(`invalid resource version: ${problem}`);
}

export function tooLarge(wanted: number, current: number): ApiError {
  return new ApiError(504, "Timeout", `Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function decodeContinue(text: string): ContinueToken {
  const decoded = Buffer.from(text, "base64url");
  try {
    const token = JSON.parse(decoded.toString("utf8")) as Partial<ContinueToken>;
    if (token.v === "meta.k8s.io/v1" && typeof token.rv === "number" && typeof token.start === "string") return token as ContinueToken;
  } catch {
    // Go names the first byte it cannot read.
    const first = decoded[0] ?? 0;
    const shown = first < 0x20 || first >= 0x7f ? `\\u${first.toString(16).padStart(4, "0")}` : String.fromCharCode(first);
    throw badRequest(`invalid continue token: continue key is not valid: invalid character '${shown}' looking for beginning of value`);
  }
  throw badRequest("invalid continue token: continue key is not valid: server does not recognize this encoded version");
}

/** A list as the API writes it. */
export function listDocument(type: ResourceType, result: ListResult): object {
  return { kind: type.listKind, apiVersion: apiVersionOf(type), metadata: result.metadata, items: result.items.map((item) => (type.custom === undefined ? withoutType(item) : item)) };
}

/** Items of a built-in list carry neither kind nor apiVersion. */
function withoutType(object: KubeObject): object {
  const { kind: _k, apiVersion: _a, ...rest } = object;
  return rest;
}

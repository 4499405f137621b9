/** Watching: from a version or from the present, with bookmarks, for as long as the client listens. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { convertTo } from "../registry/conversion.ts";
import type { Registry } from "../registry/registry.ts";
import type { Change } from "../../store/store.ts";
import { apiVersionOf, type ResourceType } from "../resource-types.ts";
import { badRequest, bareError, type FieldError, gone, invalid } from "../status.ts";
import type { Sink } from "./exchange.ts";
import { type Selection, selectionOf, versionProblem } from "./list.ts";

/** How an object of an event is written: as itself, as a Table row, as metadata only. */
export type EncodeObject = (object: KubeObject, isFirst: boolean) => string;

/** Once a minute the client hears how far it is, if it asked for that (upstream: about every minute, plus jitter). */
const BOOKMARK_PERIOD_MS = 60_000;
/** Without `timeoutSeconds` the server ends a watch after 30 to 60 minutes (`--min-request-timeout`). */
const TIMEOUT_MS_MIN = 1_800_000;

export interface WatchRequest {
  type: ResourceType;
  namespace: string | undefined;
  name: string;
  query: URLSearchParams;
  encode: EncodeObject;
}

/** Checks the request, then returns what writes the stream. Throws before anything is sent. */
export function openWatch(registry: Registry, request: WatchRequest): (sink: Sink) => void {
  const { type, namespace, query } = request;
  const { store, clock } = registry;
  const selection = selectionOf(type, query, request.name);
  const asked = query.get("resourceVersion") ?? "";
  const problem = versionProblem(asked);
  if (problem !== undefined) throw bareError(problem);
  const wantsBookmarks = query.get("allowWatchBookmarks") === "true" || query.get("allowWatchBookmarks") === "1";
  const initial = query.get("sendInitialEvents");
  checkInitialEvents(initial, query.get("resourceVersionMatch") ?? "", wantsBookmarks);
  const sendsInitial = initial === "true" || (initial === null && (asked === "" || asked === "0"));
  const timeoutMs = Number(query.get("timeoutSeconds") ?? 0) * 1000 || TIMEOUT_MS_MIN + registry.random.below(TIMEOUT_MS_MIN);

  return (sink) => {
    let isFirst = true;
    const send = (eventType: string, object: KubeObject): void => {
      sink.write(`{"type":"${eventType}","object":${request.encode(object, isFirst)}}\n`);
      isFirst = false;
    };
    const isHere = (object: KubeObject): boolean => !type.namespaced || namespace === undefined || object.metadata.namespace === namespace;
    const tell = (change: Change): void => {
      if (!isHere(change.object)) return;
      const event = eventFor(change, selection);
      if (event !== undefined) send(event.type, convertTo(type, event.object));
    };
    let from = store.revision;
    if (sendsInitial) {
      for (const object of store.list(type.storage, type.namespaced ? namespace : undefined)) if (selection(object)) send("ADDED", convertTo(type, object));
      if (initial === "true" && wantsBookmarks) sink.write(bookmark(type, store.revision, true));
    } else if (asked !== "" && asked !== "0") {
      from = Number(asked);
      const missed = store.since(from, type.storage);
      if (missed === undefined) {
        const status = gone(`too old resource version: ${asked} (${store.compactedRevision})`).status;
        sink.write(`{"type":"ERROR","object":${JSON.stringify(status)}}\n`);
        sink.end();
        return;
      }
      for (const change of missed) tell(change);
    }
    const stops = [
      // A watch from a version that is yet to come hears only what is later.
      store.listen(type.storage, (change) => {
        if (change.revision > from) tell(change);
      }),
    ];
    let stopTimer = clock.after(timeoutMs, () => sink.end());
    stops.push(() => stopTimer());
    if (wantsBookmarks) {
      const tick = (): void => {
        sink.write(bookmark(type, store.revision, false));
        stopBookmark = clock.after(BOOKMARK_PERIOD_MS, tick);
      };
      let stopBookmark = clock.after(BOOKMARK_PERIOD_MS, tick);
      stops.push(() => stopBookmark());
    }
    sink.onClose(() => {
      for (const stop of stops) stop();
      stopTimer = () => undefined;
    });
  };
}

/** A change as this client sees it: an object that leaves its selection is deleted for it, one that enters is added. */
function eventFor(change: Change, selection: Selection): { type: string; object: KubeObject } | undefined {
  const { previous, object } = change;
  const wasSeen = previous !== undefined && selection(previous);
  if (change.kind === "delete") {
    // The last state may no longer match; what the client knew is what goes.
    return wasSeen || selection(object) ? { type: "DELETED", object } : undefined;
  }
  const isSeen = selection(object);
  if (isSeen) return { type: wasSeen ? "MODIFIED" : "ADDED", object };
  // The client last saw the previous state, under the revision of the change that took it away.
  if (wasSeen) return { type: "DELETED", object: { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion! } } };
  return undefined;
}

function bookmark(type: ResourceType, revision: number, isInitialEnd: boolean): string {
  const annotations = isInitialEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  return `${JSON.stringify({ type: "BOOKMARK", object: { kind: type.kind, apiVersion: apiVersionOf(type), metadata: { resourceVersion: String(revision), creationTimestamp: null, ...annotations } } })}\n`;
}

function checkInitialEvents(initial: string | null, match: string, wantsBookmarks: boolean): void {
  const errors: FieldError[] = [];
  if (initial === null) {
    if (match !== "") errors.push({ type: "FieldValueForbidden", field: "resourceVersionMatch", body: "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided" });
  } else {
    if (initial !== "true" && initial !== "false") throw badRequest(`strconv.ParseBool: parsing "${initial}": invalid syntax`);
    if (match !== "NotOlderThan") errors.push({ type: "FieldValueForbidden", field: "resourceVersionMatch", body: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan" });
    if (match !== "" && match !== "NotOlderThan") errors.push({ type: "FieldValueNotSupported", field: "resourceVersionMatch", body: `Unsupported value: "${match}": supported values: "NotOlderThan"` });
    if (errors.length === 0 && initial === "true" && !wantsBookmarks) errors.push({ type: "FieldValueForbidden", field: "allowWatchBookmarks", body: "Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true" });
  }
  if (errors.length > 0) throw invalid("ListOptions", "meta.k8s.io", "", errors);
}

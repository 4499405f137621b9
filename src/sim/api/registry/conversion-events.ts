/** `v1` Event and `events.k8s.io/v1` Event are one stored object with other field names (`pkg/apis/events/v1/conversion.go`). */
import type { KubeObject } from "../../../objects/kube-object.ts";

const RENAMED: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

/** Written in a core event even when empty, and not here. */
const OMITTED_WHEN_EMPTY = ["reportingController", "reportingInstance"];

export function eventToEvents(object: KubeObject): KubeObject {
  const event = rename(object, (pair) => pair[0], (pair) => pair[1]);
  for (const field of OMITTED_WHEN_EMPTY) if (event[field] === "") delete event[field];
  return event;
}

export function eventToCore(object: KubeObject): KubeObject {
  return rename(object, (pair) => pair[1], (pair) => pair[0]);
}

function rename(object: KubeObject, from: (pair: readonly [string, string]) => string, to: (pair: readonly [string, string]) => string): KubeObject {
  const names = new Map(RENAMED.map((pair) => [from(pair), to(pair)]));
  const renamed: KubeObject = { apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata };
  for (const [field, value] of Object.entries(object)) {
    if (field === "apiVersion" || field === "kind" || field === "metadata") continue;
    renamed[names.get(field) ?? field] = value;
  }
  return renamed;
}

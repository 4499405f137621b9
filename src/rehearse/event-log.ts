/**
 * What happened in the embedded cluster, a line per write: simulated time, revision, what was done to which object, and the little that tells
 * why. The same file and seed give the same lines, to the byte, in virtual time: keys and certificates are random, and stay out.
 */
import { fnv32a } from "../lib/fnv32.ts";
import { stableJson } from "../lib/json.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { Change, Store } from "../sim/store/store.ts";

/** Tells `write` of every change from now on; the returned function stops it. `sinceMs`: when the times begin. */
export function recordEvents(store: Store, clock: { now(): number }, sinceMs: number, write: (line: string) => void): () => void {
  return store.listen(undefined, (change) => {
    if (!UNTOLD.has(change.type)) write(eventLine(change, clock.now() - sinceMs));
  });
}

/** A heartbeat every few seconds of every machine tells nothing. */
const UNTOLD = new Set(["coordination.k8s.io/leases"]);
const HASH_LENGTH = 8;
/** Types that carry keys or certificates. */
const WITH_RANDOM_CONTENT = new Set(["secrets", "certificates.k8s.io/certificatesigningrequests", "admissionregistration.k8s.io/validatingwebhookconfigurations", "admissionregistration.k8s.io/mutatingwebhookconfigurations", "apiregistration.k8s.io/apiservices", "apiextensions.k8s.io/customresourcedefinitions"]);
const ROOT_CERTIFICATE = "kube-root-ca.crt";

export function eventLine(change: Change, sinceMs: number): string {
  const done = change.kind === "delete" ? "deleted" : change.previous === undefined ? "created" : "changed";
  const isRandom = WITH_RANDOM_CONTENT.has(change.type) || change.object.metadata.name === ROOT_CERTIFICATE;
  const content = isRandom ? "-".repeat(HASH_LENGTH) : fnv32a(stableJson(change.object)).toString(16).padStart(HASH_LENGTH, "0");
  return `${(sinceMs / 1000).toFixed(3).padStart(9)} ${String(change.revision).padStart(6)} ${content} ${done} ${change.type} ${change.key}${meaning(change.type, change.object)}`;
}

interface Condition {
  type: string;
  status: string;
}

function meaning(type: string, object: KubeObject): string {
  switch (type) {
    case "events":
      return `: ${String(object["reason"])}: ${String(object["message"])}`.replaceAll("\n", " ");
    case "pods": {
      const { nodeName } = object["spec"] as { nodeName?: string };
      const { phase, conditions } = (object["status"] ?? {}) as { phase?: string; conditions?: Condition[] };
      const isReady = conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
      return `: ${phase ?? "new"}${nodeName ? ` on ${nodeName}` : ""}${isReady ? ", ready" : ""}`;
    }
    case "nodes": {
      const ready = (object["status"]?.conditions as Condition[] | undefined)?.find((condition) => condition.type === "Ready");
      return ready === undefined ? "" : `: Ready ${ready.status}`;
    }
    default:
      return "";
  }
}

/** Empties a namespace that is being deleted, pods first, then lets it go (`pkg/controller/namespace`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { rfc3339, parseRfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient, TypeName } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import { withCondition } from "../conditions.ts";
import { isPodFinished } from "../pod-state.ts";
import type { Reconciler } from "../reconciler.ts";
import type { Condition, Pod } from "../shapes.ts";

const FINALIZER = "kubernetes";
/** Upstream waits for this long before it looks, so that every API server has seen the deletion (`namespaceDeletionGracePeriod`). */
const GRACE_MS = 5_000;
/** How long an object with a finalizer may take (`finalizerEstimateSeconds`). */
const FINALIZER_ESTIMATE_SECONDS = 15;

/** In upstream's order; without trouble they say so. */
const CONDITIONS = [
  { type: "NamespaceDeletionDiscoveryFailure", reason: "ResourcesDiscovered", message: "All resources successfully discovered" },
  { type: "NamespaceDeletionGroupVersionParsingFailure", reason: "ParsedGroupVersions", message: "All legacy kube types successfully parsed" },
  { type: "NamespaceDeletionContentFailure", reason: "ContentDeleted", message: "All content successfully deleted, may be waiting on finalization" },
  { type: "NamespaceContentRemaining", reason: "ContentRemoved", message: "All content successfully removed" },
  { type: "NamespaceFinalizersRemaining", reason: "ContentHasNoFinalizers", message: "All content-preserving finalizers finished" },
] as const;

interface Remaining {
  byType: Map<TypeName, number>;
  byFinalizer: Map<string, number>;
  errors: string[];
}

export const namespaceController: Reconciler = {
  name: "namespace-controller",
  watches: [],
  start({ client }, enqueue) {
    return client.watch("namespaces", ({ type, object, previous }) => {
      const isNews = previous?.metadata.deletionTimestamp === undefined;
      if (type !== "DELETED" && object.metadata.deletionTimestamp !== undefined && isNews) enqueue(object.metadata.name, GRACE_MS);
    });
  },
  sync(name, { client, clock }) {
    const namespace = client.get("namespaces", undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const finalizers: string[] = namespace.spec?.finalizers ?? [];
    if (!finalizers.includes(FINALIZER)) return;
    const nowMs = clock.now();
    const remaining: Remaining = { byType: new Map(), byFinalizer: new Map(), errors: [] };
    const graceSeconds = podGraceSeconds(client, name, (parseRfc3339(namespace.metadata.deletionTimestamp) ?? nowMs), nowMs);
    empty(client, "pods", name, remaining);
    // Pods go before what they use: a pod that stops may still need its Secrets (ordered deletion, since 1.33).
    if (remaining.byType.size === 0) for (const type of client.types()) if (type !== "pods") empty(client, type, name, remaining);
    writeConditions(client, namespace, remaining, rfc3339(nowMs));
    if (remaining.byType.size > 0) {
      const estimate = Math.max(remaining.byFinalizer.size > 0 ? FINALIZER_ESTIMATE_SECONDS : 0, graceSeconds);
      return (Math.floor(estimate / 2) + 1) * 1000;
    }
    client.patch("namespaces", undefined, name, { spec: { finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER) } }, "finalize");
  },
};

function empty(client: SimClient, type: TypeName, namespace: string, remaining: Remaining): void {
  for (const { metadata } of client.list(type, { namespace })) {
    try {
      client.delete(type, namespace, metadata.name, { propagationPolicy: "Background" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason !== "NotFound" && error.reason !== "MethodNotAllowed") remaining.errors.push(error.message);
    }
  }
  const left = client.list(type, { namespace });
  if (left.length > 0) remaining.byType.set(type, left.length);
  for (const { metadata } of left) {
    for (const finalizer of metadata.finalizers ?? []) remaining.byFinalizer.set(finalizer, (remaining.byFinalizer.get(finalizer) ?? 0) + 1);
  }
}

/** The longest grace among running pods, until that time has passed since the deletion. */
function podGraceSeconds(client: SimClient, namespace: string, deletedMs: number, nowMs: number): number {
  let seconds = 0;
  for (const pod of client.list<Pod>("pods", { namespace })) {
    if (!isPodFinished(pod)) seconds = Math.max(seconds, Number(pod.spec["terminationGracePeriodSeconds"] ?? 30));
  }
  return nowMs - deletedMs >= seconds * 1000 ? 0 : seconds;
}

/** `deployments.apps has 2 resource instances`; the core group leaves an empty one, as upstream prints it. */
function contentText(byType: ReadonlyMap<TypeName, number>): string {
  const lines = [...byType].map(([type, count]) => {
    const slash = type.indexOf("/");
    const [group, plural] = slash < 0 ? ["", type] : [type.slice(0, slash), type.slice(slash + 1)];
    return `${plural}.${group} has ${count} resource instances`;
  });
  return `Some resources are remaining: ${lines.sort().join(", ")}`;
}

function writeConditions(client: SimClient, namespace: KubeObject, { byType, byFinalizer, errors }: Remaining, now: string): void {
  const trouble: Record<string, { reason: string; message: string } | undefined> = {
    NamespaceDeletionContentFailure:
      errors.length > 0 ? { reason: "ContentDeletionFailed", message: `Failed to delete all resource types, ${errors.length} remaining: ${errors.sort().join(", ")}` } : undefined,
    NamespaceContentRemaining: byType.size > 0 ? { reason: "SomeResourcesRemain", message: contentText(byType) } : undefined,
    NamespaceFinalizersRemaining:
      byFinalizer.size > 0
        ? {
            reason: "SomeFinalizersRemain",
            message: `Some content in the namespace has finalizers remaining: ${[...byFinalizer].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort().join(", ")}`,
          }
        : undefined,
  };
  let conditions: Condition[] = namespace.status?.conditions ?? [];
  for (const { type, reason, message } of CONDITIONS) {
    const found = trouble[type];
    conditions = withCondition(conditions, found ? { type, status: "True", ...found } : { type, status: "False", reason, message }, now);
  }
  if (!semanticEqual(conditions, namespace.status?.conditions)) client.updateStatus("namespaces", { ...namespace, status: { ...namespace.status, conditions } });
}

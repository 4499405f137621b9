/** What a delete does to an object: gone at once, marked and waiting (finalizers, a pod's grace), or nothing new. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { DeleteOptions, TypeName } from "../client.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

/** Kinds that by default leave their dependents behind (`OrphanDependents` of the strategies that still say so). */
const ORPHANING: ReadonlySet<TypeName> = new Set(["replicationcontrollers", "batch/jobs"]);

export interface DeletionDecision {
  object: KubeObject;
  isGone: boolean;
}

export function decideDeletion(type: TypeName, old: KubeObject, options: DeleteOptions, nowMs: number): DeletionDecision {
  const finalizers = nextFinalizers(type, old, options);
  const graceSeconds = graceOf(type, old, options);
  const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  if (deletionTimestamp !== undefined) {
    // A second delete may only shorten the grace that is left.
    const shortened = graceSeconds < (deletionGracePeriodSeconds ?? 0);
    const sameFinalizers = finalizers.length === (old.metadata.finalizers ?? []).length;
    if (!shortened && sameFinalizers) return { object: old, isGone: false };
    const startMs = Date.parse(deletionTimestamp) - (deletionGracePeriodSeconds ?? 0) * 1000;
    const metadata = {
      ...old.metadata,
      ...(shortened ? { deletionTimestamp: rfc3339(startMs + graceSeconds * 1000), deletionGracePeriodSeconds: graceSeconds } : {}),
    };
    return settle({ ...old, metadata: withFinalizers(metadata, finalizers) });
  }
  const metadata = {
    ...withFinalizers(old.metadata, finalizers),
    deletionTimestamp: rfc3339(nowMs + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
    // Marking a pod or anything that lives on changes what is wanted of it (`BeforeDelete` raises the generation).
    ...(old.metadata.generation ? { generation: old.metadata.generation + 1 } : {}),
  };
  const marked: KubeObject = { ...old, metadata };
  if (type === "namespaces") {
    marked["status"] = { ...(old["status"] ?? {}), phase: "Terminating" };
    if (((old["spec"]?.finalizers as string[] | undefined) ?? []).length > 0) return { object: marked, isGone: false };
  }
  const decision = settle(marked);
  if (!decision.isGone) return decision;
  // What goes at once leaves without a deletion mark, but for pods: their strategy is the graceful one even at no grace.
  if (type === "pods") return decision;
  return { object: { ...old, metadata: withFinalizers(old.metadata, finalizers) }, isGone: true };
}

/** An update that removed the last reason to stay. */
export function isReadyToGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  if (object.kind === "Namespace" && object.apiVersion === "v1") return ((object["spec"]?.finalizers as string[] | undefined) ?? []).length === 0;
  return (deletionGracePeriodSeconds ?? 0) === 0;
}

function settle(object: KubeObject): DeletionDecision {
  return { object, isGone: isReadyToGo(object) };
}

function withFinalizers(metadata: KubeObject["metadata"], finalizers: readonly string[]): KubeObject["metadata"] {
  const { finalizers: _, ...rest } = metadata;
  return finalizers.length > 0 ? { ...rest, finalizers: [...finalizers] } : rest;
}

function nextFinalizers(type: TypeName, old: KubeObject, options: DeleteOptions): string[] {
  const kept = (old.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  switch (options.propagationPolicy) {
    case "Foreground":
      return [...kept, FOREGROUND];
    case "Orphan":
      return [...kept, ORPHAN];
    case "Background":
      return kept;
    case undefined:
      break;
  }
  // Without a policy, a finalizer that is there already decides, then the kind's default.
  if (old.metadata.finalizers?.includes(ORPHAN)) return [...kept, ORPHAN];
  if (old.metadata.finalizers?.includes(FOREGROUND)) return [...kept, FOREGROUND];
  return ORPHANING.has(type) ? [...kept, ORPHAN] : kept;
}

/** Seconds. Only pods stop gracefully; one that was never bound to a node, or has ended, goes at once (`pod/strategy.go` CheckGracefulDelete). */
function graceOf(type: TypeName, old: KubeObject, options: DeleteOptions): number {
  if (type !== "pods") return 0;
  const spec = old["spec"] as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = old["status"]?.phase as string | undefined;
  let seconds = options.gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  if (!spec?.nodeName || phase === "Failed" || phase === "Succeeded") seconds = 0;
  return Math.max(0, seconds);
}

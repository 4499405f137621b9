/** Kinds of the platform whose controllers only report back: accepted, reconciled, ready. As a table; the words are those of each project. */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { TypeName } from "../../api/client.ts";
import { withCondition } from "../conditions.ts";
import type { Reconciler } from "../reconciler.ts";
import type { Condition } from "../shapes.ts";
import { isOperatorRunning, OPERATOR_RETRY_MS, watchServed } from "./operator.ts";

interface ReadyKind {
  type: TypeName;
  /** Labels of the controller's pods. */
  by: Readonly<Record<string, string>>;
  /** From seen to ready. */
  afterMs: number;
  conditions(object: KubeObject): readonly Omit<Condition, "lastTransitionTime">[];
  status?(object: KubeObject, now: string): Record<string, unknown>;
}

const ready = (reason: string, message: string): Omit<Condition, "lastTransitionTime"> => ({ type: "Ready", status: "True", reason, message });
const flux = (component: string): Record<string, string> => ({ app: component });
const revisionOf = ({ spec }: KubeObject): string => `${spec?.ref?.tag ?? spec?.ref?.branch ?? "main"}@sha1:${"0".repeat(40)}`;

const FLUX_SOURCE = "source.toolkit.fluxcd.io";

export const READY_KINDS: readonly ReadyKind[] = [
  { type: `${FLUX_SOURCE}/gitrepositories`, by: flux("source-controller"), afterMs: 3_000, conditions: (object) => [ready("Succeeded", `stored artifact for revision '${revisionOf(object)}'`)], status: (object) => ({ artifact: { revision: revisionOf(object) } }) },
  { type: `${FLUX_SOURCE}/ocirepositories`, by: flux("source-controller"), afterMs: 3_000, conditions: () => [ready("Succeeded", "stored artifact")] },
  { type: `${FLUX_SOURCE}/helmrepositories`, by: flux("source-controller"), afterMs: 2_000, conditions: () => [ready("Succeeded", "stored artifact: revision")] },
  { type: "kustomize.toolkit.fluxcd.io/kustomizations", by: flux("kustomize-controller"), afterMs: 5_000, conditions: () => [ready("ReconciliationSucceeded", `Applied revision: main@sha1:${"0".repeat(40)}`)] },
  { type: "helm.toolkit.fluxcd.io/helmreleases", by: flux("helm-controller"), afterMs: 10_000, conditions: ({ metadata }) => [ready("InstallSucceeded", `Helm install succeeded for release ${metadata.namespace}/${metadata.name}.v1`)] },
  { type: "notification.toolkit.fluxcd.io/receivers", by: flux("notification-controller"), afterMs: 1_000, conditions: () => [ready("Succeeded", "Receiver initialized")] },
  {
    type: "argoproj.io/applications",
    by: { "app.kubernetes.io/name": "argocd-application-controller" },
    afterMs: 5_000,
    conditions: () => [],
    status: ({ spec }, now) => ({ sync: { status: "Synced", revision: spec?.source?.targetRevision ?? "HEAD" }, health: { status: "Healthy" }, reconciledAt: now }),
  },
  { type: "piraeus.io/linstorclusters", by: { "app.kubernetes.io/component": "piraeus-operator" }, afterMs: 10_000, conditions: () => [{ type: "Applied", status: "True", reason: "AsExpected", message: "Resources applied" }, { type: "Available", status: "True", reason: "AsExpected", message: "Controller available" }, { type: "Configured", status: "True", reason: "AsExpected", message: "Cluster configured" }] },
  { type: "ceph.rook.io/cephclusters", by: { app: "rook-ceph-operator" }, afterMs: 60_000, conditions: () => [{ ...ready("ClusterCreated", "Cluster created successfully") }], status: () => ({ phase: "Ready", state: "Created", message: "Cluster created successfully", ceph: { health: "HEALTH_OK" } }) },
  { type: "ceph.rook.io/cephblockpools", by: { app: "rook-ceph-operator" }, afterMs: 20_000, conditions: () => [], status: () => ({ phase: "Ready" }) },
  { type: "gateway.networking.k8s.io/gatewayclasses", by: { "app.kubernetes.io/name": "traefik" }, afterMs: 1_000, conditions: () => [{ type: "Accepted", status: "True", reason: "Handled", message: "Handled by Traefik controller" }] },
];

/** Objects are Ready once their controller runs and has had its time; a new generation is looked at again. */
export function readyKindsController(): Reconciler {
  const byType = new Map(READY_KINDS.map((kind) => [kind.type, kind]));
  const dueAt = new Map<string, number>();
  return {
    name: "platform-ready-kinds",
    watches: [],
    start({ client, clock }, enqueue) {
      const stops = READY_KINDS.map(({ type }) =>
        watchServed(client, [type], (act) => void clock.after(0, act), ({ type: change, object }) => {
          if (change !== "DELETED") enqueue(`${type}|${object.metadata.namespace ?? ""}|${object.metadata.name}`);
        }),
      );
      return () => stops.forEach((stop) => stop());
    },
    sync(key, { client, clock }) {
      const [type = "", namespace = "", name = ""] = key.split("|");
      const kind = byType.get(type);
      const object = kind !== undefined && client.serves(type) ? client.get(type, namespace || undefined, name) : undefined;
      if (kind === undefined || object === undefined || object.metadata.deletionTimestamp !== undefined) return void dueAt.delete(key);
      const observed: unknown = object["status"]?.observedGeneration;
      if (observed === object.metadata.generation && observed !== undefined) return;
      if (!isOperatorRunning(client, kind.by)) return { upkeepMs: OPERATOR_RETRY_MS };
      const nowMs = clock.now();
      const atMs = dueAt.get(key) ?? nowMs + kind.afterMs;
      dueAt.set(key, atMs);
      if (atMs > nowMs) return atMs - nowMs;
      dueAt.delete(key);
      const now = rfc3339(nowMs);
      let conditions: Condition[] = object["status"]?.conditions ?? [];
      for (const condition of kind.conditions(object)) conditions = withCondition(conditions, { ...condition, observedGeneration: object.metadata.generation ?? 0 }, now);
      const status = { ...object["status"], ...kind.status?.(object, now), ...(conditions.length > 0 ? { conditions } : {}), observedGeneration: object.metadata.generation };
      if (!semanticEqual(status, object["status"])) client.updateStatus(type, { ...object, status });
    },
  };
}

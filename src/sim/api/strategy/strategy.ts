/** What the API itself writes into an object of a built-in kind before it is validated: status apart from spec, generations, generated selectors. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { equalJson } from "../../../lib/json.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { generateJobSelector } from "./job.ts";
import { KIND_STRATEGIES, type KindStrategy } from "./kinds.ts";
import { keepAllButResources, preparePodForCreate } from "./pod.ts";
import { prepareServiceForCreate, prepareServiceForUpdate } from "./service.ts";

export { hasStatusSubresource } from "./kinds.ts";

export interface StrategyContext {
  /** RFC 3339 with whole seconds; the object's creation time where it is not given. */
  now?: string;
  /** Who writes; certificate signing requests carry it. */
  user?: { name: string; uid?: string; groups?: readonly string[]; extra?: Readonly<Record<string, readonly string[]>> };
}

const DAEMON_SET_GENERATION = "deprecated.daemonset.template.generation";
const FINALIZER_KUBERNETES = "kubernetes";

function keyOf(object: KubeObject): string {
  const slash = object.apiVersion.indexOf("/");
  return `${slash < 0 ? "" : object.apiVersion.slice(0, slash)}/${object.kind}`;
}

/** Call after defaulting, with name, uid and creation time set. Changes the object in place. */
export function prepareForCreate(object: KubeObject, context: StrategyContext = {}): void {
  const key = keyOf(object);
  const strategy = KIND_STRATEGIES[key] ?? {};
  const loose: Loose = object;
  // A node brings its own status: kubelets register with it.
  if (strategy.hasStatus && key !== "/Node") loose.status = EMPTY_STATUS[key] ? { ...EMPTY_STATUS[key] } : {};
  if (strategy.generation) object.metadata.generation = 1;
  PREPARE_CREATE[key]?.(loose, context);
}

/** The status that a kind starts with where Go prints more than `{}`. */
const EMPTY_STATUS: Readonly<Record<string, Loose>> = {
  "/Service": { loadBalancer: {} },
  "/Namespace": { phase: "Active" },
  "/PersistentVolume": { phase: "Pending" },
  "/PersistentVolumeClaim": { phase: "Pending" },
  "/ReplicationController": { replicas: 0 },
  "apps/ReplicaSet": { replicas: 0 },
  "apps/StatefulSet": { replicas: 0, availableReplicas: 0 },
  "apps/DaemonSet": { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  "autoscaling/HorizontalPodAutoscaler": { desiredReplicas: 0, currentMetrics: null },
  "policy/PodDisruptionBudget": { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  "networking.k8s.io/Ingress": { loadBalancer: {} },
  "storage.k8s.io/VolumeAttachment": { attached: false },
};

const PREPARE_CREATE: Readonly<Record<string, (object: Loose, context: StrategyContext) => void>> = {
  "/Pod": preparePodForCreate,
  "/Service": prepareServiceForCreate,
  "batch/Job": generateJobSelector,
  "/Namespace": (object) => {
    const spec: Loose = (object.spec ??= {});
    if (!spec.finalizers?.includes(FINALIZER_KUBERNETES)) spec.finalizers = [...(spec.finalizers ?? []), FINALIZER_KUBERNETES];
  },
  "/PersistentVolume": (object, context) => {
    const now = context.now ?? object.metadata.creationTimestamp;
    if (now) object.status.lastPhaseTransitionTime = now;
  },
  "/PersistentVolumeClaim": (object) => {
    dropForeignDataSource(object.spec ?? {});
    normalizeDataSources(object.spec ?? {});
  },
  "apps/DaemonSet": (object) => {
    const wanted = Number(object.metadata.annotations?.[DAEMON_SET_GENERATION] ?? 1);
    object.metadata.annotations = { ...object.metadata.annotations, [DAEMON_SET_GENERATION]: String(wanted >= 1 ? wanted : 1) };
  },
  "certificates.k8s.io/CertificateSigningRequest": (object, context) => {
    const spec: Loose = (object.spec ??= {});
    for (const field of ["username", "uid", "groups", "extra"]) delete spec[field];
    if (!context.user) return;
    spec.username = context.user.name;
    if (context.user.uid) spec.uid = context.user.uid;
    if (context.user.groups?.length) spec.groups = [...context.user.groups];
    if (context.user.extra) spec.extra = context.user.extra;
  },
  "apiextensions.k8s.io/CustomResourceDefinition": (object) => {
    object.status = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null };
    rememberStoredVersion(object);
  },
};

/**
 * Call after defaulting. `subresource` is "" for the main resource. Changes `next` in place, never `old`; what it keeps from `old` is shared with it.
 */
export function prepareForUpdate(next: KubeObject, old: KubeObject, subresource = "", context: StrategyContext = {}): void {
  const key = keyOf(next);
  const strategy = KIND_STRATEGIES[key] ?? {};
  keep(next.metadata as unknown as Loose, old.metadata as unknown as Loose, "generation");
  if (subresource === "status" && strategy.hasStatus) {
    keepAllButStatus(next, old);
    STATUS_UPDATE[key]?.(next, old, context);
    return;
  }
  if (subresource === "" || subresource === "scale") {
    if (strategy.hasStatus) keep(next, old, "status");
    MAIN_UPDATE[key]?.(next, old, context);
  } else SUBRESOURCE_UPDATE[`${key}/${subresource}`]?.(next, old, context);
  if (isChanged(next, old, key, strategy)) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function keep(next: Loose, old: Loose, field: string): void {
  if (old[field] === undefined) delete next[field];
  else next[field] = old[field];
}

function keepAllButStatus(next: Loose, old: Loose): void {
  if ("spec" in next || "spec" in old) keep(next, old, "spec");
}

function isChanged(next: Loose, old: Loose, key: string, strategy: KindStrategy): boolean {
  if (!strategy.generation || strategy.generation === "once") return false;
  if (key === "apps/Deployment" && !equalJson(next.metadata.annotations ?? {}, old.metadata.annotations ?? {})) return true;
  if (key === "discovery.k8s.io/EndpointSlice" && !equalJson(next.metadata.labels ?? {}, old.metadata.labels ?? {})) return true;
  const fields = strategy.generation === "spec" ? ["spec"] : strategy.generation;
  return fields.some((field) => !equalJson(next[field], old[field]));
}

type Update = (next: Loose, old: Loose, context: StrategyContext) => void;

const MAIN_UPDATE: Readonly<Record<string, Update>> = {
  "/Service": prepareServiceForUpdate,
  "/Namespace": (next, old) => {
    next.spec = { ...next.spec };
    keep(next.spec, old.spec ?? {}, "finalizers");
  },
  "/Secret": (next, old) => {
    next.type ||= old.type;
  },
  "/PersistentVolumeClaim": (next, old) => {
    if (!old.spec?.dataSource && !old.spec?.dataSourceRef) dropForeignDataSource(next.spec ?? {});
    normalizeDataSources(next.spec ?? {});
  },
  "apps/DaemonSet": (next, old) => {
    const before = Number(old.metadata.annotations?.[DAEMON_SET_GENERATION] ?? 1);
    const now = equalJson(next.spec?.template, old.spec?.template) ? before : before + 1;
    next.metadata.annotations = { ...next.metadata.annotations, [DAEMON_SET_GENERATION]: String(now) };
  },
  "certificates.k8s.io/CertificateSigningRequest": (next, old) => {
    next.spec = old.spec;
  },
  "apiextensions.k8s.io/CustomResourceDefinition": rememberStoredVersion,
};

const STATUS_UPDATE: Readonly<Record<string, Update>> = {
  "/Pod": (next, old) => {
    keep(next.metadata, old.metadata, "ownerReferences");
    keep(next.metadata, old.metadata, "deletionTimestamp");
    if (next.status && !next.status.qosClass && old.status?.qosClass) next.status.qosClass = old.status.qosClass;
  },
  "apps/Deployment": (next, old) => keep(next.metadata, old.metadata, "labels"),
  "/PersistentVolume": (next, old, context) => {
    const status: Loose = (next.status ??= {});
    const before: Loose = old.status ?? {};
    if (before.phase === status.phase) status.lastPhaseTransitionTime ??= before.lastPhaseTransitionTime;
    else if (context.now && (!status.lastPhaseTransitionTime || status.lastPhaseTransitionTime === before.lastPhaseTransitionTime)) {
      status.lastPhaseTransitionTime = context.now;
    }
    if (status.lastPhaseTransitionTime === undefined) delete status.lastPhaseTransitionTime;
  },
  "certificates.k8s.io/CertificateSigningRequest": stampConditions,
};

const SUBRESOURCE_UPDATE: Readonly<Record<string, Update>> = {
  "/Pod/resize": (next, old) => {
    keepAllButResources(next, old);
    for (const field of ["labels", "annotations", "finalizers", "ownerReferences", "deletionTimestamp"]) keep(next.metadata, old.metadata, field);
  },
  "/Pod/ephemeralcontainers": (next, old) => {
    const wanted = next.spec?.ephemeralContainers;
    next.spec = { ...old.spec };
    if (wanted === undefined) delete next.spec.ephemeralContainers;
    else next.spec.ephemeralContainers = wanted;
    next.status = old.status;
    for (const field of ["labels", "annotations", "finalizers", "ownerReferences", "deletionTimestamp"]) keep(next.metadata, old.metadata, field);
  },
  "/Namespace/finalize": (next, old) => keep(next, old, "status"),
  "certificates.k8s.io/CertificateSigningRequest/approval": (next, old, context) => {
    stampConditions(next, old, context);
    const conditions = next.status?.conditions;
    next.spec = old.spec;
    next.status = { ...old.status, ...(conditions ? { conditions } : {}) };
  },
};

function stampConditions(next: Loose, old: Loose, context: StrategyContext): void {
  for (const condition of items(next.status?.conditions)) {
    if (!context.now) return;
    condition.lastUpdateTime ||= context.now;
    if (condition.lastTransitionTime) continue;
    const before = items(old.status?.conditions).find((other) => other.type === condition.type && other.status === condition.status);
    condition.lastTransitionTime = before?.lastTransitionTime ?? context.now;
  }
}

/** Older clients may only name claims and snapshots; anything else they name is silently ignored. */
function dropForeignDataSource(spec: Loose): void {
  if (!spec.dataSource || spec.dataSourceRef) return;
  const { apiGroup = "", kind } = spec.dataSource;
  const isKnown = (kind === "PersistentVolumeClaim" && apiGroup === "") || (kind === "VolumeSnapshot" && apiGroup === "snapshot.storage.k8s.io");
  if (!isKnown) delete spec.dataSource;
}

/** `dataSource` and `dataSourceRef` say the same thing unless the reference crosses namespaces. */
function normalizeDataSources(spec: Loose): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) spec.dataSource = { ...spec.dataSourceRef };
}

function rememberStoredVersion(object: Loose): void {
  const stored = items(object.spec?.versions).find((version) => version.storage === true);
  const versions: string[] = object.status?.storedVersions ?? [];
  if (stored && !versions.includes(stored.name)) object.status = { ...object.status, storedVersions: [...versions, stored.name] };
}

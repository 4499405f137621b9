/**
 * CloudNativePG on simulated pods: instances one after the other, a new primary when the old one is no longer ready, and a status that follows.
 * What it decides by is what the operator sees: pods and claims. The data in them is not simulated.
 */
import { semanticEqual } from "../../../../lib/deep-equal.ts";
import { parseRfc3339, rfc3339 } from "../../../../lib/rfc3339.ts";
import { ApiError } from "../../../api/status.ts";
import { withCondition } from "../../conditions.ts";
import { ownerKeys } from "../../controller-ref.ts";
import { isPodFinished, isPodReady, isTerminating } from "../../pod-state.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../../reconciler.ts";
import type { Claim, Condition, Pod } from "../../shapes.ts";
import { ensure, isOperatorRunning, OPERATOR_RETRY_MS, watchServed } from "../operator.ts";
import { appSecret, budgetsFor, claimFor, podFor, serviceAccountFor, servicesFor } from "./instance.ts";
import { CLUSTERS, INSTANCE_LABEL, PHASES, ROLE_LABEL, serialOf, type PostgresCluster } from "./postgres-cluster.ts";

const COMPONENT = "cloudnative-pg";
const OPERATOR = { "app.kubernetes.io/name": "cloudnative-pg" };
/** From the choice of a new primary until it has stopped the WAL receivers and promoted itself; an estimate. */
export const PROMOTION_MS = 5_000;

interface Round {
  context: ControllerContext;
  cluster: PostgresCluster;
  pods: Pod[];
  claims: Claim[];
  status: NonNullable<PostgresCluster["status"]>;
  againMs: number | undefined;
}

export function cloudNativePgController(): Reconciler {
  return {
    name: COMPONENT,
    watches: [
      { type: "pods", keys: ({ object, previous }) => ownerKeys("Cluster", object, previous) },
      { type: "persistentvolumeclaims", keys: ({ object, previous }) => ownerKeys("Cluster", object, previous) },
    ],
    start: ({ client, clock }, enqueue) =>
      watchServed(client, [CLUSTERS], (act) => void clock.after(0, act), ({ type, object }) => {
        if (type !== "DELETED") enqueue(`${object.metadata.namespace}/${object.metadata.name}`);
      }),
    sync(key, context) {
      const { client } = context;
      const { namespace, name } = splitKey(key);
      const cluster = client.serves(CLUSTERS) ? client.get<PostgresCluster>(CLUSTERS, namespace, name) : undefined;
      if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined) return;
      if (!isOperatorRunning(client, OPERATOR)) return { upkeepMs: OPERATOR_RETRY_MS };
      const bySerial = (a: Pod | Claim, b: Pod | Claim): number => serialOf(a.metadata.name) - serialOf(b.metadata.name);
      const uid = cluster.metadata.uid ?? "";
      const round: Round = {
        context,
        cluster,
        pods: [...client.controlledBy<Pod>("pods", uid)].sort(bySerial),
        claims: [...client.controlledBy<Claim>("persistentvolumeclaims", uid)].filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(bySerial),
        status: { ...cluster.status },
        againMs: undefined,
      };
      ensureSurroundings(round);
      electPrimary(round);
      ensureInstances(round);
      writeStatus(round);
      return round.againMs;
    },
  };
}

function tell({ context, cluster }: Round, type: "Normal" | "Warning", reason: string, message: string): void {
  context.client.event(cluster, { type, reason, message, component: COMPONENT });
}

function ensureSurroundings({ context, cluster }: Round): void {
  const { client, random } = context;
  const { namespace, name } = cluster.metadata;
  ensure(client, "serviceaccounts", serviceAccountFor(cluster));
  for (const service of servicesFor(cluster)) ensure(client, "services", service);
  // Drawn only when needed, so that every look does not use up chance.
  if (client.get("secrets", namespace, `${name}-app`) === undefined) client.create("secrets", appSecret(cluster, random));
  const wanted = budgetsFor(cluster);
  for (const budget of wanted) {
    const found = ensure(client, "policy/poddisruptionbudgets", budget);
    if (!semanticEqual(found["spec"].minAvailable, budget["spec"].minAvailable)) client.patch("policy/poddisruptionbudgets", namespace, budget.metadata.name, { spec: { minAvailable: budget["spec"].minAvailable } });
  }
}

const isUsable = (pod: Pod): boolean => !isTerminating(pod) && isPodReady(pod);

/** The primary is what the status says; when it is not ready and another instance is, that one takes over. */
function electPrimary(round: Round): void {
  const { status, pods, context } = round;
  const nowMs = context.clock.now();
  const { currentPrimary, targetPrimary } = status;
  if (currentPrimary === undefined) return;
  if (targetPrimary !== undefined && targetPrimary !== currentPrimary) return promote(round, targetPrimary, nowMs);
  const primary = pods.find(({ metadata }) => metadata.name === currentPrimary);
  if (primary !== undefined && isUsable(primary)) {
    delete status.currentPrimaryFailingSinceTimestamp;
    return;
  }
  const delayMs = (round.cluster.spec.failoverDelay ?? 0) * 1000;
  status.currentPrimaryFailingSinceTimestamp ??= rfc3339(nowMs);
  const failingMs = nowMs - (parseRfc3339(status.currentPrimaryFailingSinceTimestamp) ?? nowMs);
  if (failingMs < delayMs) {
    round.againMs = delayMs - failingMs;
    return;
  }
  const heir = pods.find((pod) => pod.metadata.name !== currentPrimary && isUsable(pod));
  if (heir === undefined) return;
  status.targetPrimary = heir.metadata.name;
  status.targetPrimaryTimestamp = rfc3339(nowMs);
  status.phase = PHASES.failover;
  status.phaseReason = `Failing over from ${currentPrimary} to ${heir.metadata.name}`;
  tell(round, "Warning", "FailingOver", `Current primary isn't healthy, initiating a failover from ${currentPrimary}`);
  tell(round, "Normal", "FailoverTarget", `Failing over from ${currentPrimary} to ${heir.metadata.name}`);
  round.againMs = PROMOTION_MS;
}

function promote(round: Round, target: string, nowMs: number): void {
  const { status } = round;
  const leftMs = (parseRfc3339(status.targetPrimaryTimestamp) ?? nowMs) + PROMOTION_MS - nowMs;
  const pod = round.pods.find(({ metadata }) => metadata.name === target);
  if (pod === undefined || !isUsable(pod)) {
    // The heir fell too: the election starts over.
    status.targetPrimary = status.currentPrimary!;
    round.againMs = 0;
    return;
  }
  if (leftMs > 0) {
    round.againMs = leftMs;
    return;
  }
  status.currentPrimary = target;
  status.currentPrimaryTimestamp = rfc3339(nowMs);
  status.timelineID = (status.timelineID ?? 1) + 1;
  delete status.currentPrimaryFailingSinceTimestamp;
}

/** Roles on pods, missing pods for claims, the next instance when all are ready, one fewer when there are too many. */
function ensureInstances(round: Round): void {
  const { context, cluster, status, pods, claims } = round;
  const { client } = context;
  const { namespace, name } = cluster.metadata;
  for (const pod of pods) {
    const role = pod.metadata.name === status.currentPrimary ? "primary" : "replica";
    if (isPodFinished(pod) && !isTerminating(pod)) tolerate(() => client.delete("pods", namespace, pod.metadata.name));
    else if (pod.metadata.labels?.[ROLE_LABEL] !== role) tolerate(() => client.patch("pods", namespace, pod.metadata.name, { metadata: { labels: { [ROLE_LABEL]: role, role } } }));
  }
  const wanted = cluster.spec.instances;
  const nextSerial = Math.max(status.latestGeneratedNode ?? 0, ...claims.map(({ metadata }) => serialOf(metadata.name))) + 1;
  // An instance whose claim is gone has no data: it goes, and a new one takes its place.
  for (const pod of pods) {
    const hasClaim = claims.some(({ metadata }) => metadata.name === pod.metadata.name);
    if (!hasClaim && !isTerminating(pod)) tolerate(() => client.delete("pods", namespace, pod.metadata.name));
  }
  const missing = claims.find(({ metadata }) => !pods.some((pod) => pod.metadata.name === metadata.name));
  if (missing !== undefined && claims.length <= wanted) return startInstance(round, missing.metadata.name);
  if (claims.length === 0) {
    const first = `${name}-${nextSerial}`;
    Object.assign(status, { phase: PHASES.firstPrimary, phaseReason: `Creating primary instance ${first}`, currentPrimary: first, targetPrimary: first, latestGeneratedNode: nextSerial, timelineID: 1, currentPrimaryTimestamp: rfc3339(context.clock.now()), targetPrimaryTimestamp: rfc3339(context.clock.now()) });
    tell(round, "Normal", "CreatingInstance", "Primary instance (initdb)");
    client.create("persistentvolumeclaims", claimFor(cluster, first));
    return startInstance(round, first);
  }
  const areAllReady = pods.length === claims.length && pods.every(isUsable);
  if (claims.length < wanted && areAllReady) {
    const next = `${name}-${nextSerial}`;
    Object.assign(status, { phase: PHASES.newReplica, phaseReason: `Creating replica ${next}`, latestGeneratedNode: nextSerial });
    tell(round, "Normal", "CreatingInstance", `Creating instance ${next}`);
    client.create("persistentvolumeclaims", claimFor(cluster, next));
    return startInstance(round, next);
  }
  if (claims.length > wanted) shrink(round);
}

function startInstance(round: Round, instance: string): void {
  const { cluster, context, status } = round;
  if (round.pods.some(({ metadata }) => metadata.name === instance)) return;
  const role = instance === status.currentPrimary ? "primary" : "replica";
  try {
    round.pods.push(context.client.create<Pod>("pods", podFor(cluster, instance, role)));
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
  }
}

function shrink(round: Round): void {
  const { context, cluster, status, claims } = round;
  const victim = [...claims].reverse().find(({ metadata }) => metadata.name !== status.currentPrimary);
  if (victim === undefined) return;
  const { namespace } = cluster.metadata;
  const { name } = victim.metadata;
  tell(round, "Normal", "ScaleDown", `Scaling down: removing instance ${name}`);
  tolerate(() => context.client.delete("pods", namespace, name));
  tolerate(() => context.client.delete("persistentvolumeclaims", namespace, name));
}

function tolerate(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError && ["NotFound", "Conflict"].includes(error.reason))) throw error;
  }
}

function writeStatus(round: Round): void {
  const { context, cluster, status, pods } = round;
  const { client, clock } = context;
  const { namespace, name } = cluster.metadata;
  const claims = client.controlledBy<Claim>("persistentvolumeclaims", cluster.metadata.uid ?? "").filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const usable = pods.filter(isUsable);
  const isFailingOver = status.currentPrimary !== status.targetPrimary;
  const isHealthy = usable.length === cluster.spec.instances && claims.length === cluster.spec.instances && !isFailingOver;
  if (isHealthy) Object.assign(status, { phase: PHASES.healthy, phaseReason: "" });
  else if (!isFailingOver && status.phase !== PHASES.firstPrimary && status.phase !== PHASES.newReplica) {
    const failing = pods.filter((pod) => !isUsable(pod)).map(({ metadata }) => metadata.name);
    Object.assign(status, { phase: PHASES.waiting, phaseReason: failing.length > 0 ? `Some instances are not yet active: ${failing.join(", ")}` : "Some instances are not yet active. Please wait." });
  }
  const byState: Record<string, string[]> = {};
  for (const pod of pods) {
    const state = isUsable(pod) ? "healthy" : pod.status?.phase === "Failed" ? "failed" : "replicating";
    byState[state] = [...(byState[state] ?? []), pod.metadata.name];
  }
  const names = claims.map(({ metadata }) => metadata.labels?.[INSTANCE_LABEL] ?? metadata.name).sort((a, b) => serialOf(a) - serialOf(b));
  const running = names.filter((instance) => pods.some(({ metadata }) => metadata.name === instance));
  Object.assign(status, {
    instances: claims.length,
    readyInstances: usable.length,
    instanceNames: names,
    instancesStatus: byState,
    pvcCount: claims.length,
    healthyPVC: running,
    danglingPVC: names.filter((instance) => !running.includes(instance)),
    image: cluster.spec.imageName,
    readService: `${name}-r`,
    writeService: `${name}-rw`,
  });
  if (status.readyInstances === 0) delete status.readyInstances;
  if (status.danglingPVC?.length === 0) delete status.danglingPVC;
  const condition: Condition = isHealthy
    ? { type: "Ready", status: "True", reason: "ClusterIsReady", message: "Cluster is Ready" }
    : { type: "Ready", status: "False", reason: "ClusterIsNotReady", message: "Cluster Is Not Ready" };
  status.conditions = withCondition(status.conditions, condition, rfc3339(clock.now()));
  const current = client.get<PostgresCluster>(CLUSTERS, namespace, name);
  if (current !== undefined && !semanticEqual(status, current.status)) client.updateStatus<PostgresCluster>(CLUSTERS, { ...current, status });
}

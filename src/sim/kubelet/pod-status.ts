/** A pod's status from what the kubelet knows: pure, in upstream's order and words (kubelet `kubelet_pods.go`, `status/generate.go`). */
import { rfc3339 } from "../../lib/rfc3339.ts";
import type { ContainerRecord, Termination } from "./container-record.ts";
import { isRunning } from "./container-record.ts";
import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from "./pod.ts";
import { isRestartableInit } from "./pod.ts";

export interface PodFacts {
  pod: Pod;
  init: readonly ContainerRecord[];
  apps: readonly ContainerRecord[];
  ephemeral: readonly ContainerRecord[];
  hasSandbox: boolean;
  podIps: readonly string[];
  hostIps: readonly string[];
  startMs: number | undefined;
  /** Nothing will be started any more. */
  isTerminal: boolean;
  /** Set where something other than the containers ended the pod. */
  failure: { reason: string; message: string; isDisruption?: boolean } | undefined;
  /** The status before, whose foreign parts and times are kept. */
  before: PodStatus | undefined;
  nowMs: number;
}

/** Conditions that the kubelet writes; the others are left as they are. */
const OWN_CONDITIONS = new Set(["PodScheduled", "Ready", "Initialized", "ContainersReady", "PodReadyToStartContainers"]);

type Phase = NonNullable<PodStatus["phase"]>;

export function podStatus(facts: PodFacts): PodStatus {
  const { pod, before, hostIps } = facts;
  const hasInit = facts.init.length > 0;
  const initStatuses = facts.init.map((record) => containerStatus(record, hasInit));
  const appStatuses = facts.apps.map((record) => containerStatus(record, hasInit));
  if (appStatuses.length > 1) appStatuses.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const all = hasInit ? [...initStatuses, ...appStatuses] : appStatuses;
  const wasFinal = before?.phase === "Failed" || before?.phase === "Succeeded" ? before.phase : undefined;
  const hasStarted = facts.apps.some((record) => record.current !== undefined);
  const phase: Phase = wasFinal ?? (facts.failure ? "Failed" : phaseOf(pod, all, facts.isTerminal, hasStarted));
  const { generation } = pod.metadata;
  const reason = facts.failure?.reason ?? (phase === before?.phase ? before.reason : undefined);
  const message = facts.failure?.message ?? (phase === before?.phase ? before.message : undefined);
  const podIps = pod.spec.hostNetwork ? hostIps : facts.podIps;
  // One object that grows, not parts that are spread into it: every change of every pod comes by here.
  const status: PodStatus = {};
  if (before?.nominatedNodeName && phase === "Pending") status.nominatedNodeName = before.nominatedNodeName;
  if (before?.resourceClaimStatuses) status.resourceClaimStatuses = before.resourceClaimStatuses;
  if (generation !== undefined) status.observedGeneration = generation;
  status.phase = phase;
  status.conditions = conditionsOf(facts, all, phase, hasStarted);
  if (reason) status.reason = reason;
  if (message) status.message = message;
  if (hostIps.length > 0) {
    status.hostIP = hostIps[0]!;
    status.hostIPs = ipsOf(hostIps, before?.hostIPs);
  }
  if (podIps.length > 0) {
    status.podIP = podIps[0]!;
    status.podIPs = ipsOf(podIps, before?.podIPs);
  }
  if (facts.startMs !== undefined) status.startTime = rfc3339(facts.startMs);
  if (hasInit) status.initContainerStatuses = initStatuses;
  status.containerStatuses = appStatuses;
  if (facts.ephemeral.length > 0) status.ephemeralContainerStatuses = facts.ephemeral.map((record) => containerStatus(record, false));
  if (before?.qosClass) status.qosClass = before.qosClass;
  return status;
}

function conditionsOf(facts: PodFacts, statuses: readonly ContainerStatus[], phase: Phase, hasStarted: boolean): PodCondition[] {
  const { pod, before, nowMs } = facts;
  const isDisruption = facts.failure?.isDisruption === true;
  const known = before?.conditions ?? [];
  const conditions: PodCondition[] = [];
  for (const each of known) if (!OWN_CONDITIONS.has(each.type) && !(each.type === "DisruptionTarget" && isDisruption)) conditions.push(each);
  const containers = containersReady(pod, statuses, phase);
  const own = [
    condition("PodReadyToStartContainers", facts.hasSandbox),
    initialized(pod, statuses, phase, hasStarted),
    ready(pod, containers, conditions),
    containers,
    condition("PodScheduled", true),
  ];
  if (isDisruption) own.push(condition("DisruptionTarget", true, "TerminationByKubelet", facts.failure?.message));
  const { generation } = pod.metadata;
  for (const item of own) {
    const old = known.find(({ type }) => type === item.type);
    const isLasting = old?.status === item.status && Boolean(old.lastTransitionTime);
    // What says the same stays the very condition that it was: nothing on its way to the store looks at it again.
    if (isLasting && old!.reason === item.reason && old!.message === item.message && old!.lastProbeTime === null && old!.observedGeneration === generation) {
      conditions.push(old!);
      continue;
    }
    item.lastProbeTime = null as unknown as string;
    item.lastTransitionTime = isLasting ? old!.lastTransitionTime! : rfc3339(nowMs);
    if (generation !== undefined) item.observedGeneration = generation;
    conditions.push(item);
  }
  return conditions;
}

/** The very list of before, where it is of the same addresses. */
function ipsOf(addresses: readonly string[], before: PodStatus["podIPs"]): { ip: string }[] {
  if (before?.length === addresses.length && before.every(({ ip }, index) => ip === addresses[index])) return before;
  return addresses.map((ip) => ({ ip }));
}

function terminated(end: Termination): NonNullable<ContainerState["terminated"]> {
  return {
    exitCode: end.exitCode,
    reason: end.reason,
    ...(end.message ? { message: end.message } : {}),
    startedAt: rfc3339(end.startedMs),
    finishedAt: rfc3339(end.finishedMs),
    containerID: end.containerId,
  };
}

export function containerStatus(record: ContainerRecord, hasInit: boolean): ContainerStatus {
  const { spec, current } = record;
  const running = isRunning(record);
  let state: ContainerState;
  let lastState: ContainerState = record.lastTermination ? { terminated: terminated(record.lastTermination) } : {};
  if (running) state = { running: { startedAt: rfc3339(current!.startedMs) } };
  else if (current?.ended !== undefined) {
    if (record.waiting === undefined) state = { terminated: terminated(current.ended) };
    else {
      state = { waiting: { ...record.waiting } };
      lastState = { terminated: terminated(current.ended) };
    }
  } else state = { waiting: record.waiting ? { ...record.waiting } : { reason: hasInit ? "PodInitializing" : "ContainerCreating" } };
  const isReady = record.kind === "init" ? current?.ended?.exitCode === 0 : running && record.isStarted && record.isReady;
  const resources = spec.resources as { requests?: Record<string, string>; limits?: Record<string, string>; claims?: unknown } | undefined;
  const status: ContainerStatus = { name: spec.name, state, lastState, ready: isReady, restartCount: record.restartCount, image: record.imageName, imageID: record.imageId };
  if (current !== undefined) status.containerID = current.id;
  status.started = running && (record.kind === "init" ? false : record.isStarted);
  if (current !== undefined && record.kind !== "ephemeral" && resources !== undefined) {
    status.resources = { ...resources } as NonNullable<ContainerStatus["resources"]>;
    if (resources.requests) status.allocatedResources = { ...resources.requests };
  }
  if (spec.volumeMounts?.length) {
    status.volumeMounts = spec.volumeMounts.map((mount) => {
      const { name, mountPath } = mount;
      if (!mount.readOnly) return { name, mountPath };
      return { name, mountPath, readOnly: true, recursiveReadOnly: mount.recursiveReadOnly === "Enabled" || mount.recursiveReadOnly === "IfPossible" ? "Enabled" : "Disabled" };
    });
  }
  return status;
}

/** A container's own policy, its rules, then the pod's (`ContainerShouldRestart`). */
export function shouldRestart(container: Container, pod: Pod, exitCode: number): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const values = rule.exitCodes?.values ?? [];
    const matches = rule.exitCodes?.operator === "In" ? values.includes(exitCode) : rule.exitCodes?.operator === "NotIn" && !values.includes(exitCode);
    if (matches && rule.action === "Restart") return true;
  }
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

function phaseOf(pod: Pod, statuses: readonly ContainerStatus[], isTerminal: boolean, hasStarted: boolean): Phase {
  const statusOf = (name: string): ContainerStatus | undefined => statuses.find((status) => status.name === name);
  let pendingInit = 0;
  let pendingSidecars = 0;
  let failedInit = 0;
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let finished = 0;
  let succeeded = 0;
  let unknown = 0;
  for (const container of pod.spec.initContainers ?? []) {
    const status = statusOf(container.name);
    if (isRestartableInit(container)) {
      if (status?.state?.running) {
        running++;
        if (!status.started) pendingSidecars++;
      } else if (status?.state?.waiting && !status.lastState?.terminated) {
        pendingSidecars++;
        waiting++;
      }
      continue;
    }
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (ended === undefined) pendingInit++;
    else if (ended.exitCode !== 0 && !shouldRestart(container, pod, ended.exitCode)) failedInit++;
  }
  for (const container of pod.spec.containers) {
    const status = statusOf(container.name);
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (status === undefined) unknown++;
    else if (status.state?.running) running++;
    else if (ended !== undefined) {
      stopped++;
      if (!shouldRestart(container, pod, ended.exitCode)) finished++;
      if (status.state?.terminated && ended.exitCode === 0) succeeded++;
    } else waiting++;
  }
  if (failedInit > 0) return "Failed";
  if (pendingInit > 0 || (pendingSidecars > 0 && !hasStarted) || waiting > 0) return "Pending";
  if (running > 0 && unknown === 0) return "Running";
  if (stopped > 0 && unknown === 0) {
    if (isTerminal) return stopped === succeeded ? "Succeeded" : "Failed";
    if (stopped !== finished) return "Running";
    return stopped === succeeded ? "Succeeded" : "Failed";
  }
  return "Pending";
}

function condition(type: string, holds: boolean, reason?: string, message?: string): PodCondition {
  const made: PodCondition = { type, status: holds ? "True" : "False" };
  if (reason) made.reason = reason;
  if (message) made.message = message;
  return made;
}

/** Go prints a list of strings so. */
const goList = (names: readonly string[]): string => `[${names.join(" ")}]`;

function initialized(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase, hasStarted: boolean): PodCondition {
  const incomplete = (pod.spec.initContainers ?? [])
    .filter((container) => {
      const status = statuses.find(({ name }) => name === container.name);
      return isRestartableInit(container) ? !status?.started : !status?.ready;
    })
    .map(({ name }) => name);
  if (phase === "Succeeded") return condition("Initialized", true, "PodCompleted");
  if (hasStarted || incomplete.length === 0) return condition("Initialized", true);
  return condition("Initialized", false, "ContainersNotInitialized", `containers with incomplete status: ${goList(incomplete)}`);
}

function containersReady(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase): PodCondition {
  if (phase === "Succeeded") return condition("ContainersReady", false, "PodCompleted");
  if (phase === "Failed") return condition("ContainersReady", false, "PodFailed");
  const names = [...(pod.spec.initContainers ?? []).filter(isRestartableInit), ...pod.spec.containers].map(({ name }) => name);
  const unready = names.filter((name) => !statuses.find((status) => status.name === name)?.ready);
  if (unready.length === 0) return condition("ContainersReady", true);
  return condition("ContainersReady", false, "ContainersNotReady", `containers with unready status: ${goList(unready)}`);
}

function ready(pod: Pod, containers: PodCondition, foreign: readonly PodCondition[]): PodCondition {
  if (containers.status !== "True") return { ...containers, type: "Ready" };
  const problems = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = foreign.find(({ type }) => type === conditionType);
    if (found === undefined) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return found.status === "True" ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`];
  });
  return problems.length === 0 ? condition("Ready", true) : condition("Ready", false, "ReadinessGatesNotReady", problems.join(", "));
}

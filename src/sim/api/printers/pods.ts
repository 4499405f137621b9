/** The row of a pod: what its containers are doing, told in one word, as upstream's printer does. */
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, conditionOf, humanDuration, type Cell } from "./cells.ts";

interface ContainerState {
  waiting?: { reason?: string };
  running?: object;
  terminated?: { exitCode?: number; signal?: number; reason?: string; finishedAt?: string };
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

class Restarts {
  count = 0;
  lastMs: number | undefined;

  add(status: ContainerStatus): void {
    this.count += status.restartCount ?? 0;
    const at = parseRfc3339(status.lastState?.terminated?.finishedAt);
    if (at !== undefined && (this.lastMs === undefined || at > this.lastMs)) this.lastMs = at;
  }

  text(nowMs: number): string {
    return this.count !== 0 && this.lastMs !== undefined ? `${this.count} (${humanDuration(nowMs - this.lastMs)} ago)` : String(this.count);
  }
}

/** How a terminated container is told: its reason, its signal, or its exit code. */
function terminatedText(terminated: NonNullable<ContainerState["terminated"]>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

interface Progress {
  reason: string | undefined;
  ready: number;
  restarts: Restarts;
  sidecarRestarts: Restarts;
}

/** Init containers up to the first that is not done; `reason` is set while the pod still initializes. */
function initProgress(pod: KubeObject, sidecars: ReadonlySet<string>): Progress {
  const progress: Progress = { reason: undefined, ready: 0, restarts: new Restarts(), sidecarRestarts: new Restarts() };
  const total = pod["spec"]?.initContainers?.length ?? 0;
  for (const [index, status] of ((pod["status"]?.initContainerStatuses ?? []) as ContainerStatus[]).entries()) {
    progress.restarts.add(status);
    const isSidecar = sidecars.has(status.name);
    if (isSidecar) progress.sidecarRestarts.add(status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated && (terminated.exitCode ?? 0) === 0) continue;
    if (isSidecar && status.started) {
      if (status.ready) progress.ready++;
      continue;
    }
    if (terminated) progress.reason = `Init:${terminatedText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") progress.reason = `Init:${waiting.reason}`;
    else progress.reason = `Init:${index}/${total}`;
    break;
  }
  return progress;
}

/** Main containers from the last to the first: the first one's trouble is what is shown. */
function mainProgress(pod: KubeObject, phaseReason: string, restarts: Restarts): { reason: string; ready: number } {
  let reason = phaseReason;
  let errorReason = "";
  let hasRunning = false;
  let ready = 0;
  for (const status of [...((pod["status"]?.containerStatuses ?? []) as ContainerStatus[])].reverse()) {
    restarts.add(status);
    const { terminated, waiting, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) {
      reason = terminatedText(terminated);
      if ((terminated.exitCode ?? 0) !== 0) errorReason = reason;
    } else if (status.ready && running) {
      hasRunning = true;
      ready++;
    }
  }
  // One container is done, another still runs: the pod does too.
  if (reason === "Completed") {
    if (hasRunning && conditionOf(pod, "Ready")?.status === "True") reason = "Running";
    else if (errorReason !== "") reason = errorReason;
    else if (hasRunning) reason = "NotReady";
  }
  return { reason, ready };
}

export function printPod(pod: KubeObject, nowMs: number): Cell[] {
  const spec = pod["spec"] ?? {};
  const status = pod["status"] ?? {};
  const phase: string = status.phase ?? "";
  let reason: string = status.reason || phase;
  if (conditionOf(pod, "PodScheduled")?.reason === "SchedulingGated") reason = "SchedulingGated";

  const sidecars = new Set<string>(((spec.initContainers ?? []) as { name: string; restartPolicy?: string }[]).filter((one) => one.restartPolicy === "Always").map((one) => one.name));
  const init = initProgress(pod, sidecars);
  let { ready, restarts } = init;
  if (init.reason === undefined || conditionOf(pod, "Initialized")?.status === "True") {
    restarts = init.sidecarRestarts;
    const main = mainProgress(pod, init.reason ?? reason, restarts);
    reason = main.reason;
    ready += main.ready;
  } else reason = init.reason;

  if (pod.metadata.deletionTimestamp) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (phase !== "Succeeded" && phase !== "Failed") reason = "Terminating";
  }
  const total = (spec.containers?.length ?? 0) + sidecars.size;
  return [
    pod.metadata.name,
    `${ready}/${total}`,
    reason,
    restarts.text(nowMs),
    age(pod, nowMs),
    status.podIPs?.[0]?.ip || "<none>",
    spec.nodeName || "<none>",
    status.nominatedNodeName || "<none>",
    readinessGates(pod),
  ];
}

function readinessGates(pod: KubeObject): string {
  const gates = (pod["spec"]?.readinessGates ?? []) as { conditionType: string }[];
  if (gates.length === 0) return "<none>";
  return `${gates.filter((gate) => conditionOf(pod, gate.conditionType)?.status === "True").length}/${gates.length}`;
}

/** Pods that are done carry a condition, so that clients can leave them out. */
export function podRowConditions(pod: KubeObject): object[] | undefined {
  const phase = pod["status"]?.phase;
  if (phase === "Succeeded") return [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }];
  if (phase === "Failed") return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
  return undefined;
}

export function printPodTemplate(object: KubeObject): Cell[] {
  const containers = (object["template"]?.spec?.containers ?? []) as { name: string; image?: string }[];
  const labels = object["template"]?.metadata?.labels as Record<string, string> | undefined;
  const text = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels![key]}`).join(",");
  return [object.metadata.name, containers.map((one) => one.name).join(","), containers.map((one) => one.image ?? "").join(","), text || "<none>"];
}

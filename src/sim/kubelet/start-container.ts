/** Starting one container: image, configuration, creation, start (kubelet `kuberuntime_container.go` `startContainer`, `images/image_manager.go`). */
import { quantityNumber } from "../../lib/quantity.ts";
import { parseRfc3339 } from "../../lib/rfc3339.ts";
import type { ContainerFiles } from "./behaviour/container-files.ts";
import { startProcess } from "./behaviour/choose-behaviour.ts";
import type { ContainerRecord, ContainerRun } from "./container-record.ts";
import { ConfigError, environment, expandReferences } from "./environment.ts";
import { goDuration } from "./go-duration.ts";
import { fullImageName, isImageReference, withTag } from "./image-name.ts";
import type { StoredImage } from "./image-store.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { ContainerStatus, Pod } from "./pod.ts";
import { formatPod } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { terminationOf } from "./restore-containers.ts";
import { portNumber } from "./run-probe.ts";
import { subPathsOf } from "./sub-paths.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface StartRequest {
  host: PodHost;
  pod: Pod;
  record: ContainerRecord;
  podIps: readonly string[];
  /** `subPaths`: of each mount, in order. */
  filesFor(record: ContainerRecord, subPaths: readonly string[]): ContainerFiles;
  /** True once the pod is being stopped: the start is dropped. */
  isCancelled(): boolean;
  /** The process ended by itself or was stopped. */
  onEnd(record: ContainerRecord, run: ContainerRun): void;
}

/** 128 and the number of SIGKILL. */
const OOM_EXIT_CODE = 137;

/** `done` gets the wait before another attempt makes sense, or undefined after a start. */
export function startContainer(request: StartRequest, done: (retryMs: number | undefined) => void): void {
  ensureImage(request, (result) => {
    if (request.isCancelled()) return done(undefined);
    if (typeof result === "number") return done(result);
    configureAndStart(request, result, done);
  });
}

/** Wait before the kubelet tries again after an error, with its jitter. */
function syncRetryMs({ host }: StartRequest, leastMs: number = KUBELET_TIMINGS.syncBackoffMs): number {
  return Math.round(leastMs * (1 + 0.5 * host.context.random.next()));
}

function refuse(request: StartRequest, reason: string, message: string, retryMs = syncRetryMs(request)): number {
  request.record.waiting = { reason, message };
  request.host.event(request.pod, "Warning", "Failed", `Error: ${reason}`);
  return retryMs;
}

function ensureImage(request: StartRequest, done: (result: StoredImage | number) => void): void {
  const { host, pod, record } = request;
  const image = record.spec.image ?? "";
  const nowMs = host.context.clock.now();
  if (!isImageReference(withTag(image))) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    host.event(pod, "Warning", "InspectFailed", message);
    return done(refuse(request, "InvalidImageName", message));
  }
  const present = host.images.get(image);
  const policy = record.spec.imagePullPolicy ?? (withTag(image).endsWith(":latest") ? "Always" : "IfNotPresent");
  if (present !== undefined && policy !== "Always") {
    host.event(pod, "Normal", "Pulled", `Container image "${image}" already present on machine and can be accessed by the pod`);
    return done(present);
  }
  if (policy === "Never") {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    host.event(pod, "Warning", "ErrImageNeverPull", message);
    return done(refuse(request, "ErrImageNeverPull", message));
  }
  const key = `${pod.metadata.uid}_${image}`;
  const waitsUntil = host.imageBackoff.waitsSinceUpdate(key, nowMs);
  if (waitsUntil !== undefined) {
    const before = record.waiting;
    const message = `Back-off pulling image "${image}"`;
    host.event(pod, "Normal", "BackOff", message);
    const cause = before?.reason === "ErrImagePull" ? `: ErrImagePull: ${before.message ?? ""}` : (before?.message?.slice(message.length) ?? "");
    return done(refuse(request, "ImagePullBackOff", message + cause, Math.min(syncRetryMs(request), Math.max(1, waitsUntil - nowMs))));
  }
  host.event(pod, "Normal", "Pulling", `Pulling image "${image}"`);
  host.images.pull(image, (result) => {
    if (request.isCancelled()) return done(0);
    if (result.image !== undefined) {
      const size = result.image.sizeBytes;
      host.event(
        pod, "Normal", "Pulled",
        `Successfully pulled image "${image}" in ${goDuration(result.pullMs)} (${goDuration(result.totalMs)} including waiting). Image size: ${size} bytes.`,
      );
      return done(result.image);
    }
    const message = result.error ?? "unknown error";
    const failedMs = host.context.clock.now();
    host.event(pod, "Warning", "Failed", `Failed to pull image "${image}": ${message}`);
    host.imageBackoff.next(key, failedMs, failedMs);
    done(refuse(request, "ErrImagePull", message));
  });
}

function configureAndStart(request: StartRequest, image: StoredImage, done: (retryMs: number | undefined) => void): void {
  const { host, pod, record } = request;
  const { clock, client, random } = host.context;
  let env: Record<string, string>;
  let subPaths: string[];
  try {
    env = environment(pod, record.spec, client, { podIps: request.podIps, hostIps: host.hostIps, allocatable: host.allocatable });
    subPaths = subPathsOf(record.spec, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    record.waiting = { reason: "CreateContainerConfigError", message: error.message };
    host.event(pod, "Warning", "Failed", `Error: ${error.message}`);
    return done(syncRetryMs(request));
  }
  clock.after(host.slowed(KUBELET_TIMINGS.createContainerMs), () => {
    if (request.isCancelled()) return done(undefined);
    host.event(pod, "Normal", "Created", "Container created");
    clock.after(host.slowed(KUBELET_TIMINGS.startContainerMs), () => {
      if (request.isCancelled()) return done(undefined);
      const files = request.filesFor(record, subPaths);
      const run: ContainerRun = {
        id: `containerd://${hex64(random)}`,
        startedMs: clock.now(),
        log: new LogBuffer(),
        files,
        process: undefined,
        ended: undefined,
        isStopping: false,
      };
      if (record.current !== undefined) {
        record.restartCount++;
        record.previous = record.current;
        record.lastTermination = record.current.ended;
      }
      record.current = run;
      record.waiting = undefined;
      record.mustRestart = false;
      record.imageId = image.reference;
      record.imageName = fullImageName(record.spec.image ?? "");
      record.isStarted = record.spec.startupProbe === undefined || record.spec.startupProbe === null;
      record.isReady = record.spec.readinessProbe === undefined || record.spec.readinessProbe === null;
      host.event(pod, "Normal", "Started", "Container started");
      startRun(request, run, env);
      done(undefined);
    });
  });
}

/** The container runs already, as its status says: nothing is told, nothing waits. */
export function continueContainer(request: StartRequest, status: ContainerStatus): void {
  const { host, pod, record } = request;
  const env = environment(pod, record.spec, host.context.client, { podIps: request.podIps, hostIps: host.hostIps, allocatable: host.allocatable });
  const nowMs = host.context.clock.now();
  const run: ContainerRun = {
    id: status.containerID ?? "",
    startedMs: parseRfc3339(status.state?.running?.startedAt) ?? nowMs,
    log: new LogBuffer(),
    files: request.filesFor(record, subPathsOf(record.spec, env)),
    process: undefined,
    ended: undefined,
    isStopping: false,
  };
  record.current = run;
  record.restartCount = status.restartCount;
  record.lastTermination = terminationOf(status.lastState?.terminated, nowMs);
  record.imageId = status.imageID;
  record.imageName = status.image;
  record.isStarted = status.started ?? true;
  record.isReady = status.ready;
  startRun(request, run, env, true);
}

function hex64(random: { uuid(): string }): string {
  return (random.uuid() + random.uuid()).replace(/-/g, "");
}

function startRun({ host, pod, record, podIps, onEnd }: StartRequest, run: ContainerRun, env: Record<string, string>, isRunningAlready = false): void {
  const { clock, random } = host.context;
  const { spec } = record;
  const limit = (spec.resources?.limits as Record<string, string | number> | undefined)?.["memory"];
  const valueOf = (name: string): string | undefined => env[name];
  const probePorts = [spec.startupProbe, spec.readinessProbe, spec.livenessProbe].flatMap((probe) => {
    const port = probe?.grpc?.port ?? portNumber(spec, probe?.httpGet?.port ?? probe?.tcpSocket?.port);
    return port === undefined ? [] : [port];
  });
  const turned = (): void => host.turned(pod.metadata.namespace ?? "");
  const exit = (code: number, reason?: string): void => {
    if (run.ended !== undefined) return;
    const message = terminationMessage(spec, run, code);
    run.ended = {
      exitCode: code,
      reason: reason ?? (code === 0 ? "Completed" : "Error"),
      ...(message ? { message } : {}),
      startedMs: run.startedMs,
      finishedMs: clock.now(),
      containerId: run.id,
    };
    run.log.close();
    turned();
    onEnd(record, run);
  };
  const crashMs = record.kind === "app" ? host.troubles.crashing.of(pod) : undefined;
  if (crashMs !== undefined) clock.after(crashMs, () => exit(1));
  const process = startProcess({
    clock,
    random,
    image: spec.image ?? "",
    command: (spec.command ?? []).map((part) => expandReferences(part, valueOf)),
    args: (spec.args ?? []).map((part) => expandReferences(part, valueOf)),
    env: () => ({ PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOSTNAME: pod.spec.hostname ?? pod.metadata.name, ...env }),
    workingDir: spec.workingDir ?? "/",
    files: run.files,
    network: host.networkOf(pod),
    hostname: pod.spec.hostname ?? pod.metadata.name,
    pod: {
      namespace: pod.metadata.namespace ?? "",
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? "",
      ip: podIps[0] ?? host.hostIps[0] ?? "",
      node: host.machine.name,
      labels: pod.metadata.labels ?? {},
    },
    container: spec.name,
    ports: [...new Set([...(spec.ports ?? []).map(({ containerPort }) => containerPort), ...probePorts])],
    isExpectedToEnd: record.kind === "init" || (record.kind === "app" && (pod.spec.restartPolicy ?? "Always") !== "Always"),
    isJob: pod.metadata.ownerReferences?.some((owner) => owner.controller && owner.kind === "Job") ?? false,
    isInit: record.kind === "init",
    hasTerminal: spec.stdin === true || spec.tty === true,
    isRunningAlready,
    slowed: (ms) => host.slowed(ms),
    memoryLimitBytes: limit === undefined ? undefined : quantityNumber(limit),
    log: (line, _stream, isPartial) => run.log.append(line, clock.now(), isPartial),
    exit,
  });
  run.process = process;
  process.onChange(turned);
  turned();
  const oomKill = (): void => {
    exit(OOM_EXIT_CODE, "OOMKilled");
    process.signal("SIGKILL");
  };
  run.oomKill = oomKill;
}

/** What the container wrote to its termination log, or the end of its log where it asks for that. */
function terminationMessage(spec: ContainerRecord["spec"], run: ContainerRun, code: number): string {
  const written = run.files.read(spec.terminationMessagePath ?? "/dev/termination-log") ?? "";
  if (written !== "") return written.slice(0, 4096);
  return spec.terminationMessagePolicy === "FallbackToLogsOnError" && code !== 0 ? run.log.tail(80, 2048) : "";
}

export function backoffKey(pod: Pod, record: ContainerRecord): string {
  return `${formatPod(pod)}_${record.spec.name}_${record.spec.image}`;
}

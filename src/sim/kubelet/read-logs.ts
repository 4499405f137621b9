/** The log of a container, as `kubectl logs` asks for it, with upstream's refusals. */
import { ApiError, badRequest, notFound } from "../api/status.ts";
import { isRunning } from "./container-record.ts";
import type { Kubelet } from "./kubelet.ts";
import { formatLine, type LogQuery } from "./log-buffer.ts";
import type { Pod } from "./pod.ts";

export interface LogRequest extends LogQuery {
  container?: string;
  previous?: boolean;
  follow?: boolean;
}

export interface LogAnswer {
  /** What is there now. */
  text: string;
  /** With `follow`: calls `onText` for what comes and `onEnd` when the container ends; returns how to stop. */
  follow?: (onText: (text: string) => void, onEnd: () => void) => () => void;
}

/** Throws ApiError as the API server and the kubelet do. */
export function readLogs(pod: Pod, kubelet: Kubelet | undefined, request: LogRequest, nowMs: number): LogAnswer {
  const { name, namespace = "" } = pod.metadata;
  const specs = [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])];
  const container = request.container ?? defaultContainer(pod);
  if (container === undefined) {
    const list = (names: readonly { name: string }[]): string => `[${names.map((one) => one.name).join(" ")}]`;
    const init = pod.spec.initContainers?.length ? ` or one of the init containers: ${list(pod.spec.initContainers)}` : "";
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: ${list(pod.spec.containers)}${init}`);
  }
  if (!specs.some((spec) => spec.name === container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  if (!pod.spec.nodeName) return { text: "" };
  const worker = kubelet?.isReachable ? kubelet.worker(namespace, name) : undefined;
  if (worker === undefined) {
    const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((one) => one.name === container);
    if (status?.state?.waiting) throw waitingError(container, name, status.state.waiting.reason ?? "ContainerCreating");
    throw kubelet?.isReachable ? notFound({ plural: "pods", group: "" }, name) : new ApiError(500, "", `Get "https://${pod.status?.hostIP ?? ""}:10250/containerLogs/${namespace}/${name}/${container}": dial tcp ${pod.status?.hostIP ?? ""}:10250: connect: no route to host`);
  }
  const record = worker.records.find(({ spec }) => spec.name === container);
  // While a container waits for its back-off, the run that failed is both the last and the previous one.
  const isWaiting = record?.waiting !== undefined && record.current?.ended !== undefined;
  const run = request.previous && !isWaiting ? record?.previous : record?.current;
  if (run === undefined) {
    if (request.previous) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
    throw waitingError(container, name, record?.waiting?.reason ?? (worker.init.length > 0 ? "PodInitializing" : "ContainerCreating"));
  }
  const text = run.log.read(request, nowMs);
  if (!request.follow || record === undefined || !isRunning(record) || request.previous) return { text };
  return { text, follow: (onText, onEnd) => run.log.follow((line) => onText(formatLine(line, request.timestamps ?? false)), onEnd) };
}

/** kubelet `kubelet_pods.go` `validateContainerLogStatus`. */
function waitingError(container: string, pod: string, reason: string): Error {
  const why = reason === "ErrImagePull" ? "image can't be pulled" : reason === "ImagePullBackOff" ? "trying and failing to pull image" : reason;
  return badRequest(`container "${container}" in pod "${pod}" is waiting to start: ${why}`);
}

/** The only container, or the one that an annotation names. */
function defaultContainer(pod: Pod): string | undefined {
  const named = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  if (named !== undefined && pod.spec.containers.some(({ name }) => name === named)) return named;
  return pod.spec.containers.length === 1 ? pod.spec.containers[0]!.name : undefined;
}

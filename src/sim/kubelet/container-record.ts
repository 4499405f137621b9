/** What the kubelet remembers of one container of a pod over all its runs. */
import type { ContainerFiles } from "./behaviour/container-files.ts";
import type { Process } from "./behaviour/process.ts";
import type { LogBuffer } from "./log-buffer.ts";
import type { Container } from "./pod.ts";
import { isRestartableInit } from "./pod.ts";

export interface Termination {
  exitCode: number;
  reason: string;
  message?: string;
  startedMs: number;
  finishedMs: number;
  containerId: string;
}

/** One run of a container. */
export interface ContainerRun {
  id: string;
  startedMs: number;
  log: LogBuffer;
  files: ContainerFiles;
  /** Undefined for a run that ended before this kubelet started. */
  process: Process | undefined;
  /** What the process was refused or told; set once it has ended. */
  ended: Termination | undefined;
  /** The kernel ends it for the memory that it takes; set once its process runs. */
  oomKill?: () => void;
  /** True from the first request to stop until the end. */
  isStopping: boolean;
}

export interface ContainerRecord {
  spec: Container;
  kind: "init" | "sidecar" | "app" | "ephemeral";
  current: ContainerRun | undefined;
  previous: ContainerRun | undefined;
  lastTermination: Termination | undefined;
  restartCount: number;
  imageId: string;
  /** The image's name as the runtime reports it. */
  imageName: string;
  /** Why it does not run, for its status. */
  waiting: { reason: string; message?: string } | undefined;
  /** Verdicts of the probes on the current run. */
  isStarted: boolean;
  isReady: boolean;
  /** Its spec changed: it is started again whatever its policy says. */
  mustRestart: boolean;
}

export function containerRecord(spec: Container, kind: ContainerRecord["kind"]): ContainerRecord {
  return {
    spec,
    kind: kind === "init" && isRestartableInit(spec) ? "sidecar" : kind,
    current: undefined,
    previous: undefined,
    lastTermination: undefined,
    restartCount: 0,
    imageId: "",
    imageName: spec.image ?? "",
    waiting: undefined,
    isStarted: false,
    isReady: false,
    mustRestart: false,
  };
}

export const isRunning = (record: ContainerRecord): boolean => record.current !== undefined && record.current.ended === undefined;

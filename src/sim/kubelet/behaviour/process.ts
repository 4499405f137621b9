/** What runs in a container, as far as anybody outside can tell: it starts, answers, writes to its log, and ends. */
import type { Clock } from "../../../ports/clock.ts";
import type { Random } from "../../../ports/random.ts";
import type { ContainerFiles } from "./container-files.ts";

export interface HttpRequest {
  method: string;
  /** With its query. */
  path: string;
  host: string;
  scheme: "http" | "https";
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** Where the request came from. */
  remoteAddress?: string;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What a program can reach on the network; a text is the error that its sockets would report. */
export interface ProcessNetwork {
  fetch(url: string, options?: { method?: string; headers?: Record<string, string>; body?: string }): HttpResponse | string;
  /** Addresses of a name, as the cluster's DNS answers. */
  resolve(host: string): readonly string[];
  /** True when something listens there. */
  connect(host: string, port: number): boolean;
}

export interface ProcessContext {
  clock: Clock;
  random: Random;
  image: string;
  /** Entry point and arguments as given by the pod; empty when the image's own are used. */
  command: readonly string[];
  args: readonly string[];
  /** Made when it is asked for: most programs never look at it. */
  env(): Readonly<Record<string, string>>;
  workingDir: string;
  files: ContainerFiles;
  network: ProcessNetwork;
  hostname: string;
  pod: { namespace: string; name: string; uid: string; ip: string; node: string; labels: Readonly<Record<string, string>> };
  container: string;
  /** Declared ports, and those that the container's own probes name. */
  ports: readonly number[];
  /** True where the container is meant to end: init containers, pods that are not restarted. */
  isExpectedToEnd: boolean;
  /** True for pods of a Job. */
  isJob: boolean;
  isInit: boolean;
  /** A terminal keeps a shell alive. */
  hasTerminal: boolean;
  /** Its start-up is behind it: another kubelet goes on with what runs. A program that only ever waits begins its waiting anew. */
  isRunningAlready?: boolean;
  /** How long something takes now that takes `ms` on this machine as it should be; undefined: just as long. */
  slowed?(ms: number): number;
  memoryLimitBytes: number | undefined;
  /** `isPartial`: the process ended in the middle of this line. */
  log(line: string, stream?: "stdout" | "stderr", isPartial?: boolean): void;
  /** Ends the process, once. */
  exit(code: number, reason?: string): void;
}

export interface Process {
  /** Undefined is a refused connection. */
  http(port: number, request: HttpRequest): HttpResponse | undefined;
  listens(port: number): boolean;
  /** A command run beside the main process. Its effects come at once; `elapsedMs` is what it would have waited. */
  execute(command: readonly string[]): { exitCode: number; output: string; elapsedMs: number };
  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL"): void;
  /** Called when an answer may differ from before: it began to listen, a file changed. */
  onChange(listener: () => void): void;
  /** Bytes and thousandths of a processor in use now. */
  usage(): { memoryBytes: number; cpuMilli: number };
  /** A fault: it keeps running but answers nothing. */
  setHung(isHung: boolean): void;
}

export type Behaviour = (context: ProcessContext) => Process;

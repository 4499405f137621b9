/** A program that serves: it listens after its start-up time, answers every request, logs it, and stops cleanly when asked to. */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { imageFacts } from "../image-catalog.ts";
import { answerPage } from "./answer-page.ts";
import type { HttpRequest, HttpResponse, Process, ProcessContext } from "./process.ts";
import { RequestLoad } from "./request-load.ts";
import { runToEnd } from "./shell-run.ts";

/** Estimate: from SIGTERM until a server has closed its connections. */
const SHUTDOWN_MS = 150;
/** Estimate: processor time of one small request. */
const CPU_MS_PER_REQUEST = 2;

export function server(context: ProcessContext): Process {
  const facts = imageFacts(context.image);
  // Few enough to be looked through, and less to keep for each of a home's servers than a set.
  const ports = [...new Set([...facts.ports, ...context.ports])].sort((a, b) => a - b);
  const listeners: (() => void)[] = [];
  let isUp = context.isRunningAlready === true;
  let isStopping = false;
  let isHung = false;
  const load = new RequestLoad();
  const changed = (): void => listeners.forEach((listener) => listener());
  const name = context.image.split("/").pop()!.split("@")[0]!;

  if (!isUp) {
    context.log(`starting ${name}`);
    const startMs = context.slowed?.(facts.startMs) ?? facts.startMs;
    context.clock.after(startMs, () => {
      if (isStopping) return;
      isUp = true;
      const where = ports.length > 0 ? ports.map((port) => `:${port}`).join(" ") : "any port";
      context.log(`ready after ${startMs} ms, listening on ${where}`);
      changed();
    });
  }
  context.files.onChange(changed);

  const listens = (port: number): boolean => isUp && (ports.length === 0 || ports.includes(port));
  return {
    listens,
    http(port: number, request: HttpRequest): HttpResponse | undefined {
      if (!listens(port) || isHung) return undefined;
      const nowMs = context.clock.now();
      load.count(nowMs);
      const response = answerPage(context, port, request);
      // Probes come every few seconds and only when they are awake; their lines would say more about us than about the app.
      if (!request.headers["user-agent"]?.startsWith("kube-probe/")) context.log(accessLine(request, response, nowMs));
      return response;
    },
    execute: (command) => runToEnd(context, command),
    signal(signalName) {
      if (isStopping && signalName !== "SIGKILL") return;
      isStopping = true;
      if (signalName === "SIGKILL") return context.exit(137);
      // A hung program does not hear.
      if (isHung) return;
      context.log(`received ${signalName}, shutting down`);
      context.clock.after(SHUTDOWN_MS, () => {
        isUp = false;
        context.exit(0);
      });
    },
    onChange: (listener) => void listeners.push(listener),
    usage() {
      const cpuMilli = facts.cpuMilli + Math.ceil(load.perSecond(context.clock.now()) * CPU_MS_PER_REQUEST);
      return { memoryBytes: facts.memoryBytes, cpuMilli: isUp ? cpuMilli : Math.max(cpuMilli, 100) };
    },
    setHung(value) {
      isHung = value;
      changed();
    },
  };
}

/** One line in the common log format. */
function accessLine(request: HttpRequest, response: HttpResponse, nowMs: number): string {
  const agent = request.headers["user-agent"] ?? "-";
  return `${request.remoteAddress ?? "-"} - - [${rfc3339(nowMs)}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${response.body.length} "-" "${agent}"`;
}

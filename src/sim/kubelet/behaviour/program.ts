/** A program run in virtual time: its script waits, ends with a code, or turns into a server. */
import { imageFacts } from "../image-catalog.ts";
import type { Process, ProcessContext } from "./process.ts";
import { server } from "./server.ts";
import type { Run } from "./shell-programs.ts";
import { runToEnd, Shell } from "./shell-run.ts";

/** Estimate: how long a job's own program works when nothing is known about it. */
const UNKNOWN_JOB_MS = 4_000;
/** Estimate: the same for a preparation before the app starts. */
const UNKNOWN_INIT_MS = 1_000;
/** Programs that serve, however they are started. */
const SERVERS = /^(nginx|httpd|apache2?|apache2-foreground|caddy|traefik|redis-server|valkey-server|postgres|mysqld|mariadbd|mongod|gunicorn|uvicorn|php-fpm|haproxy|envoy|grafana|prometheus|dockerd|pause)$/;

export function program(context: ProcessContext, command: readonly string[]): Process {
  const listeners: (() => void)[] = [];
  let serving: Process | undefined;
  let isOver = false;
  let isBusy = false;
  let isHung = false;
  let memoryBytes = imageFacts(context.image).memoryBytes;
  const cancels = new Set<() => void>();
  const buffers = { stdout: "", stderr: "" };
  const write = (stream: "stdout" | "stderr") => (text: string): void => {
    const all = (buffers[stream] + text).split("\n");
    buffers[stream] = all.pop()!;
    for (const line of all) context.log(line, stream);
  };
  const io = { input: { text: "" }, out: write("stdout"), err: write("stderr") };
  const end = (code: number, reason?: string): void => {
    if (isOver) return;
    isOver = true;
    for (const cancel of cancels) cancel();
    for (const stream of ["stdout", "stderr"] as const) if (buffers[stream] !== "") context.log(buffers[stream], stream, true);
    context.exit(code, reason);
  };
  const shell = new Shell(context, { unknown: (argv) => unknown(argv, context, write("stdout")) });

  /** Lets a script run until it waits; `then` gets its code. */
  const advance = (run: Run, then: (code: number) => void): void => {
    while (!isOver) {
      const step = run.next();
      // What the script put in the background runs beside it.
      for (const other of shell.background.splice(0)) context.clock.after(0, () => advance(other, () => undefined));
      if (step.done) return then(step.value);
      const wait = step.value;
      if ("allocateBytes" in wait) {
        memoryBytes += wait.allocateBytes;
        if (context.memoryLimitBytes !== undefined && memoryBytes > context.memoryLimitBytes) return end(137, "OOMKilled");
        continue;
      }
      if ("serve" in wait) {
        serving ??= server({ ...context, exit: end });
        serving.onChange(() => listeners.forEach((listener) => listener()));
        return;
      }
      isBusy = wait.isBusy ?? false;
      const cancel = context.clock.after(wait.sleepMs, () => {
        cancels.delete(cancel);
        advance(run, then);
      });
      cancels.add(cancel);
      return;
    }
  };
  context.files.onChange(() => listeners.forEach((listener) => listener()));
  // The first instruction runs after the start has been recorded.
  cancels.add(context.clock.after(0, () => advance(shell.start(command, io), end)));

  return {
    http: (port, request) => (isHung ? undefined : serving?.http(port, request)),
    listens: (port) => serving?.listens(port) ?? false,
    execute: (argv) => runToEnd(context, argv),
    signal(name) {
      if (name === "SIGKILL") return end(137);
      if (serving !== undefined) return serving.signal(name);
      // The first process of a container gets no default handlers: without a trap the signal is not even noticed.
      if (shell.hasTrap(name.replace("SIG", ""))) advance(shell.trap(name.replace("SIG", ""), io), (code) => code >= 0 && end(code));
    },
    onChange: (listener) => void listeners.push(listener),
    usage: () => serving?.usage() ?? { memoryBytes, cpuMilli: isBusy ? 1000 : 0 },
    setHung(value) {
      isHung = value;
      serving?.setHung(value);
    },
  };
}

/** What is in no table works for a while where it is expected to end, and serves where it is not. */
function* unknown(argv: readonly string[], { isExpectedToEnd, isJob }: ProcessContext, out: (text: string) => void): Run {
  const name = argv[0]!.split("/").pop()!;
  if (!SERVERS.test(name) && isExpectedToEnd) {
    out(`${name}: working\n`);
    yield { sleepMs: isJob ? UNKNOWN_JOB_MS : UNKNOWN_INIT_MS };
    out(`${name}: done\n`);
    return 0;
  }
  yield { serve: argv };
  return 0;
}

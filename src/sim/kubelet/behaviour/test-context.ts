/** A process context without a kubelet, for tests of programs. */
import { seededRandom } from "../../../lib/seeded-random.ts";
import { EventLoop } from "../../clock/event-loop.ts";
import { ContainerFiles } from "./container-files.ts";
import type { ProcessContext } from "./process.ts";

export interface TestProcess {
  context: ProcessContext;
  loop: EventLoop;
  lines: string[];
  exits: { code: number; reason: string | undefined; atMs: number }[];
}

export function testProcess(overrides: Partial<ProcessContext> = {}): TestProcess {
  const loop = new EventLoop(Date.UTC(2026, 0, 1));
  const lines: string[] = [];
  const exits: TestProcess["exits"] = [];
  const startMs = loop.now();
  const context: ProcessContext = {
    clock: loop,
    random: seededRandom("test"),
    image: "busybox:1.37",
    command: [],
    args: [],
    env: () => ({ HOME: "/root", GREETING: "hello" }),
    workingDir: "/",
    files: new ContainerFiles(),
    network: {
      resolve: (host) => (host === "web" ? ["10.96.0.10"] : []),
      connect: (host) => host === "web",
      fetch: (url) => (url.startsWith("http://web") ? { status: url.endsWith("/missing") ? 404 : 200, headers: {}, body: "page\n" } : "no such host"),
    },
    hostname: "box",
    pod: { namespace: "default", name: "box", uid: "u", ip: "10.42.0.5", node: "node1", labels: {} },
    container: "app",
    ports: [],
    isExpectedToEnd: true,
    isJob: false,
    isInit: false,
    hasTerminal: false,
    memoryLimitBytes: undefined,
    log: (line) => lines.push(line),
    exit: (code, reason) => exits.push({ code, reason, atMs: loop.now() - startMs }),
    ...overrides,
  };
  return { context, loop, lines, exits };
}

/**
 * The other side of the socket, in a process of its own: writes objects, or watches them. Started by a bench with `fork`; credentials and
 * commands come as messages, so that nothing secret is in the arguments.
 */
import { fork, type ChildProcess } from "node:child_process";
import { Agent } from "undici";

interface Order {
  url: string;
  credentials: { ca: string; cert: string; key: string };
}

export interface WriteOrder extends Order {
  role: "write";
  count: number;
  firstIndex: number;
  connectionCount: number;
  kinds: "both" | "configmaps";
}

export interface WatchOrder extends Order {
  role: "watch";
  watcherCount: number;
  /** Each watcher ends after so many events. */
  eventCount: number;
}

export type WriteReport = { done: true; wallMs: number };
/** `missedCount`: watchers that did not see the very sequence of events that the first one saw. */
export type WatchReport = { done: true; eventCounts: number[]; missedCount: number };

/** Starts this program again as a client; `ready` is its first message, `report` its last. */
export function startLoad(order: WriteOrder | WatchOrder): { child: ChildProcess; ready: Promise<void>; report: Promise<WriteReport | WatchReport> } {
  const child = fork(process.argv[1]!, ["--load"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  let isReady: () => void;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const report = new Promise<WriteReport | WatchReport>((resolve, reject) => {
    child.on("message", (message: { ready?: true; done?: true }) => {
      if (message.ready) isReady();
      if (message.done) resolve(message as WriteReport | WatchReport);
    });
    child.on("exit", (code) => reject(new Error(`the client ended with ${code}`)));
  });
  child.send(order);
  return { child, ready, report };
}

/** The client's own main. */
export async function runLoad(): Promise<void> {
  const order = await new Promise<WriteOrder | WatchOrder>((resolve) => process.once("message", (message) => resolve(message as WriteOrder | WatchOrder)));
  const report = order.role === "write" ? await write(order) : await watch(order);
  await new Promise<void>((resolve) => process.send!(report, undefined, {}, () => resolve()));
  process.disconnect();
}

async function write(order: WriteOrder): Promise<WriteReport> {
  const { configMap, unscheduledPod } = await import("./bare-cluster.ts");
  const agent = new Agent({ connections: order.connectionCount, pipelining: 1, connect: { ...order.credentials } });
  let next = order.firstIndex;
  const endIndex = order.firstIndex + order.count;
  const worker = async (): Promise<void> => {
    while (next < endIndex) {
      const index = next++;
      const isPod = order.kinds === "both" && index % 2 === 1;
      const { statusCode, body } = await agent.request({
        origin: order.url,
        path: `/api/v1/namespaces/default/${isPod ? "pods" : "configmaps"}`,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(isPod ? unscheduledPod(index) : configMap(index)),
      });
      const text = await body.text();
      if (statusCode !== 201) throw new Error(`create ${index}: ${statusCode} ${text}`);
    }
  };
  process.send!({ ready: true });
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: order.connectionCount }, worker));
  const wallMs = performance.now() - startedMs;
  await agent.close();
  return { done: true, wallMs };
}

async function watch(order: WatchOrder): Promise<WatchReport> {
  const agent = new Agent({ connections: order.watcherCount, pipelining: 1, bodyTimeout: 0, connect: { ...order.credentials } });
  const seen: string[][] = Array.from({ length: order.watcherCount }, () => []);
  const finished = seen.map(async (versions) => {
    const { statusCode, body } = await agent.request({ origin: order.url, path: "/api/v1/namespaces/default/configmaps?watch=true&labelSelector=app%3Dbench", method: "GET" });
    if (statusCode !== 200) throw new Error(`watch: ${statusCode}`);
    started++;
    if (started === order.watcherCount) process.send!({ ready: true });
    let rest = "";
    for await (const chunk of body) {
      const lines = (rest + (chunk as Buffer).toString("utf8")).split("\n");
      rest = lines.pop()!;
      // Reading the whole object a hundred times over would measure this client; its version says which event it is.
      for (const line of lines) versions.push(/"resourceVersion":"(\d+)"/.exec(line)![1]!);
      if (versions.length >= order.eventCount) break;
    }
  });
  await Promise.all(finished);
  const first = seen[0]!.join();
  await agent.destroy();
  return { done: true, eventCounts: seen.map((versions) => versions.length), missedCount: seen.filter((versions) => versions.join() !== first).length };
}

let started = 0;

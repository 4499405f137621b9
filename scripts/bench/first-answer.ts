/** From the end of Node's own start to the first answer over HTTPS: modules, certificates, bootstrap, listen, one request. */
import { performance } from "node:perf_hooks";
import { type Bench, mainThreadMs } from "./bench-definition.ts";

export const firstAnswer: Bench = {
  name: "first-answer",
  title: "first API answer after start",
  unit: "ms",
  goal: { max: 300 },
  repeatCount: 9,
  async measure(isFirst) {
    const { bareCluster } = await import("./bare-cluster.ts");
    const { realClock } = await import("../../src/adapters/real-clock.ts");
    const loadedMs = performance.now();
    const { cluster, credentials } = bareCluster(3);
    const listener = await cluster.listen(realClock, "127.0.0.1", 0, 1);
    const listeningMs = performance.now();
    const threadMs = mainThreadMs();
    // The client is the bench's, not the cluster's: loaded while the clock stands still.
    const { Client } = await import("undici");
    const { ca, cert, key } = credentials();
    const client = new Client(`https://127.0.0.1:${listener.port}`, { connect: { ca, cert, key } });
    const askedMs = performance.now();
    const { statusCode, body } = await client.request({ method: "GET", path: "/api/v1/namespaces/default" });
    await body.text();
    const answeredMs = performance.now();
    if (statusCode !== 200) throw new Error(`the first answer is ${statusCode}`);
    const { user, system } = process.cpuUsage();
    await client.destroy();
    await cluster.close();
    const { bootstrapComplete } = performance.nodeTiming;
    const loadMs = loadedMs - bootstrapComplete;
    const value = listeningMs - bootstrapComplete + answeredMs - askedMs;
    return { value, cpuMs: (user + system) / 1000, notes: { ...(isFirst ? { "its first start, with no compiled code kept, ms": value } : {}), ...(threadMs === undefined ? {} : { "main thread ms until it listens, Node's own start too": threadMs }), "modules ms": loadMs, "start ms": listeningMs - loadedMs, "request with TLS handshake ms": answeredMs - askedMs } };
  },
};

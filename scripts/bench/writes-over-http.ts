/** The same creates over HTTPS, from another process that shares the two cores. */
import { type Bench, timed } from "./bench-definition.ts";

const WRITE_COUNT = 6_000;
const WARM_UP_COUNT = 1_000;
const CONNECTION_COUNT = 16;

export const writesOverHttp: Bench = {
  name: "writes-over-http",
  title: "objects created over HTTPS",
  unit: "per second",
  goal: { min: 1_500 },
  repeatCount: 5,
  async measure() {
    const { settledCluster } = await import("./bare-cluster.ts");
    const { startLoad } = await import("./api-load.ts");
    const { realClock } = await import("../../src/adapters/real-clock.ts");
    const { cluster, credentials } = settledCluster(3);
    const listener = await cluster.listen(realClock, "127.0.0.1", 0, 1);
    const order = { role: "write", url: `https://127.0.0.1:${listener.port}`, credentials: credentials(), connectionCount: CONNECTION_COUNT, kinds: "both" } as const;
    await startLoad({ ...order, firstIndex: 0, count: WARM_UP_COUNT }).report;
    const load = startLoad({ ...order, firstIndex: WARM_UP_COUNT, count: WRITE_COUNT });
    await load.ready;
    const { result, cpuMs, threadMs } = await timed(() => load.report);
    await cluster.close();
    if (!("wallMs" in result)) throw new Error("the client did not write");
    return { value: WRITE_COUNT / (result.wallMs / 1000), cpuMs, notes: { ...(threadMs === undefined ? {} : { "main thread ms": threadMs }), "per CPU second of the server": WRITE_COUNT / (cpuMs / 1000) } };
  },
};

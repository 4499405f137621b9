/** A hundred watchers over HTTPS while a writer writes as fast as it can: each must see every event, in one order. */
import type { Bench } from "./bench-definition.ts";

const WATCHER_COUNT = 100;
const WRITE_COUNT = 2_000;
const CONNECTION_COUNT = 8;

export const watchers100: Bench = {
  name: "watchers-100",
  title: "events delivered to 100 watchers, none missed",
  unit: "per second",
  // Delivery has no goal of its own; that none is missed is checked, and fails the run.
  goal: { min: 0 },
  repeatCount: 3,
  async measure() {
    const { settledCluster } = await import("./bare-cluster.ts");
    const { startLoad } = await import("./api-load.ts");
    const { timed } = await import("./bench-definition.ts");
    const { realClock } = await import("../../src/adapters/real-clock.ts");
    const { cluster, credentials } = settledCluster(3);
    const listener = await cluster.listen(realClock, "127.0.0.1", 0, 1);
    const target = { url: `https://127.0.0.1:${listener.port}`, credentials: credentials() };
    const watchers = startLoad({ ...target, role: "watch", watcherCount: WATCHER_COUNT, eventCount: WRITE_COUNT });
    await watchers.ready;
    const { result, wallMs, cpuMs } = await timed(async () => {
      const writer = startLoad({ ...target, role: "write", firstIndex: 0, count: WRITE_COUNT, connectionCount: CONNECTION_COUNT, kinds: "configmaps" });
      await writer.report;
      return watchers.report;
    });
    await cluster.close();
    if (!("missedCount" in result)) throw new Error("the client did not watch");
    const missed = result.eventCounts.filter((count) => count !== WRITE_COUNT).length;
    if (missed > 0 || result.missedCount > 0) throw new Error(`${missed} of ${WATCHER_COUNT} watchers did not see ${WRITE_COUNT} events, ${result.missedCount} saw them in another order`);
    return { value: (WATCHER_COUNT * WRITE_COUNT) / (wallMs / 1000), cpuMs, notes: { watchers: WATCHER_COUNT, writes: WRITE_COUNT, "missed events": 0 } };
  },
};

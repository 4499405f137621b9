/** A Deployment of 1,000 replicas from its creation to all available, in virtual time as fast as it goes, pulls set to zero. */
import { type Bench, timed } from "./bench-definition.ts";

const REPLICAS = 1_000;

export const deployment1000: Bench = {
  name: "deployment-1000",
  title: "Deployment of 1,000 replicas to all available",
  unit: "ms",
  goal: { max: 2_000 },
  repeatCount: 7,
  async measure() {
    const { deployment, PODS_PER_MACHINE_MAX, runUntilAvailable, settledCluster } = await import("./bare-cluster.ts");
    const { cluster } = settledCluster(Math.ceil(REPLICAS / PODS_PER_MACHINE_MAX));
    const { revision } = cluster.registry.store;
    const sinceMs = cluster.loop.now();
    const { wallMs, cpuMs, threadMs } = await timed(() => {
      cluster.client.create("apps/deployments", deployment("big", REPLICAS));
      runUntilAvailable(cluster, "big", REPLICAS);
    });
    return { value: wallMs, cpuMs, notes: { ...(threadMs === undefined ? {} : { "main thread ms": threadMs }), "simulated s": (cluster.loop.now() - sinceMs) / 1000, writes: cluster.registry.store.revision - revision, "RSS MB": process.memoryUsage().rss / 1024 ** 2 } };
  },
};

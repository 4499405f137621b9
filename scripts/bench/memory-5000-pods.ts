/** Resident memory of the whole process with 5,000 pods running, ten simulated minutes after the last became available; nobody calls the collector. */
import { type Bench, timed } from "./bench-definition.ts";

const DEPLOYMENT_COUNT = 5;
const REPLICAS = 1_000;
const REST_MS = 600_000;
const MIB = 1024 ** 2;

export const memory5000Pods: Bench = {
  name: "memory-5000-pods",
  title: "memory with 5,000 pods running",
  unit: "MB",
  goal: { max: 350 },
  repeatCount: 3,
  async measure() {
    const { deployment, PODS_PER_MACHINE_MAX, runUntilAvailable, settledCluster } = await import("./bare-cluster.ts");
    const { cluster } = settledCluster(Math.ceil((DEPLOYMENT_COUNT * REPLICAS) / PODS_PER_MACHINE_MAX));
    const { wallMs, cpuMs } = await timed(() => {
      for (let index = 0; index < DEPLOYMENT_COUNT; index++) {
        cluster.client.create("apps/deployments", deployment(`big-${index}`, REPLICAS));
        runUntilAvailable(cluster, `big-${index}`, REPLICAS);
      }
    });
    cluster.run(REST_MS);
    const { rss, heapUsed, heapTotal } = process.memoryUsage();
    return { value: rss / MIB, cpuMs, notes: { "heap used MB": heapUsed / MIB, "heap total MB": heapTotal / MIB, "peak RSS MB": process.resourceUsage().maxRSS / 1024, "pods available after s": wallMs / 1000 } };
  },
};

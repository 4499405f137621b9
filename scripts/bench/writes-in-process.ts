/** Creates through the whole write path, without a socket: half ConfigMaps, half pods, with every part of the cluster watching. */
import { type Bench, timed } from "./bench-definition.ts";

const WRITE_COUNT = 10_000;
const WARM_UP_COUNT = 1_000;

export const writesInProcess: Bench = {
  name: "writes-in-process",
  title: "objects created in process",
  unit: "per second",
  goal: { min: 5_000 },
  repeatCount: 5,
  async measure() {
    const { configMap, settledCluster, unscheduledPod } = await import("./bare-cluster.ts");
    const { cluster } = settledCluster(3);
    const create = (index: number): void => void (index % 2 === 0 ? cluster.client.create("configmaps", configMap(index)) : cluster.client.create("pods", unscheduledPod(index)));
    for (let index = 0; index < WARM_UP_COUNT; index++) create(index);
    const { wallMs, cpuMs } = await timed(() => {
      for (let index = WARM_UP_COUNT; index < WARM_UP_COUNT + WRITE_COUNT; index++) create(index);
    });
    return { value: WRITE_COUNT / (wallMs / 1000), cpuMs, notes: { "per CPU second": WRITE_COUNT / (cpuMs / 1000) } };
  },
};

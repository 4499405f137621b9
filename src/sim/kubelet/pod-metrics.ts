/** What pods and nodes use now: the source of the metrics API and of the autoscaler. */
import type { SimMachine } from "../machine.ts";
import type { Kubelet } from "./kubelet.ts";
import type { PodWorker } from "./pod-worker.ts";

export interface Usage {
  cpuMilli: number;
  memoryBytes: number;
}

export interface PodUsage {
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  containers: readonly (Usage & { name: string })[];
}

export interface PodMetrics {
  /** Usage of the pods that run, by namespace; a pod that has just started has none yet. */
  pods(namespace?: string): readonly PodUsage[];
  pod(namespace: string, name: string): PodUsage | undefined;
  /** Usage of a node: its pods and the system below them. Undefined while it cannot be asked. */
  node(name: string): Usage | undefined;
}

/** Estimate: what an idle system, kubelet and container runtime take beside the pods. */
const SYSTEM_MEMORY_BYTES = 400 * 1024 * 1024;
export const systemMemoryBytes = (machine: SimMachine): number => Math.min(SYSTEM_MEMORY_BYTES, machine.memoryBytes / 4);
const SYSTEM_CPU_MILLI = 60;
/** Metrics need two looks at a container (metrics-server `--metric-resolution=15s`). */
const METRICS_AFTER_MS = 15_000;

export function podMetrics(kubelets: () => Iterable<Kubelet>, kubelet: (name: string) => Kubelet | undefined, now: () => number): PodMetrics {
  const usageOf = (worker: PodWorker): PodUsage | undefined => {
    const started = worker.apps.every((record) => record.current !== undefined && now() - record.current.startedMs >= METRICS_AFTER_MS);
    const usage = worker.usage();
    if (!started || usage.size === 0) return undefined;
    const { name, namespace = "", labels = {} } = worker.pod.metadata;
    return { namespace, name, labels, containers: [...usage].map(([container, amounts]) => ({ name: container, ...amounts })) };
  };
  /** What it uses is asked of those alone that are wanted: an autoscaler asks for one pod after the other. */
  const wanted = (countMax: number, namespace?: string, podName?: string): PodUsage[] => {
    const found: PodUsage[] = [];
    for (const one of kubelets()) {
      if (!one.isReachable) continue;
      for (const worker of one.workers) {
        const { metadata } = worker.pod;
        if ((podName !== undefined && metadata.name !== podName) || (namespace !== undefined && (metadata.namespace ?? "") !== namespace)) continue;
        const usage = usageOf(worker);
        if (usage !== undefined && found.push(usage) === countMax) return found;
      }
    }
    return found;
  };
  return {
    pods: (namespace) => wanted(Number.POSITIVE_INFINITY, namespace),
    pod: (namespace, name) => wanted(1, namespace, name)[0],
    node(name) {
      const one = kubelet(name);
      if (one === undefined || !one.isReachable) return undefined;
      const sum: Usage = { cpuMilli: SYSTEM_CPU_MILLI, memoryBytes: systemMemoryBytes(one.machine) };
      for (const worker of one.workers) {
        for (const { cpuMilli, memoryBytes } of worker.usage().values()) {
          sum.cpuMilli += cpuMilli;
          sum.memoryBytes += memoryBytes;
        }
      }
      return { cpuMilli: Math.min(sum.cpuMilli, one.machine.cpuMilli), memoryBytes: Math.min(sum.memoryBytes, one.machine.memoryBytes) };
    },
  };
}

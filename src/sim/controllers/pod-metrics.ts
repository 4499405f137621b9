/** Where the autoscaler learns what pods use: the same source as the metrics API. */
export interface ContainerUsage {
  name: string;
  cpuMilli: number;
  memoryBytes: number;
}

export interface PodMetrics {
  /** Undefined while nothing is known of the pod: it has just started, or its node cannot be asked. */
  pod(namespace: string, name: string): { containers: readonly ContainerUsage[] } | undefined;
}

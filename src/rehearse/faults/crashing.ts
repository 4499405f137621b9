/** Programs of a part of the platform that end soon after they begin, wherever its pods are. */
import type { Struck } from "./fault-effect.ts";

/** Estimate: what a program takes to read a configuration that it cannot go on with. */
const READ_MS = 200;
const TYPES = ["apps/deployments", "apps/daemonsets"] as const;

/** Of the workloads whose pods have all of these labels. */
export function setCrashing({ cluster }: Struck, labels: Readonly<Record<string, string>>, isCrashing: boolean): void {
  const workloads = TYPES.flatMap((type) => cluster.client.list(type)).filter((workload) => {
    const has = (workload["spec"].template.metadata?.labels ?? {}) as Record<string, string>;
    return Object.entries(labels).every(([name, value]) => has[name] === value);
  });
  for (const namespace of new Set(workloads.map(({ metadata }) => metadata.namespace!))) cluster.agents.setCrashing(namespace, labels, isCrashing ? READ_MS : undefined);
}

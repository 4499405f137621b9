/** A cluster without a machine, made once: what every cluster has from its start, so that a trial need not make it again. */
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { Cluster, type ClusterOptions } from "../../src/sim/cluster.ts";

const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
/** Control loops have made what they make in an empty cluster. */
const SETTLED_MS = 10_000;

export const CERTIFICATES = certificateAuthority("kubernest-test", START_MS - DAY_MS, START_MS + 3650 * DAY_MS);

let base: { nowMs: number; snapshot: NonNullable<ClusterOptions["snapshot"]> } | undefined;

export function emptyCluster(): NonNullable<typeof base> {
  if (base !== undefined) return base;
  const cluster = new Cluster({
    version: "v1.36.3",
    seed: "base",
    startMs: START_MS,
    machines: [],
    network: { podCidrs: ["10.244.0.0/16"], serviceCidrs: ["10.96.0.0/12"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates: CERTIFICATES,
    hasMetricsServer: true,
    log: () => undefined,
  });
  cluster.run(SETTLED_MS);
  base = { nowMs: cluster.loop.now(), snapshot: cluster.registry.store.dump() };
  return base;
}

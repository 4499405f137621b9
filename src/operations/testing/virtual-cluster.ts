/** A homelab's machines on the embedded cluster, empty but for them, as the operations' outside: what they are tested against. Time is virtual, and passes when something waits. */
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import type { Homelab } from "../../config/homelab.ts";
import { KubeClient } from "../../kube/kube-client.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Helm, HelmRequest } from "../../ports/helm.ts";
import type { ProgressEvent } from "../../ports/reporter.ts";
import { inProcessTransport } from "../../rehearse/in-process-transport.ts";
import type { WarmStart } from "../../rehearse/prove/warm-start.ts";
import { renderKubeconfig } from "../../rehearse/kubeconfig.ts";
import { simMachines } from "../../rehearse/sim-machines.ts";
import { Cluster } from "../../sim/cluster.ts";
import type { Observed } from "../observe.ts";
import type { OperationPorts } from "../operation-ports.ts";

const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

export interface VirtualCluster {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly observed: Observed;
  readonly ports: OperationPorts;
  readonly events: ProgressEvent[];
  readonly secrets: Map<string, string>;
  /** What helm was asked for; it installs nothing. */
  readonly helmed: HelmRequest[];
  /** The kubeconfigs that connections were asked for with, by their servers. */
  readonly servers: string[];
  /** Somebody else does something, so much later. */
  onTime(delayMs: number, fn: () => void): void;
}

export interface VirtualClusterOptions {
  /** False: machines are prepared, and there is no cluster yet. */
  readonly isFormed?: boolean;
  readonly hasHelm?: boolean;
  /** Servers that nobody reaches. */
  readonly silentServers?: readonly string[];
  /** Goes on from where another was, instead of booting its machines. */
  readonly start?: WarmStart;
}

/** The first machine governs it. */
export function virtualCluster(homelab: Homelab, options: VirtualClusterOptions = {}): VirtualCluster {
  const { isFormed = true, hasHelm = true, silentServers = [], start } = options;
  const cluster = new Cluster({
    version: homelab.kubernetes.version,
    seed: start === undefined ? "1" : `1@${start.store.revision}`,
    ...(start === undefined ? {} : { snapshot: start.store, running: start.running }),
    startMs: start?.nowMs ?? START_MS,
    machines: simMachines(homelab),
    network: { podCidrs: homelab.kubernetes.network.pods, serviceCidrs: homelab.kubernetes.network.services, dnsDomain: homelab.kubernetes.network.dns.domain },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates: certificateAuthority("kubernest-test", START_MS - DAY_MS, START_MS + DAY_MS),
    hasMetricsServer: false,
    log: () => undefined,
  });
  cluster.run(60_000);
  const clock: Clock = {
    now: () => cluster.loop.now(),
    after(delayMs, fn) {
      let isCancelled = false;
      // What a test waits for passes at once, after what is under way.
      setImmediate(() => {
        if (isCancelled) return;
        cluster.run(delayMs);
        fn();
      });
      return () => (isCancelled = true);
    },
  };
  const events: ProgressEvent[] = [];
  const secrets = new Map<string, string>();
  const helmed: HelmRequest[] = [];
  const servers: string[] = [];
  const admin = renderKubeconfig({ name: "kubernetes", server: "https://192.0.2.10:6443", authority: "authority", client: { certificate: "certificate", key: "key" } });
  const helm: Helm = {
    version: () => Promise.resolve(hasHelm ? "v4.0.0" : undefined),
    run: (request) => (helmed.push(request), Promise.resolve({ code: 0, output: "" })),
  };
  const [governing] = Object.keys(homelab.machines);
  const session = { target: { address: "192.0.2.11" }, read: () => Promise.resolve({ code: 0, stdout: admin, stderr: "" }) };
  const facts = isFormed ? { [governing!]: { kubernetes: { kubeadm: { isControlPlane: true, hasJoined: true, isHalfDone: false } } } } : {};
  return {
    cluster,
    client: new KubeClient(inProcessTransport(cluster)),
    events,
    secrets,
    onTime: (delayMs, fn) => void cluster.loop.after(delayMs, fn),
    helmed,
    servers,
    observed: { sessions: new Map([[governing, session]]), facts, away: [] } as unknown as Observed,
    ports: {
      clock,
      reporter: { report: (event: ProgressEvent) => void events.push(event) },
      secret: (name: string) => secrets.get(name),
      secretDigest: (name: string) => (secrets.has(name) ? `digest of ${secrets.get(name)!.length}` : undefined),
      helm,
      debug: () => undefined,
      connectKube(kubeconfig: string) {
        const server = /server: (\S+)/.exec(kubeconfig)?.[1] ?? "";
        servers.push(server);
        const transport = inProcessTransport(cluster);
        return silentServers.includes(server) ? { ...transport, request: () => Promise.reject(new Error("connect EHOSTUNREACH")) } : transport;
      },
    } as unknown as OperationPorts,
  };
}

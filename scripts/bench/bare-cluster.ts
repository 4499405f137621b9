/** A cluster with nothing in it but machines: what most benches start from. */
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { realClock } from "../../src/adapters/real-clock.ts";
import type { KubeObject } from "../../src/objects/kube-object.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { KUBELET_DEFAULTS } from "../../src/sim/kubelet/kubelet-settings.ts";
import type { SimMachine } from "../../src/sim/machine.ts";

const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
/** Upstream's default for a kubelet. */
export const PODS_PER_MACHINE_MAX = 110;
/** Simulated time after which every node of a fresh cluster is Ready. */
const SETTLE_MS = 30_000;

function machine(index: number): SimMachine {
  const name = `node-${String(index).padStart(3, "0")}`;
  return {
    name,
    isControlPlane: index === 0,
    isNode: true,
    cpuMilli: 64_000,
    memoryBytes: 256 * GIB,
    diskBytes: 1024 * GIB,
    architecture: "arm64",
    osImage: "Debian GNU/Linux 13 (trixie)",
    kernelVersion: "6.12.47",
    containerRuntime: "containerd://2.3.7",
    kubeletVersion: "v1.36.3",
    labels: { "kubernetes.io/hostname": name },
    taints: [],
    addresses: [{ type: "InternalIP", address: `192.168.1.${index + 10}` }],
    podCidrs: [`10.244.${index}.0/24`],
    maxPods: PODS_PER_MACHINE_MAX,
    reserved: { cpuMilli: 0, memoryBytes: 0 },
    kubelet: KUBELET_DEFAULTS,
    bootMs: 0,
    // Pulls take no time.
    pullBytesPerSecond: Number.MAX_SAFE_INTEGER,
  };
}

export interface BareCluster {
  cluster: Cluster;
  /** What a client needs to connect as administrator. */
  credentials(): { ca: string; cert: string; key: string };
}

export function bareCluster(machineCount: number): BareCluster {
  const nowMs = realClock.now();
  const certificates = certificateAuthority("kubernest-bench", nowMs - DAY_MS, nowMs + DAY_MS);
  const cluster = new Cluster({
    version: "v1.36.3",
    seed: "bench",
    startMs: nowMs,
    machines: Array.from({ length: machineCount }, (_, index) => machine(index)),
    network: { podCidrs: ["10.244.0.0/16"], serviceCidrs: ["10.96.0.0/16"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates,
    hasMetricsServer: false,
    log: () => {},
  });
  return {
    cluster,
    credentials() {
      const { certificate, key } = certificates.issue({ commonName: "admin", organisations: ["system:masters"], use: "client", notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + DAY_MS });
      return { ca: certificates.authority, cert: certificate, key };
    },
  };
}

/** With every node Ready, in virtual time. */
export function settledCluster(machineCount: number): BareCluster {
  const bare = bareCluster(machineCount);
  bare.cluster.run(SETTLE_MS);
  return bare;
}

/** Turns virtual time, as fast as it goes, until every replica is available. Throws when that takes ten simulated minutes. */
export function runUntilAvailable(cluster: Cluster, name: string, replicas: number): void {
  const deadlineMs = cluster.loop.now() + 600_000;
  const availableCount = (): number | undefined => (cluster.client.get("apps/deployments", "default", name)?.["status"] as { availableReplicas?: number } | undefined)?.availableReplicas;
  while (availableCount() !== replicas) {
    if (!cluster.loop.step(deadlineMs)) throw new Error(`Deployment ${name}: ${availableCount() ?? 0} of ${replicas} replicas are available after ten simulated minutes`);
  }
}

export function deployment(name: string, replicas: number): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: "pause", image: "ghcr.io/example/pause:1.0.0" }] } } },
  };
}

export function configMap(index: number): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `config-${index}`, namespace: "default", labels: { app: "bench" } }, data: { index: String(index), "app.conf": "listen 80\nworkers 4\n" } };
}

/** A pod that no scheduler looks at: what is measured is the API, not what the cluster then does. */
export function unscheduledPod(index: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${index}`, namespace: "default", labels: { app: "bench" } },
    spec: { schedulerName: "nobody", containers: [{ name: "web", image: "ghcr.io/example/web:1.0.0", ports: [{ containerPort: 80 }], env: [{ name: "LOG_LEVEL", value: "info" }], resources: { requests: { cpu: "50m", memory: "64Mi" } } }] },
  };
}

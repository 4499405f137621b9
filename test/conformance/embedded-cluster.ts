/** The embedded cluster with the same three machines as the real control plane's fake nodes, listening on loopback: what cases and recordings are run against. */
import { writeFile } from "node:fs/promises";
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { httpsWebhookTransport } from "../../src/adapters/https-webhook-transport.ts";
import { realClock } from "../../src/adapters/real-clock.ts";
import { renderKubeconfig } from "../../src/rehearse/kubeconfig.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { KUBELET_DEFAULTS } from "../../src/sim/kubelet/kubelet-settings.ts";
import type { SimMachine } from "../../src/sim/machine.ts";
import { FAKE_NODES } from "../real/fake-nodes.ts";
import { REAL_VERSIONS } from "../real/versions.ts";
import type { Target } from "./client.ts";

/** Simulated seconds per real one in the cases: fast enough that nobody waits, slow enough that a poll still sees what passes by. */
export const EMBEDDED_FACTOR = 4;
const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;

export interface EmbeddedCluster {
  target: Target;
  cluster: Cluster;
  writeKubeconfig(file: string): Promise<void>;
  close(): Promise<void>;
}

function machine(node: (typeof FAKE_NODES)[number], index: number): SimMachine {
  const { nodeInfo } = node.status;
  return {
    name: node.metadata.name,
    isControlPlane: index === 0,
    isNode: true,
    cpuMilli: 4_000,
    memoryBytes: 8 * GIB,
    diskBytes: 64 * GIB,
    architecture: "arm64",
    osImage: nodeInfo["osImage"]!,
    kernelVersion: nodeInfo["kernelVersion"]!,
    containerRuntime: nodeInfo["containerRuntimeVersion"]!,
    kubeletVersion: nodeInfo["kubeletVersion"]!,
    labels: { ...node.metadata.labels },
    taints: [],
    addresses: node.status.addresses.filter((address) => address.type !== "InternalDNS") as SimMachine["addresses"],
    podCidrs: [`10.244.${index}.0/24`],
    maxPods: 110,
    reserved: { cpuMilli: 0, memoryBytes: 0 },
    kubelet: KUBELET_DEFAULTS,
    bootMs: 0,
    // Pulls take no time: the fake nodes of the real control plane pull nothing.
    pullBytesPerSecond: Number.MAX_SAFE_INTEGER,
  };
}

/** `factor`: simulated milliseconds per real one. `ageMs`: how long the cluster has been running by its own clock when it first answers. */
export async function startEmbeddedCluster(options: { factor: number; ageMs?: number; port?: number; log?: (line: string) => void }): Promise<EmbeddedCluster> {
  const nowMs = realClock.now();
  const { ageMs = 0 } = options;
  const certificates = certificateAuthority("kubernest-conformance", nowMs - DAY_MS, nowMs + DAY_MS);
  const cluster = new Cluster({
    version: REAL_VERSIONS.kubernetes,
    seed: "conformance",
    startMs: nowMs - ageMs,
    machines: FAKE_NODES.map(machine),
    network: { podCidrs: ["10.244.0.0/16"], serviceCidrs: ["10.96.0.0/16"], dnsDomain: "cluster.local" },
    apiAddresses: ["192.0.2.1"],
    apiPort: 6443,
    certificates,
    hasMetricsServer: false,
    webhooks: httpsWebhookTransport,
    log: options.log ?? (() => {}),
  });
  if (ageMs > 0) cluster.run(ageMs);
  const listener = await cluster.listen(realClock, "127.0.0.1", options.port ?? 0, options.factor);
  const client = certificates.issue({ commonName: "admin", organisations: ["system:masters"], use: "client", notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + DAY_MS });
  const url = `https://127.0.0.1:${listener.port}`;
  return {
    target: { url, ca: certificates.authority, certificate: client.certificate, key: client.key },
    cluster,
    writeKubeconfig: (file) => writeFile(file, renderKubeconfig({ name: "embedded", server: url, authority: certificates.authority, client }), { mode: 0o600 }),
    close: () => cluster.close(),
  };
}

/** The API of the real cluster, as its administrator: the kubeconfig is read from the governing control plane through its session, and stays in memory. */
import { parse, stringify } from "yaml";
import type { Homelab } from "../config/homelab.ts";
import { StepFailed } from "../engine/step-failed.ts";
import { KubeClient } from "../kube/kube-client.ts";
import { assert } from "../lib/assert.ts";
import { bracketed } from "../manifests/cluster/cluster-machines.ts";
import type { KubeTransport } from "../ports/kube-transport.ts";
import { governedBy, type Observed } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";

export interface ClusterAccess {
  readonly client: KubeClient;
  /** Of an administrator: for tools that are given it in a file that nobody else may read, and never for a log. */
  readonly kubeconfig: string;
  /** `https://192.168.1.10:6443` */
  readonly server: string;
  /** Undefined when the API is reached as everybody reaches it; else what a person should know. */
  readonly note: string | undefined;
}

export const ACCESS_BOUNDS = { probeTimeoutMs: 4_000, probeIntervalMs: 1_000, readTimeoutMs: 20_000 } as const;

/** Where a control plane has the administrator's. */
export function kubeconfigPath({ kubernetes }: Homelab): string {
  return kubernetes.distribution === "k3s" ? kubernetes.kubeconfig.path : "/etc/kubernetes/admin.conf";
}

const API_PORT = 6443;

/** Waits until the API answers, at most `deadlineMs`. `prefersOwn`: the governing machine's own API before the shared endpoint. Rejects with `StepFailed`. */
export async function openCluster(homelab: Homelab, observed: Observed, ports: OperationPorts, deadlineMs: number, { prefersOwn = false }: { prefersOwn?: boolean } = {}): Promise<ClusterAccess> {
  const governing = governedBy(homelab, observed.facts);
  const session = governing === undefined ? undefined : observed.sessions.get(governing);
  assert(governing !== undefined && session !== undefined, "a cluster is opened only where a machine governs it");
  const path = kubeconfigPath(homelab);
  const { code, stdout, stderr } = await session.read(`cat ${path}`, ACCESS_BOUNDS.readTimeoutMs);
  if (code !== 0) throw new StepFailed("unreachable", `${governing}: ${path} could not be read: ${stderr.trim()}`, { machine: governing, hint: `it is written when the cluster begins; is ${governing} a control plane, and does sudo work on it?` });
  const own = `https://${bracketed(session.target.address)}:${API_PORT}`;
  const { address, port } = homelab.kubernetes.endpoint;
  const written = serverOf(stdout);
  // The loopback address, as k3s writes it and a proxy on each node has it, is right on the machine alone.
  const named = /^https:\/\/(127\.|localhost|\[::1\])/.test(written) ? (address === undefined ? own : `https://${bracketed(address)}:${port}`) : written;
  return reachedBy([...new Set(prefersOwn ? [own, named] : [named, own])], stdout, { governing, ports, deadlineMs });
}

async function reachedBy(servers: readonly string[], text: string, { governing, ports, deadlineMs }: { governing: string; ports: OperationPorts; deadlineMs: number }): Promise<ClusterAccess> {
  const beganMs = ports.clock.now();
  const errors = new Map<string, string>();
  for (;;) {
    for (const server of servers) {
      const kubeconfig = withServer(text, server);
      const transport = ports.connectKube(kubeconfig);
      const error = await probe(transport, ports);
      if (error === undefined) {
        const note = server === servers[0] ? undefined : `${servers[0]} does not answer here (${errors.get(servers[0]!)}): the API of ${governing} itself is used, ${server}`;
        return { client: new KubeClient(transport), kubeconfig, server, note };
      }
      errors.set(server, error);
      await transport.close();
    }
    const waitedMs = ports.clock.now() - beganMs;
    const lastError = servers.map((server) => `${server}: ${errors.get(server)}`).join("; ");
    const hint = `can this computer reach port ${API_PORT} of ${governing}? On ${governing}: crictl ps -a, and journalctl -u kubelet (k3s: journalctl -u k3s)`;
    if (waitedMs >= deadlineMs) throw new StepFailed("unreachable", `the API did not answer within ${Math.round(deadlineMs / 1000)} s: ${lastError}`, { machine: governing, hint });
    ports.reporter.report({ kind: "waiting", machine: undefined, whatFor: "the API answers", deadlineMs, waitedMs, lastError, hint });
    await new Promise<void>((resolve) => void ports.clock.after(ACCESS_BOUNDS.probeIntervalMs, resolve));
  }
}

/** Undefined when the API is ready for requests. */
async function probe(transport: KubeTransport, { clock }: OperationPorts): Promise<string | undefined> {
  let cancel = (): void => undefined;
  const late = new Promise<string>((resolve) => (cancel = clock.after(ACCESS_BOUNDS.probeTimeoutMs, () => resolve(`no answer within ${ACCESS_BOUNDS.probeTimeoutMs / 1000} s`))));
  const answered = transport.request({ method: "GET", path: "/readyz" }).then(
    ({ code, body }) => (code >= 500 ? `not ready yet: ${body.split("\n").find((line) => line.startsWith("[-]")) ?? `HTTP ${code}`}` : undefined),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return Promise.race([answered, late]).finally(() => cancel());
}

function serverOf(kubeconfig: string): string {
  const server = (parse(kubeconfig) as { clusters?: { cluster?: { server?: string } }[] } | null)?.clusters?.[0]?.cluster?.server;
  if (server === undefined) throw new StepFailed("unreachable", "the administrator's kubeconfig names no server", { hint: "it was changed by hand: kubeadm init phase kubeconfig admin writes it anew" });
  return server;
}

export function withServer(kubeconfig: string, server: string): string {
  const document = parse(kubeconfig) as { clusters?: { cluster?: { server?: string } }[] };
  for (const { cluster } of document.clusters ?? []) if (cluster !== undefined) cluster.server = server;
  return stringify(document, { lineWidth: 0 });
}

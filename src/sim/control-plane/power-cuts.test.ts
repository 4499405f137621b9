/** Whole clusters that lose machines: expected times are those measured on a real 1.36.3 cluster of three control planes and two workers (power cuts, single runs). */
import { beforeEach, expect, it } from "vitest";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { Cluster } from "../cluster.ts";
import type { Node, Pod } from "../kubelet/pod.ts";
import { testMachine } from "../kubelet/test-machine.ts";
import { TEST_START_MS } from "../testing/harness.ts";
import { controlPlaneTimings } from "./timings.ts";

const DAY_MS = 86_400_000;
const SERVERS = ["cp1", "cp2", "cp3"];
let cluster: Cluster;

const conditionOf = (name: string): string | undefined => cluster.client.get<Node>("nodes", undefined, name)?.status?.conditions?.find(({ type }) => type === "Ready")?.status;
const isReady = (name: string): boolean => conditionOf(name) === "True";
const run = (seconds: number): void => cluster.run(seconds * 1000);

/** Seconds until it holds, looked at every tenth. */
function secondsUntil(holds: () => boolean, limitSeconds: number): number {
  for (let tenth = 0; tenth <= limitSeconds * 10; tenth++) {
    if (holds()) return tenth / 10;
    cluster.run(100);
  }
  throw new Error(`not within ${limitSeconds} s`);
}

beforeEach(() => {
  const network = { podCidrs: ["10.244.0.0/16"], serviceCidrs: ["10.96.0.0/12"], dnsDomain: "cluster.local" };
  cluster = new Cluster({
    version: "v1.36.3",
    seed: "power",
    startMs: TEST_START_MS,
    machines: [...SERVERS, "worker4", "worker5"].map((name) =>
      testMachine(name, { kubeletVersion: "v1.36.3", pullBytesPerSecond: 1e12, ...(SERVERS.includes(name) ? { isControlPlane: true, taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" as const }] } : {}) }),
    ),
    network,
    apiAddresses: ["192.0.2.11"],
    apiPort: 6443,
    certificates: certificateAuthority("test", TEST_START_MS - DAY_MS, TEST_START_MS + 30 * DAY_MS),
    hasMetricsServer: false,
    controlPlane: { servers: SERVERS, datastore: "etcd", timings: controlPlaneTimings("kubeadm"), doors: [], isLocalFirst: true, isOneProcess: false, isAlive: () => true },
    log: () => undefined,
  });
  run(60);
  cluster.client.create("apps/deployments", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1.29" }] } } },
  });
  run(60);
});

it("loses a worker: not ready, evicted and replaced when a real one was", () => {
  expect([...SERVERS, "worker4", "worker5"].every(isReady)).toBe(true);
  cluster.agents.machine("worker5")!.powerOff();
  // Measured: +45.8 s, +345.8 s, and the replacement Ready at +349.1 s.
  const unknown = secondsUntil(() => conditionOf("worker5") === "Unknown", 120);
  expect(Math.abs(unknown - 45.8)).toBeLessThanOrEqual(5);
  const deleted = unknown + secondsUntil(() => cluster.client.list<Pod>("pods", { namespace: "default" }).some(({ metadata }) => metadata.deletionTimestamp !== undefined), 400);
  expect(deleted - unknown).toBeGreaterThanOrEqual(300);
  expect(deleted - unknown).toBeLessThanOrEqual(305);
  const replaced = secondsUntil(() => cluster.client.list<Pod>("pods", { namespace: "default" }).filter((pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")).length === 2, 30);
  expect(replaced).toBeLessThanOrEqual(5);
});

it("loses the control plane that led everything: another grace period begins when its lease has run out", () => {
  cluster.agents.machine("cp1")!.powerOff();
  expect(cluster.controlPlane!.outage).toBe("election");
  // Measured: +68.8 s.
  const unknown = secondsUntil(() => conditionOf("cp1") === "Unknown", 120);
  expect(Math.abs(unknown - 68.8)).toBeLessThanOrEqual(5);
  cluster.agents.machine("cp1")!.powerOn();
  run(30);
  expect(isReady("cp1")).toBe(true);
});

it("keeps what runs while the API is away, and finds it as it was", () => {
  const uids = (): string[] => cluster.client.list<Pod>("pods", { namespace: "default" }).map(({ metadata }) => metadata.uid!).sort();
  const before = uids();
  cluster.agents.machine("cp2")!.powerOff();
  cluster.agents.machine("cp3")!.powerOff();
  const { revision } = cluster.registry.store;
  run(3600);
  expect(cluster.registry.store.revision).toBe(revision);
  expect(() => cluster.client.delete("pods", "default", "x")).toThrow("etcdserver: request timed out");
  expect(cluster.agents.machine("worker4")!.workers.concat(cluster.agents.machine("worker5")!.workers).filter(({ pod }) => pod.metadata.namespace === "default").length).toBe(2);
  cluster.agents.machine("cp2")!.powerOn();
  cluster.agents.machine("cp3")!.powerOn();
  run(30);
  expect(cluster.controlPlane!.outage).toBeUndefined();
  // All timers of the control loops began anew: an hour's silence evicts nobody.
  run(400);
  expect(uids()).toEqual(before);
  expect([...SERVERS, "worker4", "worker5"].every(isReady)).toBe(true);
});

it("answers requests as an API server does whose datastore has no quorum", async () => {
  cluster.agents.machine("cp2")!.powerOff();
  cluster.agents.machine("cp3")!.powerOff();
  const ask = async (path: string): Promise<[number, string]> => {
    const answer = await cluster.handler({ method: "GET", path, query: new URLSearchParams(), headers: { accept: "application/json" }, body: Buffer.from(""), user: { name: "admin", groups: ["system:masters", "system:authenticated"] } });
    return [answer.code, String(answer.body)];
  };
  const [code, body] = await ask("/api/v1/namespaces/default/pods");
  expect([code, JSON.parse(body).message]).toEqual([500, "etcdserver: request timed out"]);
  expect((await ask("/readyz"))[1]).toContain("[-]etcd failed: reason withheld");
  expect((await ask("/version"))[0]).toBe(200);
});

it("cut off a machine and give it back: the pods that were called not ready are ready again, without a restart", () => {
  const running = (): [string, string | undefined, number | undefined][] =>
    cluster.client.list<Pod>("pods", { namespace: "default" }).map((pod) => [pod.metadata.uid!, pod.status?.conditions?.find(({ type }) => type === "Ready")?.status, pod.status?.containerStatuses?.[0]?.restartCount]);
  const before = running();
  cluster.agents.machine("worker5")!.setConnected(false);
  run(120);
  expect(running().map(([, ready]) => ready).sort()).toEqual(["False", "True"]);
  cluster.agents.machine("worker5")!.setConnected(true);
  run(10);
  expect(running()).toEqual(before);
  // A controller that is wrong about a node that speaks is corrected too.
  const [pod] = cluster.client.list<Pod>("pods", { namespace: "default" });
  cluster.client.updateStatus("pods", { ...pod!, status: { ...pod!.status, conditions: pod!.status!.conditions!.map((condition) => (condition.type === "Ready" ? { ...condition, status: "False" } : condition)) } });
  run(1);
  expect(running()).toEqual(before);
});

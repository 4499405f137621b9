/** What a machine does when something is taken from it, and the rarer ways of a pod's life. */
import { beforeEach, expect, test } from "vitest";
import { startScheduler } from "../scheduler/scheduler.ts";
import { prepareNamespace } from "../scheduler/test-namespace.ts";
import { testPod } from "../scheduler/test-objects.ts";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
import type { Kubelet } from "./kubelet.ts";
import { K3S_KUBELET_DEFAULTS } from "./kubelet-settings.ts";
import { createNodeAgents, type NodeAgents } from "./node-agents.ts";
import type { Node, Pod, PodSpec } from "./pod.ts";
import { testMachine } from "./test-machine.ts";

let cluster: TestCluster;
let agents: NodeAgents;

beforeEach(() => {
  cluster = createTestCluster();
  prepareNamespace(cluster.client);
  startScheduler(cluster.context("scheduler"));
  agents = createNodeAgents((name) => cluster.context(name));
});

function startNode(name = "node1", overrides: Parameters<typeof testMachine>[1] = {}, options: Parameters<NodeAgents["start"]>[1] = {}): Kubelet {
  const kubelet = agents.start(testMachine(name, { pullBytesPerSecond: 0, ...overrides }), options)!;
  cluster.run(5_000);
  const node = cluster.client.get<Node>("nodes", undefined, name)!;
  cluster.client.update("nodes", { ...node, spec: { ...node.spec, taints: [] } });
  return kubelet;
}

const pod = (name: string): Pod => cluster.client.get<Pod>("pods", "default", name)!;
const create = (name: string, spec: Partial<PodSpec> = {}, priority?: number): void =>
  void cluster.client.create("pods", testPod(name, { containers: [{ name: "app", image: "nginx:1.29" }], ...spec, ...(priority === undefined ? {} : { priority }) }));
const eventsOf = (name: string): string[] =>
  cluster.client.list("events").filter((event) => event.involvedObject.name === name).map((event) => `${event.reason}: ${event.message}`);
const lease = (): string => cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", "node1")!.spec.renewTime;

test("a slow machine takes so many times as long for all that begins, and nothing of what runs is felt", () => {
  const kubelet = startNode("node1", { pullBytesPerSecond: 10 * 1024 * 1024, bootMs: 3_000 });
  const startMs = (name: string): number => {
    kubelet.images.remove("nginx:1.29");
    const beganMs = cluster.loop.now();
    create(name);
    while (pod(name).status?.conditions?.find(({ type }) => type === "Ready")?.status !== "True") cluster.run(100);
    const tookMs = cluster.loop.now() - beganMs;
    cluster.client.delete("pods", "default", name, { gracePeriodSeconds: 0 });
    return tookMs;
  };
  create("runs");
  cluster.run(30_000);
  const usual = startMs("before");
  kubelet.setSlowness(10);
  const slow = startMs("slow");
  expect([slow > usual * 8, slow < usual * 11, pod("runs").status!.containerStatuses![0]!.restartCount]).toEqual([true, true, 0]);
  kubelet.powerOff();
  kubelet.powerOn();
  cluster.run(29_000);
  expect(kubelet.isOnline).toBe(false);
  cluster.run(2_000);
  expect(kubelet.isOnline).toBe(true);
  kubelet.setSlowness(1);
  cluster.run(120_000);
  expect(startMs("after")).toBeLessThan(usual * 1.5);
});

test("a machine without a network runs on, says nothing, and learns later what it missed", () => {
  const kubelet = startNode();
  create("stays");
  create("goes");
  cluster.run(5_000);
  kubelet.setConnected(false);
  const before = lease();
  cluster.client.delete("pods", "default", "goes", { gracePeriodSeconds: 0 });
  create("new", { nodeName: "node1" });
  cluster.run(60_000);
  expect(lease()).toBe(before);
  expect(kubelet.worker("default", "goes")?.isFinished).toBe(false);
  expect(pod("new").status?.containerStatuses).toBeUndefined();
  expect(agents.metrics.node("node1")).toBeUndefined();
  expect(() => agents.logs("default", "stays", {})).toThrow("no route to host");
  kubelet.setConnected(true);
  cluster.run(10_000);
  expect(lease() > before).toBe(true);
  expect(kubelet.worker("default", "goes")).toBeUndefined();
  expect(pod("new").status?.phase).toBe("Running");
  expect(pod("stays").status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

test("without a network an image cannot be pulled: back-off, then success", () => {
  const kubelet = startNode("node1", { pullBytesPerSecond: 10e6 });
  create("web");
  cluster.run(1_000);
  kubelet.setConnected(false);
  cluster.run(30_000);
  kubelet.setConnected(true);
  cluster.run(1_000);
  expect(pod("web").status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
  cluster.run(120_000);
  expect(pod("web").status?.phase).toBe("Running");
});

test("a shortage of memory evicts who uses more than was asked for, least important first, and stays told for five minutes", () => {
  const kubelet = startNode();
  create("modest", { containers: [{ name: "app", image: "nginx:1.29", resources: { requests: { memory: "100Mi" } } }] });
  create("greedy");
  cluster.run(5_000);
  // 8 GiB, 400 MiB of them the system's: with these, 96 MiB are left, and 104 once nginx has gone.
  kubelet.setOtherMemoryBytes(7680 * 1024 ** 2);
  cluster.run(1_000);
  expect(pod("greedy").status).toMatchObject({ phase: "Failed", reason: "Evicted" });
  expect(pod("greedy").status?.message).toBe("The node was low on resource: memory. Threshold quantity: 100Mi, available: 99060Ki. Container app was using 7816Ki, request is 0, has larger consumption of memory. ");
  expect(pod("greedy").status?.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({ status: "True", reason: "TerminationByKubelet", message: pod("greedy").status?.message });
  expect(pod("modest").status?.phase).toBe("Running");
  const pressure = (): string | undefined => cluster.client.get<Node>("nodes", undefined, "node1")!.status?.conditions?.find(({ type }) => type === "MemoryPressure")?.status;
  cluster.run(6_000);
  expect(pressure()).toBe("True");
  kubelet.setOtherMemoryBytes(0);
  cluster.run(285_000);
  expect(pressure()).toBe("True");
  cluster.run(30_000);
  expect(pressure()).toBe("False");
});

test("k3s looks at no memory: its kubelet tells no pressure", () => {
  const kubelet = startNode("node1", { kubelet: K3S_KUBELET_DEFAULTS });
  create("web");
  cluster.run(5_000);
  kubelet.setOtherMemoryBytes(8 * 1024 ** 3);
  cluster.run(30_000);
  expect(pod("web").status?.phase).toBe("Running");
  expect(eventsOf("node1").some((line) => line.startsWith("EvictionThresholdMet"))).toBe(false);
});

test("a machine's own pods have objects that cannot be deleted for good, and whose containers run on", () => {
  startNode("node1", { isControlPlane: true }, {
    staticPods: [{ apiVersion: "v1", kind: "Pod", metadata: { name: "etcd", namespace: "kube-system", labels: { component: "etcd" } }, spec: { hostNetwork: true, containers: [{ name: "etcd", image: "registry.k8s.io/etcd:3.6.5-0" }] } }],
  });
  cluster.run(5_000);
  const mirror = (): Pod => cluster.client.get<Pod>("pods", "kube-system", "etcd-node1")!;
  expect(mirror()).toMatchObject({ metadata: { ownerReferences: [{ kind: "Node", name: "node1", controller: true }] }, status: { phase: "Running", podIP: "192.0.2.11", hostIP: "192.0.2.11" } });
  const { uid } = mirror().metadata;
  const { containerID } = mirror().status!.containerStatuses![0]!;
  cluster.client.delete("pods", "kube-system", "etcd-node1");
  cluster.run(2_000);
  expect(mirror().metadata.uid).not.toBe(uid);
  expect(mirror().status?.containerStatuses?.[0]).toMatchObject({ containerID, restartCount: 0 });
});

test("both families have an address, a pod that is gone gives its own back last", () => {
  startNode("node1", { podCidrs: ["10.42.1.0/24", "fd00:42:1::/64"], addresses: [{ type: "InternalIP", address: "192.0.2.11" }, { type: "InternalIP", address: "2001:db8::11" }] });
  create("one");
  cluster.run(5_000);
  expect(pod("one").status).toMatchObject({ podIPs: [{ ip: "10.42.1.2" }, { ip: "fd00:42:1::2" }], hostIPs: [{ ip: "192.0.2.11" }, { ip: "2001:db8::11" }] });
  cluster.client.delete("pods", "default", "one");
  cluster.run(5_000);
  create("two");
  cluster.run(5_000);
  expect(pod("two").status?.podIP).toBe("10.42.1.3");
});

test("a startup probe holds the others back; a readiness gate holds the pod", () => {
  startNode();
  create("slow", {
    readinessGates: [{ conditionType: "example.org/gate" }],
    containers: [{
      name: "app", image: "ghcr.io/jellyfin/jellyfin:10", ports: [{ containerPort: 8096 }],
      startupProbe: { httpGet: { port: 8096 }, periodSeconds: 2, failureThreshold: 30 },
      livenessProbe: { httpGet: { port: 8096 }, periodSeconds: 1, failureThreshold: 1 },
    }],
  });
  cluster.run(6_000);
  expect(pod("slow").status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false, restartCount: 0 });
  expect(eventsOf("slow").some((line) => line.startsWith('Unhealthy: Startup probe failed: Get "http://10.42.1.2:8096/": dial tcp 10.42.1.2:8096: connect: connection refused'))).toBe(true);
  cluster.run(8_000);
  expect(pod("slow").status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: true, restartCount: 0 });
  const condition = (): object | undefined => pod("slow").status?.conditions?.find(({ type }) => type === "Ready");
  expect(condition()).toMatchObject({ status: "False", reason: "ReadinessGatesNotReady", message: 'corresponding condition of pod readiness gate "example.org/gate" does not exist.' });
  const current = pod("slow");
  cluster.client.updateStatus("pods", { ...current, status: { ...current.status, conditions: [...current.status!.conditions!, { type: "example.org/gate", status: "True" }] } });
  cluster.run(1_000);
  expect(condition()).toMatchObject({ status: "True" });
});

test("a pre-stop hook takes its time out of the grace", () => {
  startNode();
  create("web", { terminationGracePeriodSeconds: 30, containers: [{ name: "app", image: "nginx:1.29", lifecycle: { preStop: { exec: { command: ["sh", "-c", "sleep 8"] } } } }] });
  cluster.run(5_000);
  cluster.client.delete("pods", "default", "web");
  cluster.run(8_000);
  expect(pod("web").status?.containerStatuses?.[0]?.state?.running).toBeDefined();
  cluster.run(3_000);
  expect(pod("web")).toBeUndefined();
});

test("a program that hangs becomes unready, is restarted, and heals", () => {
  const kubelet = startNode();
  create("web", { terminationGracePeriodSeconds: 2, containers: [{ name: "app", image: "nginx:1.29", readinessProbe: { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 1 }, livenessProbe: { httpGet: { port: 80 }, periodSeconds: 5 } }] });
  cluster.run(10_000);
  kubelet.worker("default", "web")!.processOn(80)!.setHung(true);
  cluster.run(6_000);
  expect(pod("web").status?.containerStatuses?.[0]).toMatchObject({ ready: false, restartCount: 0 });
  expect(eventsOf("web")).toContain('Unhealthy: Readiness probe failed: Get "http://10.42.1.2:80/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
  cluster.run(30_000);
  expect(pod("web").status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 1 });
});

test("a pod that is deleted while a probe restarts its container still goes", () => {
  startNode();
  create("web", { terminationGracePeriodSeconds: 20, containers: [{ name: "app", image: "busybox:1.37", command: ["sleep", "1000"], livenessProbe: { exec: { command: ["false"] }, periodSeconds: 1, failureThreshold: 1 } }] });
  cluster.run(4_000);
  expect(eventsOf("web")).toContain("Killing: Container app failed liveness probe, will be restarted");
  cluster.client.delete("pods", "default", "web");
  cluster.run(30_000);
  expect(pod("web")).toBeUndefined();
});

test("a second deletion without grace ends the wait", () => {
  startNode();
  create("deaf", { terminationGracePeriodSeconds: 600, containers: [{ name: "app", image: "busybox:1.37", command: ["sleep", "1000"] }] });
  cluster.run(4_000);
  cluster.client.delete("pods", "default", "deaf");
  cluster.run(10_000);
  expect(pod("deaf").status?.phase).toBe("Running");
  cluster.client.delete("pods", "default", "deaf", { gracePeriodSeconds: 1 });
  cluster.run(5_000);
  expect(pod("deaf")).toBeUndefined();
});

test("logs follow a container to its end, and the run before can be read", () => {
  startNode();
  create("talk", { restartPolicy: "OnFailure", containers: [{ name: "app", image: "busybox:1.37", command: ["sh", "-c", "echo first; sleep 20; echo last; exit 1"] }] });
  cluster.run(5_000);
  let followed = "";
  let hasEnded = false;
  const answer = agents.logs("default", "talk", { follow: true, tailLines: 1 });
  expect(answer.text).toBe("first\n");
  answer.follow!((text) => (followed += text), () => (hasEnded = true));
  cluster.run(22_000);
  expect([followed, hasEnded]).toEqual(["last\n", true]);
  cluster.run(5_000);
  expect(pod("talk").status?.containerStatuses?.[0]?.restartCount).toBe(1);
  expect(agents.logs("default", "talk", { previous: true }).text).toBe("first\nlast\n");
  expect(agents.logs("default", "talk", { limitBytes: 3 }).text).toBe("fir");
  expect(() => agents.logs("default", "talk", { container: "nothing" })).toThrow("container nothing is not valid for pod talk");
  expect(() => agents.logs("default", "missing", {})).toThrow('pods "missing" not found');
});

test("an ephemeral container joins a running pod", () => {
  startNode();
  create("web");
  cluster.run(5_000);
  cluster.client.patch("pods", "default", "web", { spec: { ephemeralContainers: [{ name: "debug", image: "busybox:1.37", command: ["echo", "inside"], terminationMessagePolicy: "File", imagePullPolicy: "IfNotPresent" }] } }, "ephemeralcontainers");
  cluster.run(5_000);
  expect(pod("web").status?.ephemeralContainerStatuses).toMatchObject([{ name: "debug", state: { terminated: { exitCode: 0, reason: "Completed" } } }]);
  expect(agents.logs("default", "web", { container: "debug" }).text).toBe("inside\n");
});

test("usage is known once it has been measured twice", () => {
  startNode();
  create("web");
  cluster.run(5_000);
  expect(agents.metrics.pod("default", "web")).toBeUndefined();
  cluster.run(20_000);
  expect(agents.metrics.pod("default", "web")?.containers).toMatchObject([{ name: "app", memoryBytes: 8_000_000 }]);
  expect(agents.metrics.node("node1")!.memoryBytes).toBeGreaterThan(400 * 1024 * 1024);
});

test("a lost disk loses images and what was written to it", () => {
  const kubelet = startNode();
  const write = (name: string, command: string): void => create(name, { restartPolicy: "Never", volumes: [{ name: "d", hostPath: { path: "/data" } }], containers: [{ name: "app", image: "busybox:1.37", command: ["sh", "-c", command], volumeMounts: [{ name: "d", mountPath: "/data" }] }] });
  write("writer", "echo kept > /data/a");
  cluster.run(5_000);
  write("reader", "cat /data/a");
  cluster.run(5_000);
  expect(agents.logs("default", "reader", {}).text).toBe("kept\n");
  kubelet.loseDisk();
  write("later", "cat /data/a");
  cluster.run(5_000);
  expect(agents.logs("default", "later", {}).text).toBe("cat: /data/a: No such file or directory\n");
  expect(eventsOf("later").some((line) => line.startsWith("Pulling"))).toBe(true);
});

test("the same seed gives the same statuses, events and leases", () => {
  const run = (): string => {
    cluster = createTestCluster({ seed: "again" });
    prepareNamespace(cluster.client);
    startScheduler(cluster.context("scheduler"));
    agents = createNodeAgents((name) => cluster.context(name));
    startNode("node1");
    startNode("node2");
    for (let i = 0; i < 6; i++) create(`web-${i}`, { containers: [{ name: "app", image: i % 2 ? "nginx:1.29" : "busybox:1.37", ...(i % 2 ? {} : { command: ["false"] }) }] });
    cluster.run(90_000);
    return JSON.stringify([cluster.client.list("pods"), cluster.client.list("events"), cluster.client.list("coordination.k8s.io/leases")]);
  };
  expect(run()).toBe(run());
});

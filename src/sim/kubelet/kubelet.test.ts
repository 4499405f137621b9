import { beforeEach, expect, test } from "vitest";
import { startScheduler } from "../scheduler/scheduler.ts";
import { prepareNamespace } from "../scheduler/test-namespace.ts";
import { testPod } from "../scheduler/test-objects.ts";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
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

function startNode(name = "node1", options: Parameters<typeof testMachine>[1] = {}): void {
  agents.start(testMachine(name, options));
  cluster.run(5_000);
  // What the node lifecycle controller does once a node is ready.
  const node = cluster.client.get<Node>("nodes", undefined, name)!;
  cluster.client.update("nodes", { ...node, spec: { ...node.spec, taints: options.taints ?? [] } });
}

const pod = (name: string): Pod => cluster.client.get<Pod>("pods", "default", name)!;
const create = (one: Pod): void => void cluster.client.create("pods", one);
const eventsOf = (name: string): string[] =>
  cluster.client
    .list("events", { namespace: "default" })
    .filter((event) => event.involvedObject.name === name)
    .map((event) => `${event.reason}: ${event.message}`);
const command = (...words: string[]): Pick<PodSpec, "containers" | "restartPolicy"> => ({
  restartPolicy: "Never",
  containers: [{ name: "app", image: "busybox:1.37", command: words }],
});

test("a node registers with what its machine has, and becomes ready", () => {
  startNode("node1", { labels: { "node-role.kubernetes.io/control-plane": "true" } });
  const node = cluster.client.get<Node>("nodes", undefined, "node1")!;
  expect(node.metadata.labels).toMatchObject({ "kubernetes.io/hostname": "node1", "kubernetes.io/arch": "arm64", "node-role.kubernetes.io/control-plane": "true" });
  expect(node.spec).toMatchObject({ podCIDR: "10.42.1.0/24", podCIDRs: ["10.42.1.0/24"] });
  expect(node.status).toMatchObject({
    capacity: { cpu: "4", memory: "8Gi", pods: "110" },
    addresses: [{ type: "InternalIP", address: "192.0.2.11" }, { type: "Hostname", address: "node1" }],
    nodeInfo: { architecture: "arm64", kubeletVersion: "v1.36.1+k3s1", operatingSystem: "linux" },
  });
  expect(node.status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
    "MemoryPressure=False KubeletHasSufficientMemory",
    "DiskPressure=False KubeletHasNoDiskPressure",
    "PIDPressure=False KubeletHasSufficientPID",
    "Ready=True KubeletReady",
  ]);
  expect(eventsOf("node1").sort()).toEqual([
    "NodeAllocatableEnforced: Updated Node Allocatable limit across pods",
    "NodeHasNoDiskPressure: Node node1 status is now: NodeHasNoDiskPressure",
    "NodeHasSufficientMemory: Node node1 status is now: NodeHasSufficientMemory",
    "NodeHasSufficientPID: Node node1 status is now: NodeHasSufficientPID",
    "NodeReady: Node node1 status is now: NodeReady",
    "Starting: Starting kubelet.",
  ]);
  const lease = cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", "node1")!;
  expect(lease.spec).toMatchObject({ holderIdentity: "node1", leaseDurationSeconds: 40 });
  const { renewTime } = lease.spec;
  cluster.run(10_000);
  expect(cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", "node1")!.spec.renewTime > renewTime).toBe(true);
});

test("a pod is pulled, started and ready, with upstream's events and status", () => {
  startNode();
  create(testPod("web", { containers: [{ name: "app", image: "nginx:1.29", readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 } }] }));
  cluster.run(300);
  expect(pod("web").status).toMatchObject({ phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } }, ready: false }], hostIP: "192.0.2.11" });
  cluster.run(30_000);
  const { status } = pod("web");
  expect(status).toMatchObject({
    phase: "Running", podIP: "10.42.1.2", podIPs: [{ ip: "10.42.1.2" }], hostIPs: [{ ip: "192.0.2.11" }],
    containerStatuses: [{ name: "app", ready: true, started: true, restartCount: 0, image: "docker.io/library/nginx:1.29", state: { running: {} } }],
  });
  expect(status?.conditions?.map(({ type, status: value }) => `${type}=${value}`).sort()).toEqual([
    "ContainersReady=True", "Initialized=True", "PodReadyToStartContainers=True", "PodScheduled=True", "Ready=True",
  ]);
  expect(eventsOf("web")).toEqual([
    "Scheduled: Successfully assigned default/web to node1",
    'Pulling: Pulling image "nginx:1.29"',
    'Pulled: Successfully pulled image "nginx:1.29" in 7.6s (7.6s including waiting). Image size: 72000000 bytes.',
    "Created: Container created",
    "Started: Container started",
  ]);
});

test("a deleted pod is stopped in order and its object goes", () => {
  startNode();
  create(testPod("web", { containers: [{ name: "app", image: "nginx:1.29" }] }));
  cluster.run(20_000);
  cluster.client.delete("pods", "default", "web");
  cluster.run(5_000);
  expect(pod("web")).toBeUndefined();
  expect(eventsOf("web").at(-1)).toBe("Killing: Stopping container app");
});

test("a program that does not listen to signals is killed when its grace is over", () => {
  startNode();
  create(testPod("sleeper", { ...command("sleep", "3600"), terminationGracePeriodSeconds: 10 }));
  cluster.run(10_000);
  cluster.client.delete("pods", "default", "sleeper");
  cluster.run(9_000);
  expect(pod("sleeper").metadata.deletionTimestamp).toBeDefined();
  cluster.run(4_000);
  expect(pod("sleeper")).toBeUndefined();
});

test("one-shot commands end with their code, their output and their reason", () => {
  startNode();
  create(testPod("good", command("sh", "-c", 'for i in 1 2; do echo "round $i"; sleep 1; done')));
  create(testPod("bad", command("sh", "-c", "echo broken >&2; exit 3")));
  cluster.run(15_000);
  expect(pod("good").status).toMatchObject({ phase: "Succeeded", containerStatuses: [{ state: { terminated: { exitCode: 0, reason: "Completed" } } }] });
  expect(agents.logs("default", "good", {}).text).toBe("round 1\nround 2\n");
  expect(pod("bad").status).toMatchObject({ phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 3, reason: "Error" } } }] });
  expect(agents.logs("default", "bad", { timestamps: true }).text).toMatch(/^2026-01-01T00:00:\d\d\.\d{9}Z broken\n$/);
});

test("a container that keeps failing is restarted with a growing back-off", () => {
  startNode();
  create(testPod("crash", { containers: [{ name: "app", image: "busybox:1.37", command: ["false"] }] }));
  cluster.run(8_000);
  const status = pod("crash").status!;
  expect(status.phase).toBe("Running");
  expect(status.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    state: { waiting: { reason: "CrashLoopBackOff", message: `back-off 10s restarting failed container=app pod=crash_default(${pod("crash").metadata.uid})` } },
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  });
  cluster.run(120_000);
  expect(pod("crash").status?.containerStatuses?.[0]?.restartCount).toBe(4);
  expect(eventsOf("crash").filter((line) => line.startsWith("BackOff"))[0]).toBe(`BackOff: Back-off restarting failed container app in pod crash_default(${pod("crash").metadata.uid})`);
});

test("a part of a volume is mounted by its expression, unless that leads out of the volume", () => {
  startNode();
  const mounted = (name: string, subPathExpr: string): Pod =>
    testPod(name, {
      restartPolicy: "Never",
      initContainers: [{ name: "write", image: "busybox:1.37", command: ["sh", "-c", "mkdir -p /all/web; echo hello > /all/web/page"], volumeMounts: [{ name: "work", mountPath: "/all" }] }],
      containers: [{ name: "app", image: "busybox:1.37", command: ["cat", "/part/page"], terminationMessagePolicy: "FallbackToLogsOnError", env: [{ name: "PART", value: "web" }, { name: "OUT", value: "/tmp" }, { name: "UP", value: "a/../b" }], volumeMounts: [{ name: "work", mountPath: "/part", subPathExpr }] }],
      volumes: [{ name: "work", emptyDir: {} }],
    });
  create(mounted("inside", "$(PART)"));
  create(mounted("absolute", "$(OUT)"));
  create(mounted("upwards", "$(UP)"));
  create(mounted("missing", "$(NOBODY)"));
  cluster.run(60_000);
  expect(pod("inside").status?.phase).toBe("Succeeded");
  const messageOf = (name: string): string | undefined => pod(name).status?.containerStatuses?.[0]?.state?.waiting?.message;
  expect(messageOf("absolute")).toBe("error SubPath `/tmp` must not be an absolute path");
  expect(messageOf("upwards")).toBe("unable to provision SubPath `a/../b`: must not contain '..'");
  expect(messageOf("missing")).toBe("missing value for NOBODY");
});

test("a missing ConfigMap keeps a container from being made until it comes", () => {
  startNode();
  create(testPod("web", { containers: [{ name: "app", image: "nginx:1.29", envFrom: [{ configMapRef: { name: "settings" } }] }] }));
  cluster.run(20_000);
  expect(pod("web").status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: "CreateContainerConfigError", message: 'configmap "settings" not found' } });
  expect(eventsOf("web")).toContain('Failed: Error: configmap "settings" not found');
  cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "default" }, data: { A: "1" } });
  cluster.run(20_000);
  expect(pod("web").status?.phase).toBe("Running");
});

test("a volume from a missing ConfigMap is told and tried again", () => {
  startNode();
  create(testPod("web", { volumes: [{ name: "v", configMap: { name: "files" } }], containers: [{ name: "app", image: "busybox:1.37", command: ["cat", "/files/a"], volumeMounts: [{ name: "v", mountPath: "/files" }] }], restartPolicy: "Never" }));
  cluster.run(3_000);
  expect(eventsOf("web")).toContain('FailedMount: MountVolume.SetUp failed for volume "v" : configmap "files" not found');
  expect(pod("web").status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: "ContainerCreating" } });
  cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "files", namespace: "default" }, data: { a: "hello\n" } });
  cluster.run(20_000);
  expect(pod("web").status?.phase).toBe("Succeeded");
  expect(agents.logs("default", "web", {}).text).toBe("hello\n");
});

test("a liveness probe restarts a container whose file is gone", () => {
  startNode();
  create(testPod("live", {
    containers: [{
      name: "app", image: "busybox:1.37", args: ["/bin/sh", "-c", "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600"],
      livenessProbe: { exec: { command: ["cat", "/tmp/healthy"] }, initialDelaySeconds: 5, periodSeconds: 5 },
    }],
    terminationGracePeriodSeconds: 5,
  }));
  cluster.run(30_000);
  expect(pod("live").status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { running: {} } });
  cluster.run(40_000);
  expect(pod("live").status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 137, reason: "Error" } } });
  expect(eventsOf("live")).toContain("Unhealthy: Liveness probe failed: cat: /tmp/healthy: No such file or directory\n");
  expect(eventsOf("live")).toContain("Killing: Container app failed liveness probe, will be restarted");
});

test("init containers run in order, a sidecar stays beside the app and stops after it", () => {
  startNode();
  create(testPod("job", {
    restartPolicy: "Never",
    initContainers: [
      { name: "first", image: "busybox:1.37", command: ["sh", "-c", "echo one > /work/a"], volumeMounts: [{ name: "work", mountPath: "/work" }] },
      { name: "proxy", image: "nginx:1.29", restartPolicy: "Always" },
    ],
    containers: [{ name: "main", image: "busybox:1.37", command: ["sh", "-c", "cat /work/a; sleep 5"], volumeMounts: [{ name: "work", mountPath: "/work" }] }],
    volumes: [{ name: "work", emptyDir: {} }],
  }));
  cluster.run(600);
  expect(pod("job").status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: "PodInitializing" } });
  expect(pod("job").status?.conditions).toContainEqual(expect.objectContaining({ type: "Initialized", status: "False", reason: "ContainersNotInitialized", message: "containers with incomplete status: [first proxy]" }));
  cluster.run(12_000);
  expect(pod("job").status).toMatchObject({ phase: "Running", initContainerStatuses: [{ name: "first", ready: true }, { name: "proxy", ready: true, started: true }] });
  cluster.run(10_000);
  expect(pod("job").status?.phase).toBe("Succeeded");
  expect(agents.logs("default", "job", { container: "main" }).text).toBe("one\n");
});

test("an image that may not be pulled and one that has no valid name", () => {
  startNode();
  create(testPod("never", { containers: [{ name: "app", image: "ghcr.io/example/app:1", imagePullPolicy: "Never" }] }));
  create(testPod("wrong", { containers: [{ name: "app", image: "Ghcr.io/Example/App" }] }));
  cluster.run(3_000);
  expect(pod("never").status?.containerStatuses?.[0]?.state).toEqual({
    waiting: { reason: "ErrImageNeverPull", message: 'Container image "ghcr.io/example/app:1" is not present with pull policy of Never' },
  });
  expect(pod("wrong").status?.containerStatuses?.[0]?.state).toMatchObject({ waiting: { reason: "InvalidImageName" } });
});

test("a machine that loses power takes its pods up again when it is back", () => {
  startNode();
  create(testPod("web", { containers: [{ name: "app", image: "nginx:1.29" }] }));
  cluster.run(20_000);
  agents.machine("node1")!.powerOff();
  const before = cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", "node1")!.spec.renewTime;
  cluster.run(60_000);
  expect(cluster.client.get("coordination.k8s.io/leases", "kube-node-lease", "node1")!.spec.renewTime).toBe(before);
  agents.machine("node1")!.powerOn();
  cluster.run(20_000);
  expect(pod("web").status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 1, lastState: { terminated: { exitCode: 255, reason: "Unknown" } } });
});

test("a deadline that is brought forward while the pod runs counts from its start", () => {
  startNode();
  create(testPod("slow", { ...command("sleep", "600"), activeDeadlineSeconds: 500, terminationGracePeriodSeconds: 1 }));
  cluster.run(60_000);
  expect(pod("slow").status?.phase).toBe("Running");
  cluster.client.patch("pods", "default", "slow", { spec: { activeDeadlineSeconds: 70 } });
  cluster.run(5_000);
  expect(pod("slow").status?.phase).toBe("Running");
  cluster.run(10_000);
  expect(pod("slow").status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
});

test("what a container said last is its termination message when it fails, ended line or not", () => {
  startNode();
  const failing = command("sh", "-c", "echo first; echo -n DONE; false");
  create(testPod("told", { ...failing, containers: [{ ...failing.containers[0]!, terminationMessagePolicy: "FallbackToLogsOnError" }] }));
  cluster.run(30_000);
  expect(pod("told").status?.containerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 1, message: "first\nDONE" } });
});

test("OOMKilled, deadline and rejection are told in upstream's words", () => {
  startNode();
  create(testPod("fat", { restartPolicy: "Never", containers: [{ name: "app", image: "ghcr.io/example/stress:1", command: ["stress"], args: ["--vm", "1", "--vm-bytes", "250M"], resources: { limits: { memory: "100Mi" } } }] }));
  create(testPod("slow", { ...command("sleep", "600"), activeDeadlineSeconds: 20, terminationGracePeriodSeconds: 1 }));
  create({ ...testPod("huge", { nodeName: "node1", containers: [{ name: "app", image: "nginx:1.29", resources: { requests: { cpu: "100" } } }] }) });
  cluster.run(60_000);
  expect(pod("fat").status?.containerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 137, reason: "OOMKilled" } });
  expect(pod("slow").status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" });
  expect(pod("huge").status).toMatchObject({ phase: "Failed", reason: "OutOfcpu", message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 4000" });
});

test("a pod that was deleted by force and still ends keeps no other out", () => {
  startNode();
  const large: PodSpec = { ...command("sh", "-c", "trap '' TERM; sleep 600"), terminationGracePeriodSeconds: 0, nodeName: "node1" };
  large.containers[0]!.resources = { requests: { cpu: "3" } };
  create(testPod("large", large));
  cluster.run(20_000);
  const { uid } = pod("large").metadata;
  cluster.client.delete("pods", "default", "large", { gracePeriodSeconds: 0 });
  create(testPod("large", large));
  expect(agents.machine("node1")!.workers.some((worker) => worker.uid === uid)).toBe(true);
  cluster.run(20_000);
  expect(pod("large").status).toMatchObject({ phase: "Running" });
});

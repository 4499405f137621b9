/** What faults do that no story tells, and that each ends: on one small cluster, one after the other. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { homelabOf, MINUTE_MS, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import type { Fault } from "../../scenarios/fault.ts";
import type { Rehearsal } from "../rehearsal.ts";
import { perform } from "../tell/acts.ts";
import { podsOf } from "../tell/pods-of.ts";
import { wayToRegistries } from "../way-to-registries.ts";
import { beginFault, endFault } from "./apply-fault.ts";
import type { Struck } from "./fault-effect.ts";

let rehearsal: Rehearsal;
let struck: Struck;
const run = (seconds: number): void => rehearsal.cluster.run(seconds * 1000);
const webs = () => podsOf(rehearsal.cluster.client, "web/web");
const isReady = (pod: ReturnType<typeof webs>[number]): boolean => (pod["status"].conditions as { type: string; status: string }[]).some(({ type, status }) => type === "Ready" && status === "True");
const waiting = (): string[] => webs().flatMap((pod) => ((pod["status"].containerStatuses ?? []) as { state?: { waiting?: { reason: string } } }[]).flatMap(({ state }) => state?.waiting?.reason ?? []));
const condition = (name: string, type: string): string | undefined => (rehearsal.cluster.client.get("nodes", undefined, name)!["status"].conditions as { type: string; status: string }[]).find((one) => one.type === type)?.status;

const TEXT = `name: maison
machines:
  cp1: { roles: control-plane }
  w1: { roles: worker }
machineDefaults: { hardware: mini-pc, memory: 4Gi }
kubernetes: { distribution: kubeadm, version: v1.36.3 }
platform: { ingress: none, loadBalancer: none, metrics: false }
apps:
  web: { image: docker.io/library/nginx:1.29, port: 80, exposure: node-port }
`;

beforeAll(async () => {
  const homelab = await homelabOf("homelab.yaml", TEXT);
  rehearsal = virtualRehearsal(homelab, { isBreakable: true });
  expect((await rehearsal.settle(() => false)).isReady).toBe(true);
  rehearsal.cluster.run(MINUTE_MS);
  struck = { homelab, cluster: rehearsal.cluster, site: rehearsal.site };
}, 180_000);
afterAll(() => rehearsal.close());

it("pod-deleted: a pod goes, and its owner makes another", () => {
  const [before] = webs();
  beginFault(struck, { id: "pod-deleted", target: "web/web" });
  run(60);
  expect(webs().map(({ metadata, ...pod }) => [metadata.uid === before!.metadata.uid, isReady({ metadata, ...pod })])).toEqual([[false, true]]);
});

it("what a person writes while the API is away is written when it is back, in its order", () => {
  const [before] = webs();
  beginFault(struck, { id: "api-stalled", target: "cp1" });
  beginFault(struck, { id: "pod-deleted", target: "web/web" });
  beginFault(struck, { id: "bad-image", target: "web" });
  run(20);
  expect(webs().map(({ metadata }) => metadata.uid)).toEqual([before!.metadata.uid]);
  endFault(struck, { id: "bad-image", target: "web" });
  endFault(struck, { id: "api-stalled", target: "cp1" });
  run(180);
  expect(webs().map((pod) => [pod.metadata.uid === before!.metadata.uid, isReady(pod)])).toEqual([[false, true]]);
});

it("bad-image: the new pod cannot start, the old one serves on; put back, the new one goes", () => {
  const fault: Fault = { id: "bad-image", target: "web" };
  beginFault(struck, fault);
  run(120);
  expect([webs().filter(isReady).length, waiting()]).toEqual([1, ["ImagePullBackOff"]]);
  endFault(struck, fault);
  run(120);
  expect([webs().length, webs().filter(isReady).length]).toEqual([1, 1]);
});

it("crash-loop: the containers are started again, later and later, and run once the cause is gone", () => {
  const fault: Fault = { id: "crash-loop", target: "web" };
  const restarts = (): number => (webs()[0]!["status"].containerStatuses as { restartCount: number }[])[0]!.restartCount;
  const before = restarts();
  beginFault(struck, fault);
  run(180);
  // At once, then after 10, 20, 40 and 80 s.
  expect([webs().filter(isReady).length, waiting(), restarts() - before]).toEqual([0, ["CrashLoopBackOff"], 5]);
  endFault(struck, fault);
  run(300);
  expect(webs().filter(isReady)).toHaveLength(1);
});

it("unready: a pod that says so gets no more requests after three looks, and its container is not started again", () => {
  const fault: Fault = { id: "unready", target: "web" };
  const endpoints = (): number => rehearsal.cluster.agents.network.endpoints(rehearsal.cluster.client.get("services", "web", "web")!, undefined)!.length;
  const restarts = (): number => (webs()[0]!["status"].containerStatuses as { restartCount: number }[])[0]!.restartCount;
  const before = restarts();
  beginFault(struck, fault);
  run(15);
  expect(endpoints()).toBe(1);
  run(25);
  expect([endpoints(), restarts() - before]).toEqual([0, 0]);
  endFault(struck, fault);
  run(20);
  expect(endpoints()).toBe(1);
});

it("release-broken: the new pod crashes, the old one serves on; put back, the new one goes", () => {
  const fault: Fault = { id: "release-broken", target: "web" };
  const [before] = webs();
  beginFault(struck, fault);
  run(120);
  expect([webs().filter(isReady).map(({ metadata }) => metadata.uid), waiting()]).toEqual([[before!.metadata.uid], ["CrashLoopBackOff"]]);
  endFault(struck, fault);
  run(60);
  expect(webs().map((pod) => [pod.metadata.uid, isReady(pod)])).toEqual([[before!.metadata.uid, true]]);
});

it("load: what an app is asked for is shared by the copies that are ready", () => {
  const usage = (): number[] => rehearsal.cluster.agents.metrics.pods("web").map(({ containers }) => containers[0]!.cpuMilli);
  const [rest] = usage();
  beginFault(struck, { id: "load", target: "web", amount: "400%" });
  // One copy that requests 50m.
  expect(usage()).toEqual([rest! + 200]);
  rehearsal.cluster.client.patch("apps/deployments", "web", "web", { spec: { replicas: 2 } });
  run(60);
  expect(usage()).toEqual([rest! + 100, rest! + 100]);
  rehearsal.cluster.client.patch("apps/deployments", "web", "web", { spec: { replicas: 1 } });
  endFault(struck, { id: "load", target: "web" });
  run(60);
  expect(usage()).toEqual([rest]);
});

it("memory-leak: the kernel ends what has reached its limit, and it begins small again", () => {
  const patch = (limits: object | null): void => void rehearsal.cluster.client.patch("apps/deployments", "web", "web", { spec: { template: { spec: { containers: [{ name: "web", image: "docker.io/library/nginx:1.29", resources: { limits } }] } } } });
  patch({ memory: "128Mi" });
  run(30);
  const [pod] = webs();
  const status = () => (webs()[0]!["status"].containerStatuses as { restartCount: number; lastState?: { terminated?: { reason: string; exitCode: number } } }[])[0]!;
  beginFault(struck, { id: "memory-leak", target: "web", amount: "60Mi" });
  run(90);
  expect(status().restartCount).toBe(0);
  // 120Mi are two minutes.
  run(50);
  expect([webs()[0]!.metadata.uid, status().restartCount, status().lastState?.terminated?.reason, status().lastState?.terminated?.exitCode]).toEqual([pod!.metadata.uid, 1, "OOMKilled", 137]);
  endFault(struck, { id: "memory-leak", target: "web" });
  patch(null);
  run(300);
  expect([webs().filter(isReady).length, rehearsal.cluster.agents.changesUntilMs()]).toEqual([1, 0]);
});

it("dns-away: an image that is not there cannot be pulled, as nobody finds its registry", () => {
  struck.cluster.agents.registries.wayTo = wayToRegistries(struck, () => true);
  beginFault(struck, { id: "dns-away", target: "" });
  rehearsal.cluster.agents.machine("w1")!.images.remove("docker.io/library/nginx:1.29");
  beginFault(struck, { id: "pod-deleted", target: "web/web" });
  run(60);
  expect([webs().filter(isReady), waiting()[0]]).toEqual([[], expect.stringMatching(/^(ErrImagePull|ImagePullBackOff)$/)]);
  endFault(struck, { id: "dns-away", target: "" });
  run(360);
  expect(webs().filter(isReady)).toHaveLength(1);
});

it("machine-hung: its node is given up like one that is off, and is ready again once somebody has reset it", () => {
  const fault: Fault = { id: "machine-hung", target: "w1" };
  const bootId = (): string => rehearsal.cluster.client.get("nodes", undefined, "w1")!["status"].nodeInfo.bootID as string;
  const before = bootId();
  beginFault(struck, fault);
  run(60);
  expect(condition("w1", "Ready")).toBe("Unknown");
  endFault(struck, fault);
  run(60);
  expect([condition("w1", "Ready"), bootId() === before]).toEqual(["True", false]);
});

it("registry-unreachable: what has its image goes on, what needs one waits", () => {
  const fault: Fault = { id: "registry-unreachable", target: "docker.io" };
  beginFault(struck, fault);
  rehearsal.cluster.agents.machine("w1")!.images.remove("docker.io/library/nginx:1.29");
  beginFault(struck, { id: "pod-deleted", target: "web/web" });
  run(60);
  expect(waiting()[0]).toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
  endFault(struck, fault);
  run(360);
  expect(webs().filter(isReady)).toHaveLength(1);
});

it("cluster-dns-lost: the pods of the cluster's DNS crash, until it is given back", () => {
  const fault: Fault = { id: "cluster-dns-lost", target: "" };
  const endpoints = (): number => rehearsal.cluster.agents.network.endpoints(rehearsal.cluster.client.get("services", "kube-system", "kube-dns")!, undefined)!.length;
  const before = endpoints();
  beginFault(struck, fault);
  run(60);
  expect([before > 0, endpoints()]).toEqual([true, 0]);
  endFault(struck, fault);
  run(300);
  expect(endpoints()).toBe(before);
});

it("machine-slow: a new pod takes many times as long; what runs serves on", () => {
  const fault: Fault = { id: "machine-slow", target: "w1", amount: "50x" };
  const seconds = (): number => {
    beginFault(struck, { id: "pod-deleted", target: "web/web" });
    run(1);
    for (let count = 1; ; count++) {
      if (webs().some((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod))) return count;
      run(1);
    }
  };
  const usual = seconds();
  beginFault(struck, fault);
  expect(webs().filter(isReady)).toHaveLength(1);
  expect(seconds()).toBeGreaterThan(usual * 10);
  endFault(struck, fault);
  expect(seconds()).toBe(usual);
});

it("disk-slow: the one server of kubeadm answers on, and its loops end for want of a lease", () => {
  const fault: Fault = { id: "disk-slow", target: "cp1" };
  const plane = rehearsal.cluster.controlPlane!;
  beginFault(struck, fault);
  run(11);
  expect([plane.outage, plane.loopLeader]).toEqual([undefined, undefined]);
  endFault(struck, fault);
  run(60);
  expect([plane.outage, plane.loopLeader]).toEqual([undefined, "cp1"]);
  beginFault(struck, { ...fault, amount: "0.5s" });
  run(60);
  expect(plane.loopLeader).toBe("cp1");
  endFault(struck, fault);
});

it("webhook-away: what a webhook must be asked about is refused, though its pods are ready, and passes once it is reached again", () => {
  const { client } = rehearsal.cluster;
  const fault: Fault = { id: "webhook-away", target: "" };
  const refused = (): number => client.list("events", { namespace: "web" }).filter((event) => event["reason"] === "FailedCreate" && String(event["message"]).includes("context deadline exceeded")).length;
  // A Service of the app's pods on the port that webhooks are asked on.
  client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name: "guard", namespace: "web" }, spec: { selector: client.get("services", "web", "web")!["spec"].selector, ports: [{ port: 443, targetPort: 80 }] } });
  run(5);
  perform(struck, { id: "add-webhook", target: "web/guard" }, () => undefined);
  beginFault(struck, fault);
  client.patch("apps/deployments", "web", "web", { spec: { replicas: 2 } });
  run(30);
  expect([webs().length, refused() > 0]).toEqual([1, true]);
  endFault(struck, fault);
  run(120);
  expect(webs().filter(isReady)).toHaveLength(2);
  perform(struck, { id: "remove-webhook", target: "web/guard" }, () => undefined);
  client.patch("apps/deployments", "web", "web", { spec: { replicas: 1 } });
  run(60);
});

it("memory-short: the node says so, and is well five minutes after the memory is given back", () => {
  const fault: Fault = { id: "memory-short", target: "w1" };
  beginFault(struck, fault);
  run(20);
  expect(condition("w1", "MemoryPressure")).toBe("True");
  endFault(struck, fault);
  run(330);
  expect(condition("w1", "MemoryPressure")).toBe("False");
});

it("a drain takes the pods that were there when it began, and leaves those that come once the node is open again", () => {
  const told: string[] = [];
  perform(struck, { id: "drain", target: "w1" }, (text) => told.push(text));
  run(2);
  perform(struck, { id: "uncordon", target: "w1" }, (text) => told.push(text));
  run(2);
  // Pods that were evicted for want of memory are still there, and over; the one that was drained may still end.
  const alive = () => webs().filter(({ metadata, ...pod }) => pod["status"].phase !== "Failed" && metadata.deletionTimestamp === undefined);
  const [returned] = alive();
  run(60);
  expect(alive().map(({ metadata, ...pod }) => [metadata.uid, isReady({ metadata, ...pod })])).toEqual([[returned!.metadata.uid, true]]);
  expect(told).toEqual(["drain of w1: done"]);
});

it("leader-lost: nobody leads until the lease has run out", () => {
  const plane = rehearsal.cluster.controlPlane!;
  beginFault(struck, { id: "leader-lost", target: "" });
  expect(plane.loopLeader).toBeUndefined();
  run(20);
  expect(plane.loopLeader).toBe("cp1");
});

it("certificates-expired: everyone is refused until they are renewed", () => {
  const plane = rehearsal.cluster.controlPlane!;
  const fault: Fault = { id: "certificates-expired", target: "" };
  beginFault(struck, fault);
  expect(plane.outage).toBe("certificates expired");
  endFault(struck, fault);
  run(30);
  expect(plane.outage).toBeUndefined();
});

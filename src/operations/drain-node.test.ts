/** Draining on the embedded cluster: pods move, budgets hold and are named, what belongs to the node stays. */
import { describe, expect, it } from "vitest";
import { completeExample } from "../checks/complete-example.ts";
import { loadHomelab } from "../config/load.ts";
import { StepFailed } from "../engine/step-failed.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { cordonNode, drainNode } from "./drain-node.ts";
import { refusalToRemove } from "./remove-node.ts";
import { virtualCluster } from "./testing/virtual-cluster.ts";

const load = async (text: string) => (await loadHomelab("homelab.yaml", { env: {}, readFile: () => completeExample(text) })).homelab!;
const homelab = await load(`machines:
  cp1: { address: 192.168.1.11, roles: [control-plane, worker] }
  w1: { address: 192.168.1.12 }
kubernetes: { distribution: kubeadm, version: v1.36.1 }`);

async function withApp(replicas: number, minAvailable: number) {
  const virtual = virtualCluster(homelab);
  const labels = { app: "web" };
  const apply = (object: object) => virtual.client.apply(object as KubeObject, { fieldManager: "test", force: true });
  await apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { nodeSelector: { "kubernetes.io/hostname": "w1" }, containers: [{ name: "web", image: "ghcr.io/example/web:1" }] } } } });
  await apply({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web-stays", namespace: "default" }, spec: { minAvailable, selector: { matchLabels: labels } } });
  virtual.cluster.run(120_000);
  const placed = async () => (await virtual.client.list("v1", "Pod", "default")).filter((pod) => (pod as unknown as { spec: { nodeName?: string } }).spec.nodeName === "w1").length;
  const drain = (isDead = false) => drainNode(virtual.client, "w1", { whatFor: "the pods of w1 have moved", deadlineMs: 60_000, intervalMs: 2_000, clock: virtual.ports.clock, reporter: virtual.ports.reporter, isInterrupted: () => false, isDead });
  await cordonNode(virtual.client, "w1", "test");
  return { ...virtual, placed, drain };
}

describe("draining a node", () => {
  it("leaves no pod of an app on it, and takes no new ones", async () => {
    const { placed, drain, client } = await withApp(2, 0);
    expect(await placed()).toBe(2);
    await drain();
    expect(await placed()).toBe(0);
    expect((await client.get("v1", "Node", undefined, "w1"))["spec"]).toMatchObject({ unschedulable: true });
  });

  it("does not break a disruption budget, and names it", async () => {
    const { placed, drain } = await withApp(1, 1);
    const error = await drain().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StepFailed);
    expect((error as StepFailed).message).toMatch(/the pods of w1 have moved: not within 60 s; pod default\/web-\S+: protected by its disruption budget web-stays/);
    expect(await placed()).toBe(1);
  });

  it("waits for nothing on a node that is dead: its pods go with it", async () => {
    const { placed, drain, events } = await withApp(1, 1);
    await drain(true);
    expect(await placed()).toBe(1);
    expect(events.filter(({ kind }) => kind === "waiting")).toEqual([]);
  });
});

describe("machines that are not taken out", () => {
  it("are the only control plane, and the one that is the endpoint", async () => {
    expect(refusalToRemove(homelab, homelab.machines["cp1"]!)).toContain("the only control plane");
    expect(refusalToRemove(homelab, homelab.machines["w1"]!)).toBeUndefined();
    const three = (endpoint: string) => load(`machines:
  cp1: { address: 192.168.1.11, roles: [control-plane] }
  cp2: { address: 192.168.1.12, roles: [control-plane] }
  cp3: { address: 192.168.1.13, roles: [control-plane] }
kubernetes: { distribution: kubeadm, version: v1.36.1${endpoint} }`);
    const alone = await three("");
    expect(refusalToRemove(alone, alone.machines["cp1"]!)).toContain("the API endpoint itself");
    expect(refusalToRemove(alone, alone.machines["cp2"]!)).toBeUndefined();
    const shared = await three(", endpoint: { address: 192.168.1.10, by: kube-vip }");
    expect(refusalToRemove(shared, shared.machines["cp1"]!)).toBeUndefined();
  });
});

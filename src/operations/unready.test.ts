/** What is said while a cluster waits, by what the embedded cluster's API shows. */
import { describe, expect, it } from "vitest";
import { KubeRefused, type KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { likelyFix, unreadyNodes, unreadyWorkloads, workloadsOf } from "./unready.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "shop", name: "web" } };

/** By kind. */
function clusterOf(objects: Record<string, KubeObject[]>): KubeClient {
  return { list: (_apiVersion: string, kind: string) => (objects[kind] === undefined ? Promise.reject(new KubeRefused(404, "NotFound", `no ${kind}`)) : Promise.resolve(objects[kind])) } as unknown as KubeClient;
}

const deployment: KubeObject = { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, generation: 1 }, spec: { replicas: 2, selector: { matchLabels: { app: "web" } } }, status: { observedGeneration: 1, availableReplicas: 0, updatedReplicas: 2, replicas: 2 } };

function pod(status: object, over: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace: "shop", name: "web-1" }, status, ...over };
}

describe("what is not ready", () => {
  it("is a workload whose image cannot be pulled", async () => {
    const waiting = pod({ containerStatuses: [{ name: "web", ready: false, state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "shop:1"' } } }] });
    expect(await unreadyWorkloads(clusterOf({ Deployment: [deployment], Pod: [waiting] }), [DEPLOYMENT])).toEqual([
      { what: "deployment shop/web", why: '0 of 2 pods are available: web: ImagePullBackOff (Back-off pulling image "shop:1")', hint: expect.stringContaining("is the image's name right"), isStuck: true },
    ]);
  });

  it("is told in short where the reason is long: what failed, and why at last", async () => {
    const message = `failed to pull image: ${"failed to resolve: ".repeat(30)}lookup registry.example: no such host`;
    const waiting = pod({ containerStatuses: [{ name: "web", state: { waiting: { reason: "ErrImagePull", message } } }] });
    const [missing] = await unreadyWorkloads(clusterOf({ Deployment: [deployment], Pod: [waiting] }), [DEPLOYMENT]);
    expect(missing!.why).toMatch(/^0 of 2 pods are available: web: ErrImagePull \(failed to pull image: .* … .*lookup registry\.example: no such host\)$/);
    expect(missing!.why.length).toBeLessThan(300);
  });

  it("is a pod that no machine takes, in the scheduler's words", async () => {
    const waiting = pod({ conditions: [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available: 2 Insufficient memory." }] });
    expect(await unreadyWorkloads(clusterOf({ Deployment: [deployment], Pod: [waiting] }), [DEPLOYMENT])).toMatchObject([{ why: "0 of 2 pods are available: 0/2 nodes are available: 2 Insufficient memory.", hint: expect.stringContaining("lower the requests") }]);
  });

  it("is a container that is being made, and the last warning says what holds it up", async () => {
    const waiting = pod({ containerStatuses: [{ name: "web", state: { waiting: { reason: "ContainerCreating" } } }] });
    const event = (lastTimestamp: string, message: string): KubeObject => ({ apiVersion: "v1", kind: "Event", metadata: { name: message }, type: "Warning", reason: "FailedMount", message, lastTimestamp, involvedObject: { name: "web-1" } });
    const events = [event("2026-01-01T00:00:02Z", "the later one"), event("2026-01-01T00:00:01Z", "the earlier one")];
    expect(await unreadyWorkloads(clusterOf({ Deployment: [deployment], Pod: [waiting], Event: events }), [DEPLOYMENT])).toMatchObject([{ why: "0 of 2 pods are available: FailedMount: the later one" }]);
  });

  it("is a workload whose pods may not be made", async () => {
    const refused = { ...deployment, status: { ...deployment["status"], conditions: [{ type: "ReplicaFailure", status: "True", message: 'pods "web" is forbidden: violates PodSecurity "restricted:latest"' }] } };
    expect(await unreadyWorkloads(clusterOf({ Deployment: [refused] }), [DEPLOYMENT])).toMatchObject([{ why: expect.stringContaining("violates PodSecurity"), hint: expect.stringContaining("the namespace forbids") }]);
  });

  it.each([
    ["a container that is being made", pod({ containerStatuses: [{ name: "web", state: { waiting: { reason: "ContainerCreating" } } }] }), false],
    ["one that runs and is not ready", pod({ containerStatuses: [{ name: "web", ready: false, state: { running: {} } }] }), false],
    ["a program that ends", pod({ containerStatuses: [{ name: "web", ready: false, state: { waiting: { reason: "CrashLoopBackOff" } } }] }), true],
    ["a pod that fits nowhere", pod({ conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available: 3 Insufficient memory." }] }), true],
  ])("with %s: whether waiting alone may bring it", async (_what, waiting, isStuck) => {
    expect(await unreadyWorkloads(clusterOf({ Deployment: [deployment], Pod: [waiting], Event: [] }), [DEPLOYMENT])).toMatchObject([{ isStuck }]);
  });

  it("is stuck when the cluster itself gave it up", async () => {
    const late = { ...deployment, status: { ...deployment["status"], conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] } };
    expect(await unreadyWorkloads(clusterOf({ Deployment: [late], Pod: [] }), [DEPLOYMENT])).toMatchObject([{ isStuck: true }]);
  });

  it("is of the youngest pod that is not ready", async () => {
    const [old, young] = ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"].map((creationTimestamp, index) => pod({ containerStatuses: [{ name: "web", state: { waiting: { reason: index === 0 ? "CrashLoopBackOff" : "ErrImagePull" } } }] }, { metadata: { namespace: "shop", name: `web-${index}`, creationTimestamp } }));
    expect(await unreadyWorkloads(clusterOf({ Deployment: [deployment], Pod: [old!, young!] }), [DEPLOYMENT])).toMatchObject([{ why: "0 of 2 pods are available: web: ErrImagePull" }]);
  });

  it("is nothing when all pods are there", async () => {
    const ready = { ...deployment, status: { ...deployment["status"], availableReplicas: 2 } };
    expect(await unreadyWorkloads(clusterOf({ Deployment: [ready] }), [DEPLOYMENT])).toEqual([]);
  });

  it("is a node without a network, with what its network's pod says", async () => {
    const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "w1" }, status: { conditions: [{ type: "Ready", status: "False", message: "container runtime network not ready" }] } };
    const flannel = pod({ initContainerStatuses: [{ name: "install-cni", state: { waiting: { reason: "ErrImagePull", message: "no such host" } } }] }, { metadata: { namespace: "kube-flannel", name: "kube-flannel-ds-1" }, spec: { nodeName: "w1", hostNetwork: true } });
    expect(await unreadyNodes(clusterOf({ Node: [node], Pod: [flannel] }), ["w1", "w2"])).toEqual([
      { what: "node w1", why: "container runtime network not ready; pod kube-flannel-ds-1: install-cni: ErrImagePull (no such host)", hint: expect.stringContaining("the machines do not reach the registry"), isStuck: true },
      { what: "node w2", why: "has not joined", hint: expect.stringContaining("on w2: journalctl -u kubelet") },
    ]);
  });
});

it("waits for what has pods, and for databases", () => {
  const of = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: kind } });
  expect(workloadsOf([of("apps/v1", "Deployment"), of("v1", "Service"), of("postgresql.cnpg.io/v1", "Cluster"), of("cluster.x-k8s.io/v1", "Cluster"), of("batch/v1", "Job")]).map(({ apiVersion }) => apiVersion)).toEqual(["apps/v1", "postgresql.cnpg.io/v1"]);
});

it("knows no fix for what it has not seen", () => {
  expect(likelyFix("something new", "shop")).toBeUndefined();
});

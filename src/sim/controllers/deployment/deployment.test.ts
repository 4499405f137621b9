import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { replicaSetController } from "../replica-set.ts";
import type { Deployment, Pod, ReplicaSet } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, podTemplate, workload } from "../testing/workloads.ts";
import { deploymentController } from "./deployment.ts";

let cluster: TestCluster;

function start(options: Parameters<typeof runPods>[1] = {}): TestCluster {
  cluster = createTestCluster();
  for (const name of ["pi1", "pi2", "pi3"]) addNode(cluster.client, name);
  cluster.start(deploymentController);
  cluster.start(replicaSetController());
  runPods(cluster, options);
  return cluster;
}

const deployment = (name = "web"): Deployment => cluster.client.get<Deployment>("apps/deployments", "default", name)!;
const sets = (): readonly ReplicaSet[] => cluster.client.list<ReplicaSet>("apps/replicasets", { namespace: "default" });
const pods = (): readonly Pod[] => cluster.client.list<Pod>("pods", { namespace: "default" });
const edit = (change: object): Deployment => cluster.client.patch<Deployment>("apps/deployments", "default", "web", change);
const imageTo = (image: string): Deployment => edit({ spec: { template: podTemplate("web", image) } });
const conditions = (): string[] => (deployment().status?.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);

describe("a new Deployment", () => {
  beforeEach(() => {
    start();
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 3 }));
    cluster.run(10_000);
  });

  it("becomes one ReplicaSet and its pods, with upstream's names, labels and annotations", () => {
    const [set] = sets();
    expect(sets()).toHaveLength(1);
    const hash = set!.metadata.labels!["pod-template-hash"]!;
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    expect(set!.metadata.name).toBe(`web-${hash}`);
    expect(set!.metadata.annotations).toEqual({
      "deployment.kubernetes.io/desired-replicas": "3",
      "deployment.kubernetes.io/max-replicas": "4",
      "deployment.kubernetes.io/revision": "1",
    });
    expect(set!.spec.selector).toEqual({ matchLabels: { app: "web", "pod-template-hash": hash } });
    expect(deployment().metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "1" });
    expect(pods().map(({ metadata }) => metadata.name.replace(/[^-]+$/, "…"))).toEqual(Array(3).fill(`web-${hash}-…`));
    expect(pods().every(({ metadata }) => metadata.labels?.["pod-template-hash"] === hash)).toBe(true);
  });

  it("reports availability and progress in upstream's words", () => {
    const name = sets()[0]!.metadata.name;
    expect(deployment().status).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0 });
    expect(deployment().status?.unavailableReplicas).toBeUndefined();
    expect(conditions().sort()).toEqual([
      "Available=True MinimumReplicasAvailable: Deployment has minimum availability.",
      `Progressing=True NewReplicaSetAvailable: ReplicaSet "${name}" has successfully progressed.`,
    ]);
    expect(eventsAbout(cluster.client, "Deployment", "web")).toEqual([`ScalingReplicaSet: Scaled up replica set ${name} from 0 to 3`]);
  });

  it("rests: nothing happens any more", () => {
    const before = deployment().metadata.resourceVersion;
    cluster.run(3_600_000);
    expect(deployment().metadata.resourceVersion).toBe(before);
  });

  it("scales without a new revision", () => {
    edit({ spec: { replicas: 5 } });
    cluster.run(10_000);
    expect(pods()).toHaveLength(5);
    expect(sets()).toHaveLength(1);
    expect(sets()[0]!.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/desired-replicas": "5", "deployment.kubernetes.io/max-replicas": "7" });
    edit({ spec: { replicas: 0 } });
    cluster.run(10_000);
    expect(pods()).toHaveLength(0);
    expect(deployment().status?.replicas).toBeUndefined();
  });

  it("rolls to a new template, keeping enough pods available all the time", () => {
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    cluster.client.watch<Pod>("pods", () => {
      const alive = pods().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      most = Math.max(most, alive.length);
      least = Math.min(least, alive.filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True")).length);
    });
    const oldName = sets()[0]!.metadata.name;
    imageTo("ghcr.io/example/web:2");
    cluster.run(30_000);
    // 25 % of 3: one more (rounded up), none fewer (rounded down).
    expect([least, most]).toEqual([3, 4]);
    const newSet = sets().find(({ metadata }) => metadata.name !== oldName)!;
    expect(sets().map(({ spec }) => spec.replicas).sort()).toEqual([0, 3]);
    expect(newSet.metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("2");
    expect(eventsAbout(cluster.client, "Deployment", "web").slice(1)).toEqual([
      `ScalingReplicaSet: Scaled up replica set ${newSet.metadata.name} from 0 to 1`,
      `ScalingReplicaSet: Scaled down replica set ${oldName} from 3 to 2`,
      `ScalingReplicaSet: Scaled up replica set ${newSet.metadata.name} from 1 to 2`,
      `ScalingReplicaSet: Scaled down replica set ${oldName} from 2 to 1`,
      `ScalingReplicaSet: Scaled up replica set ${newSet.metadata.name} from 2 to 3`,
      `ScalingReplicaSet: Scaled down replica set ${oldName} from 1 to 0`,
    ]);
  });

  it("goes back to the old set when the old template returns, as revision 3", () => {
    const oldName = sets()[0]!.metadata.name;
    imageTo("ghcr.io/example/web:2");
    cluster.run(30_000);
    imageTo("ghcr.io/example/web:1");
    cluster.run(30_000);
    const old = sets().find(({ metadata }) => metadata.name === oldName)!;
    expect(old.spec.replicas).toBe(3);
    expect(old.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "3", "deployment.kubernetes.io/revision-history": "1" });
    expect(deployment().metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("3");
  });

  it("keeps no more old sets than the history limit", () => {
    edit({ spec: { revisionHistoryLimit: 1 } });
    for (const tag of [2, 3, 4]) {
      imageTo(`ghcr.io/example/web:${tag}`);
      cluster.run(30_000);
    }
    expect(sets().map(({ spec }) => spec.template.spec.containers[0]!.image).sort()).toEqual(["ghcr.io/example/web:3", "ghcr.io/example/web:4"]);
  });

  it("does not roll while paused, and does once resumed", () => {
    edit({ spec: { paused: true } });
    imageTo("ghcr.io/example/web:2");
    cluster.run(10_000);
    expect(sets()).toHaveLength(1);
    expect(conditions()).toContain("Progressing=Unknown DeploymentPaused: Deployment is paused");
    edit({ spec: { paused: null } });
    cluster.run(30_000);
    expect(pods().map(({ spec }) => spec.containers[0]!.image)).toEqual(Array(3).fill("ghcr.io/example/web:2"));
  });

  it("follows the rollback annotation", () => {
    imageTo("ghcr.io/example/web:2");
    cluster.run(30_000);
    edit({ metadata: { annotations: { "deprecated.deployment.rollback.to": "1" } } });
    cluster.run(30_000);
    expect(deployment().spec.template.spec.containers[0]!.image).toBe("ghcr.io/example/web:1");
    expect(eventsAbout(cluster.client, "Deployment", "web")).toContain('DeploymentRollback: Rolled back deployment "web" to revision 1');
  });
});

describe("a rollout that cannot finish", () => {
  it("is reported after the deadline, and the old pods stay", () => {
    start({ isReady: (pod) => pod.spec.containers[0]!.image !== "ghcr.io/example/web:broken" });
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 4, progressDeadlineSeconds: 60 }));
    cluster.run(10_000);
    imageTo("ghcr.io/example/web:broken");
    cluster.run(50_000);
    expect(conditions().some((text) => text.startsWith("Progressing=True ReplicaSetUpdated"))).toBe(true);
    cluster.run(30_000);
    const broken = sets().find(({ spec }) => spec.template.spec.containers[0]!.image!.endsWith("broken"))!;
    expect(conditions()).toContain(`Progressing=False ProgressDeadlineExceeded: ReplicaSet "${broken.metadata.name}" has timed out progressing.`);
    // 25 % of 4: one more, one fewer.
    expect(sets().map(({ spec }) => spec.replicas).sort()).toEqual([2, 3]);
    expect(deployment().status).toMatchObject({ replicas: 5, updatedReplicas: 2, availableReplicas: 3, unavailableReplicas: 2 });
  });
});

describe("Recreate", () => {
  it("stops every old pod before it starts a new one", () => {
    start({ stopMs: 5_000 });
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 2, strategy: { type: "Recreate" } }));
    cluster.run(10_000);
    let isMixed = false;
    cluster.client.watch<Pod>("pods", () => {
      isMixed ||= new Set(pods().map(({ spec }) => spec.containers[0]!.image)).size > 1;
    });
    imageTo("ghcr.io/example/web:2");
    cluster.run(30_000);
    expect(isMixed).toBe(false);
    expect(pods().map(({ spec }) => spec.containers[0]!.image)).toEqual(Array(2).fill("ghcr.io/example/web:2"));
  });
});

describe("a Deployment that adopts a ReplicaSet", () => {
  it("counts on from its revision, however large", () => {
    start();
    const { client } = cluster;
    const revision = { "deployment.kubernetes.io/revision": "3546343826724305832" };
    const { metadata, spec } = workload("ReplicaSet", "web", { replicas: 1 });
    client.create("apps/replicasets", { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { ...metadata, labels: spec.template.metadata.labels, annotations: revision }, spec });
    const wanted = workload("Deployment", "web", { replicas: 1 });
    client.create("apps/deployments", { ...wanted, spec: { ...wanted["spec"], template: podTemplate("web", "ghcr.io/example/web:2") } });
    cluster.run(10_000);
    expect(deployment().metadata.annotations?.["deployment.kubernetes.io/revision"]).toBe("3546343826724305833");
    expect(sets().map((each) => each.metadata.annotations?.["deployment.kubernetes.io/revision"]).sort()).toEqual(["3546343826724305832", "3546343826724305833"]);
  });
});

describe("a ReplicaSet", () => {
  it("adopts matching orphans, releases pods whose labels change, and replaces what is deleted", () => {
    start();
    const { client } = cluster;
    client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "lone", namespace: "default", labels: { app: "web" } }, ...podTemplate("web") && { spec: podTemplate("web").spec } });
    cluster.run(5_000);
    client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 2 }));
    cluster.run(10_000);
    expect(pods()).toHaveLength(2);
    expect(client.get("pods", "default", "lone")?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "ReplicaSet", name: "web", controller: true });
    client.patch("pods", "default", "lone", { metadata: { labels: { app: "other" } } });
    cluster.run(10_000);
    expect(pods()).toHaveLength(3);
    expect(client.get("pods", "default", "lone")?.metadata.ownerReferences).toBeUndefined();
    const victim = pods().find(({ metadata }) => metadata.name !== "lone")!;
    client.delete("pods", "default", victim.metadata.name);
    cluster.run(10_000);
    expect(pods().filter(({ metadata }) => metadata.labels?.["app"] === "web")).toHaveLength(2);
    expect(client.get<ReplicaSet>("apps/replicasets", "default", "web")?.status).toMatchObject({ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, terminatingReplicas: 0 });
  });

  it("counts a pod as available only after minReadySeconds", () => {
    start();
    cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 1, minReadySeconds: 30 }));
    cluster.run(20_000);
    const status = (): ReplicaSet["status"] => cluster.client.get<ReplicaSet>("apps/replicasets", "default", "web")?.status;
    expect(status()).toMatchObject({ readyReplicas: 1 });
    expect(status()?.availableReplicas).toBeUndefined();
    cluster.run(12_000);
    expect(status()?.availableReplicas).toBe(1);
  });

  it("deletes the pod without a node first, then the not ready, then the cheapest", () => {
    start();
    cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 3 }));
    cluster.run(10_000);
    const [first] = pods();
    cluster.client.patch("pods", "default", first!.metadata.name, { metadata: { annotations: { "controller.kubernetes.io/pod-deletion-cost": "-1" } } });
    cluster.client.patch("apps/replicasets", "default", "web", { spec: { replicas: 2 } });
    cluster.run(10_000);
    expect(pods().map(({ metadata }) => metadata.name)).not.toContain(first!.metadata.name);
  });
});

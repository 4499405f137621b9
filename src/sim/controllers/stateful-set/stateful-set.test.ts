import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import type { Claim, Pod, StatefulSet } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, names, podTemplate, workload } from "../testing/workloads.ts";
import { statefulSetController } from "./stateful-set.ts";

let cluster: TestCluster;
let order: string[];

const pods = (): readonly Pod[] => cluster.client.list<Pod>("pods", { namespace: "default" });
const set = (): StatefulSet => cluster.client.get<StatefulSet>("apps/statefulsets", "default", "db")!;
const claims = (): readonly Claim[] => cluster.client.list<Claim>("persistentvolumeclaims", { namespace: "default" });
const DATA = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };

function create(spec: object): void {
  cluster.client.create("apps/statefulsets", workload("StatefulSet", "db", { serviceName: "db", volumeClaimTemplates: [DATA], ...spec }));
}

beforeEach(() => {
  cluster = createTestCluster();
  for (const name of ["pi1", "pi2", "pi3"]) addNode(cluster.client, name);
  cluster.start(statefulSetController());
  runPods(cluster, { isReady: ({ spec }) => !spec.containers[0]!.image!.endsWith("broken") });
  order = [];
  cluster.client.watch("pods", ({ type, object }) => {
    if (type !== "MODIFIED") order.push(`${type === "ADDED" ? "+" : "-"}${object.metadata.name}`);
  });
});

describe("a StatefulSet", () => {
  it("makes its pods one after the other, each with its name, labels, host name and claim", () => {
    create({ replicas: 3 });
    cluster.run(20_000);
    expect(order).toEqual(["+db-0", "+db-1", "+db-2"]);
    const pod = cluster.client.get<Pod>("pods", "default", "db-1")!;
    expect(pod.metadata.labels).toEqual({
      app: "db",
      "apps.kubernetes.io/pod-index": "1",
      "controller-revision-hash": set().status!.updateRevision,
      "statefulset.kubernetes.io/pod-name": "db-1",
    });
    expect(pod.spec).toMatchObject({ hostname: "db-1", subdomain: "db" });
    expect(pod.spec.volumes?.find(({ name }) => name === "data")?.persistentVolumeClaim).toEqual({ claimName: "data-db-1" });
    expect(names(claims())).toEqual(["data-db-0", "data-db-1", "data-db-2"]);
    expect(claims()[0]!.metadata.labels).toEqual({ app: "db" });
    expect(set().status).toMatchObject({ observedGeneration: 1, replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, availableReplicas: 3, collisionCount: 0 });
    expect(set().status!.currentRevision).toBe(set().status!.updateRevision);
    expect(eventsAbout(cluster.client, "StatefulSet", "db").slice(0, 2)).toEqual([
      "SuccessfulCreate: Create Claim data-db-0 Pod db-0 in StatefulSet db success",
      "SuccessfulCreate: Create Pod db-0 in StatefulSet db successful",
    ]);
  });

  it("shrinks from the top and keeps the claims", () => {
    create({ replicas: 3 });
    cluster.run(20_000);
    order.length = 0;
    cluster.client.patch("apps/statefulsets", "default", "db", { spec: { replicas: 1 } });
    cluster.run(20_000);
    expect(order).toEqual(["-db-2", "-db-1"]);
    expect(claims()).toHaveLength(3);
    expect(set().status).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });

  it("updates from the top down to the partition", () => {
    create({ replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } });
    cluster.run(20_000);
    order.length = 0;
    cluster.client.patch("apps/statefulsets", "default", "db", { spec: { template: podTemplate("db", "ghcr.io/example/db:2") } });
    cluster.run(30_000);
    expect(order).toEqual(["-db-2", "+db-2", "-db-1", "+db-1"]);
    expect(set().status).toMatchObject({ currentReplicas: 1, updatedReplicas: 2 });
    expect(set().status!.currentRevision).not.toBe(set().status!.updateRevision);
    cluster.client.delete("pods", "default", "db-0");
    cluster.run(10_000);
    expect(cluster.client.get<Pod>("pods", "default", "db-0")!.spec.containers[0]!.image).toBe("ghcr.io/example/web:1");
  });

  it("stops an update at the first pod that does not get ready", () => {
    create({ replicas: 3 });
    cluster.run(20_000);
    cluster.client.patch("apps/statefulsets", "default", "db", { spec: { template: podTemplate("db", "ghcr.io/example/db:broken") } });
    cluster.run(60_000);
    expect(pods().filter(({ spec }) => spec.containers[0]!.image!.endsWith("broken"))).toHaveLength(1);
    expect(cluster.client.list("apps/controllerrevisions")).toHaveLength(2);
  });

  it("starts all pods at once when it may", () => {
    create({ replicas: 3, podManagementPolicy: "Parallel", ordinals: { start: 5 } });
    cluster.run(500);
    expect(names(pods())).toEqual(["db-5", "db-6", "db-7"]);
  });

  it("never replaces a pod whose name is still taken", () => {
    create({ replicas: 2 });
    cluster.run(20_000);
    cluster.client.patch("pods", "default", "db-1", { metadata: { finalizers: ["example.test/hold"] } });
    cluster.client.delete("pods", "default", "db-1");
    cluster.run(24 * 3_600_000);
    expect(names(pods())).toEqual(["db-0", "db-1"]);
    expect(cluster.client.get("pods", "default", "db-1")!.metadata.deletionTimestamp).toBeDefined();
  });

  it("owns its claims when they shall go with it", () => {
    create({ replicas: 2, persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" } });
    cluster.run(20_000);
    const owners = (): (string | undefined)[] => claims().map(({ metadata }) => metadata.ownerReferences?.map(({ kind, name }) => `${kind}/${name}`).join());
    expect(owners()).toEqual(["StatefulSet/db", "StatefulSet/db"]);
    cluster.client.patch("apps/statefulsets", "default", "db", { spec: { replicas: 1 } });
    cluster.run(20_000);
    expect(owners()).toEqual(["StatefulSet/db", "Pod/db-1"]);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../../testing/harness.ts";
import { customResourceDefinitionController } from "../../../api/extensions/custom-resource-definition.ts";
import { garbageCollector } from "../../garbage-collector/garbage-collector.ts";
import type { Pod } from "../../shapes.ts";
import { customKind } from "../../testing/custom-kind.ts";
import { addNode, runPods } from "../../testing/pod-runner.ts";
import { names } from "../../testing/workloads.ts";
import { cloudNativePgController } from "./cloud-native-pg.ts";
import { CLUSTERS, type PostgresCluster } from "./postgres-cluster.ts";

let cluster: TestCluster;
let sick: Set<string>;

const db = (): PostgresCluster => cluster.client.get<PostgresCluster>(CLUSTERS, "default", "main")!;
const roles = (): string[] => cluster.client.list<Pod>("pods", { namespace: "default" }).map(({ metadata }) => `${metadata.name}:${metadata.labels?.["cnpg.io/instanceRole"]}`).sort();

beforeEach(() => {
  cluster = createTestCluster();
  sick = new Set();
  for (const name of ["pi1", "pi2", "pi3"]) addNode(cluster.client, name);
  cluster.start(customResourceDefinitionController(cluster.registry.types));
  cluster.start(garbageCollector());
  cluster.start(cloudNativePgController());
  runPods(cluster, { isReady: ({ metadata }) => !sick.has(metadata.name) });
  customKind(cluster, "postgresql.cnpg.io", "v1", "Cluster", "clusters");
  cluster.client.create(CLUSTERS, {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name: "main", namespace: "default" },
    spec: { instances: 3, imageName: "ghcr.io/cloudnative-pg/postgresql:18", storage: { size: "1Gi" }, bootstrap: { initdb: { database: "shop", owner: "shop" } } },
  });
  cluster.run(30_000);
});

describe("a PostgreSQL cluster", () => {
  it("grows one instance after the other, each with its claim", () => {
    expect(roles()).toEqual(["main-1:primary", "main-2:replica", "main-3:replica"]);
    expect(names(cluster.client.list("persistentvolumeclaims", { namespace: "default" }))).toEqual(["main-1", "main-2", "main-3"]);
    expect(db().status).toMatchObject({
      instances: 3,
      readyInstances: 3,
      phase: "Cluster in healthy state",
      currentPrimary: "main-1",
      targetPrimary: "main-1",
      latestGeneratedNode: 3,
      instanceNames: ["main-1", "main-2", "main-3"],
      healthyPVC: ["main-1", "main-2", "main-3"],
      writeService: "main-rw",
      readService: "main-r",
    });
    expect(db().status!.conditions).toMatchObject([{ type: "Ready", status: "True", reason: "ClusterIsReady", message: "Cluster is Ready" }]);
  });

  it("has its services, its Secret and its budgets", () => {
    expect(names(cluster.client.list("services", { namespace: "default", labels: { "cnpg.io/cluster": "main" } }))).toEqual(["main-r", "main-ro", "main-rw"]);
    expect(cluster.client.get("services", "default", "main-rw")!["spec"].selector).toEqual({ "cnpg.io/cluster": "main", "cnpg.io/instanceRole": "primary" });
    const data = cluster.client.get("secrets", "default", "main-app")!["data"] as Record<string, string>;
    const text = (key: string): string => Buffer.from(data[key]!, "base64").toString();
    expect([text("username"), text("dbname"), text("host")]).toEqual(["shop", "shop", "main-rw"]);
    expect(text("uri")).toBe(`postgresql://shop:${text("password")}@main-rw.default:5432/shop`);
    expect(names(cluster.client.list("policy/poddisruptionbudgets", { namespace: "default" }))).toEqual(["main", "main-primary"]);
  });

  it("promotes a replica when the primary's pod is deleted, and takes the old one back as a replica", () => {
    cluster.client.delete("pods", "default", "main-1");
    cluster.run(100);
    expect(db().status).toMatchObject({ phase: "Failing over", currentPrimary: "main-1", targetPrimary: "main-2" });
    cluster.run(60_000);
    expect(db().status).toMatchObject({ phase: "Cluster in healthy state", currentPrimary: "main-2", readyInstances: 3, timelineID: 2 });
    expect(roles()).toEqual(["main-1:replica", "main-2:primary", "main-3:replica"]);
  });

  it("makes a new instance for one whose claim is lost", () => {
    cluster.client.delete("persistentvolumeclaims", "default", "main-3");
    cluster.run(60_000);
    expect(names(cluster.client.list<Pod>("pods", { namespace: "default" }))).toEqual(["main-1", "main-2", "main-4"]);
    expect(db().status).toMatchObject({ readyInstances: 3, phase: "Cluster in healthy state", latestGeneratedNode: 4 });
  });

  it("shrinks without touching the primary", () => {
    cluster.client.patch(CLUSTERS, "default", "main", { spec: { instances: 1 } });
    cluster.run(60_000);
    expect(roles()).toEqual(["main-1:primary"]);
    expect(db().status).toMatchObject({ instances: 1, readyInstances: 1 });
  });

  it("takes everything along when it is deleted", () => {
    cluster.client.delete(CLUSTERS, "default", "main");
    cluster.run(60_000);
    expect(roles()).toEqual([]);
    expect(cluster.client.list("secrets", { namespace: "default" })).toEqual([]);
  });
});

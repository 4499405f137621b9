import { beforeEach, expect, it } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import { customResourceDefinitionController } from "../api/extensions/custom-resource-definition.ts";
import { createNodeAgents, type NodeAgents } from "../kubelet/node-agents.ts";
import { testMachine } from "../kubelet/test-machine.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
import { allControllers } from "./all.ts";
import type { Condition, Pod, Service } from "./shapes.ts";
import { customKind } from "./testing/custom-kind.ts";
import { workload } from "./testing/workloads.ts";

let cluster: TestCluster;
let agents: NodeAgents;

const notReady = (): string[] =>
  cluster.client
    .list<Pod>("pods")
    .filter(({ status }) => status?.phase !== "Succeeded" && !status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"))
    .map(({ metadata, status }) => `${metadata.namespace}/${metadata.name} ${status?.phase} ${JSON.stringify(status?.conditions?.map(({ type, status: is, reason, message }) => [type, is, reason, message]))} ${JSON.stringify(status?.containerStatuses?.map(({ state }) => state))}`);

const isReady = ({ status }: KubeObject): boolean => (status?.conditions as Condition[] | undefined)?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;

/** The whole cluster below the HTTP door: controllers, scheduler and kubelets of three machines. */
beforeEach(() => {
  cluster = createTestCluster();
  agents = createNodeAgents((name) => cluster.context(name));
  cluster.start(customResourceDefinitionController(cluster.registry.types));
  for (const reconciler of allControllers({ version: "v1.36.1+k3s1", certificateAuthority: "PEM", podCidrs: ["10.42.0.0/16"], hasMetricsServer: true, podMetrics: agents.metrics, issueCertificate: (names) => ({ crt: names.join(), key: "key" }) })) cluster.start(reconciler);
  startScheduler(cluster.context("scheduler"));
  for (const index of [1, 2, 3]) {
    const machine = testMachine(`pi${index}`, { addresses: [{ type: "InternalIP", address: `192.168.1.1${index}` }], podCidrs: [] });
    agents.start(machine, { staticPods: [] });
  }
  cluster.client.create("storage.k8s.io/storageclasses", {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  cluster.run(30_000);
});

it("brings up an app with a database, volumes and a load balancer", () => {
  const { client } = cluster;
  customKind(cluster, "postgresql.cnpg.io", "v1", "Cluster", "clusters");
  customKind(cluster, "k8s.mariadb.com", "v1alpha1", "MariaDB", "mariadbs");
  client.create("postgresql.cnpg.io/clusters", { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name: "main", namespace: "default" }, spec: { instances: 2, storage: { size: "1Gi", storageClass: "local-path" } } });
  client.create("k8s.mariadb.com/mariadbs", { apiVersion: "k8s.mariadb.com/v1alpha1", kind: "MariaDB", metadata: { name: "side", namespace: "default" }, spec: { image: "docker.io/library/mariadb:11.8", replicas: 1, storage: { size: "1Gi" }, rootPasswordSecretKeyRef: { name: "side-passwords", key: "root", generate: true } } });
  client.create("apps/deployments", workload("Deployment", "web", { replicas: 2 }));
  client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] } });
  const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
  const template = { metadata: { labels: { app: "store" } }, spec: { containers: [{ name: "store", image: "ghcr.io/example/store:1", volumeMounts: [{ name: "data", mountPath: "/data" }] }] } };
  client.create("apps/statefulsets", workload("StatefulSet", "store", { replicas: 2, serviceName: "store", template, volumeClaimTemplates: [claim] }));
  cluster.run(300_000);
  expect(notReady()).toEqual([]);
  expect(client.list("persistentvolumeclaims").map(({ metadata, status }) => `${metadata.name} ${status.phase}`).sort()).toEqual(["data-store-0 Bound", "data-store-1 Bound", "main-1 Bound", "main-2 Bound", "storage-side-0 Bound"]);
  expect(client.get("postgresql.cnpg.io/clusters", "default", "main")!["status"]).toMatchObject({ phase: "Cluster in healthy state", readyInstances: 2 });
  expect(isReady(client.get("k8s.mariadb.com/mariadbs", "default", "side")!)).toBe(true);
  expect(client.get<Service>("services", "default", "web")!.status!.loadBalancer!.ingress?.map(({ ip }) => ip)).toEqual(["192.168.1.11", "192.168.1.12", "192.168.1.13"]);
  expect(client.list("nodes").map(({ spec }) => spec.podCIDR).sort()).toEqual(["10.42.0.0/24", "10.42.1.0/24", "10.42.2.0/24"]);
  expect(cluster.log.filter((line) => line.includes("TypeError"))).toEqual([]);
});

it("outlives the machine of the primary database: the app answers elsewhere, the volume stays behind", () => {
  const { client } = cluster;
  customKind(cluster, "postgresql.cnpg.io", "v1", "Cluster", "clusters");
  client.create("postgresql.cnpg.io/clusters", { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata: { name: "main", namespace: "default" }, spec: { instances: 2, storage: { size: "1Gi", storageClass: "local-path" } } });
  client.create("apps/deployments", workload("Deployment", "web", { replicas: 3 }));
  cluster.run(120_000);
  const primary = client.get<Pod>("pods", "default", "main-1")!;
  const lost = primary.spec.nodeName!;
  agents.machine(lost)!.powerOff();
  const status = (): Record<string, unknown> => client.get("postgresql.cnpg.io/clusters", "default", "main")!["status"] as Record<string, unknown>;
  // Nobody knows before the grace period is over: 40 to 60 s since 1.32.
  cluster.run(35_000);
  expect(status()["currentPrimary"]).toBe("main-1");
  cluster.run(40_000);
  expect(status()).toMatchObject({ currentPrimary: "main-2", readyInstances: 1 });
  // Five minutes later the pods of the lost node are deleted, and the Deployment's come up elsewhere.
  cluster.run(330_000);
  const web = client.list<Pod>("pods", { namespace: "default", labels: { app: "web" } });
  expect(web.filter((pod) => pod.spec.nodeName !== lost && isReady(pod))).toHaveLength(3);
  expect(web.filter((pod) => pod.spec.nodeName === lost).every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
  expect(client.get<Pod>("pods", "default", "main-1")!.metadata.deletionTimestamp).toBeDefined();
  agents.machine(lost)!.powerOn();
  cluster.run(300_000);
  expect(notReady()).toEqual([]);
  expect(status()).toMatchObject({ currentPrimary: "main-2", readyInstances: 2, phase: "Cluster in healthy state" });
  expect(client.get<Pod>("pods", "default", "main-1")!.spec.nodeName).toBe(lost);
});

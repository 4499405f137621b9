import { expect, it } from "vitest";
import { customResourceDefinitionController } from "../../api/extensions/custom-resource-definition.ts";
import { createTestCluster } from "../../testing/harness.ts";
import { customKind } from "../testing/custom-kind.ts";
import { addNode } from "../testing/pod-runner.ts";
import { longhornPodsController } from "./longhorn-pods.ts";

it("deletes by force what is stuck on a machine that is down, once its grace is over, where Longhorn's setting says so", () => {
  const cluster = createTestCluster();
  const { client } = cluster;
  addNode(client, "pi1");
  cluster.start(customResourceDefinitionController(cluster.registry.types));
  cluster.start(longhornPodsController());
  customKind(cluster, "longhorn.io", "v1beta2", "Setting", "settings");
  client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "longhorn-system" } });
  client.create("persistentvolumes", { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "data" }, spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "longhorn", csi: { driver: "driver.longhorn.io", volumeHandle: "data" } } });
  client.create("persistentvolumeclaims", { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace: "default" }, spec: { volumeName: "data", storageClassName: "longhorn", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } });
  const makeAndDelete = (name: string, owner: string | undefined): void => {
    client.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: "apps/v1", kind: owner, name: "web", uid: "u", controller: true }] }) },
      spec: { nodeName: "pi1", containers: [{ name: "web", image: "nginx" }], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
    });
    client.delete("pods", "default", name);
  };
  const left = (): string[] => client.list("pods", { namespace: "default" }).map(({ metadata }) => metadata.name).sort();
  client.updateStatus("nodes", { ...client.get("nodes", undefined, "pi1")!, status: { conditions: [{ type: "Ready", status: "Unknown" }] } });
  makeAndDelete("before", "ReplicaSet");
  cluster.run(120_000);
  expect(left()).toEqual(["before"]);
  client.create("longhorn.io/settings", { apiVersion: "longhorn.io/v1beta2", kind: "Setting", metadata: { name: "node-down-pod-deletion-policy", namespace: "longhorn-system" }, value: "delete-both-statefulset-and-deployment-pod" });
  makeAndDelete("of-a-deployment", "ReplicaSet");
  makeAndDelete("of-a-database", "Cluster");
  makeAndDelete("of-nobody", undefined);
  cluster.run(20_000);
  expect(left()).toEqual(["before", "of-a-database", "of-a-deployment", "of-nobody"]);
  cluster.run(20_000);
  expect(left()).toEqual(["before", "of-a-database", "of-nobody"]);
});

import { expect, test } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import { createTestCluster } from "../testing/harness.ts";
import { keysOf } from "./keys-of.ts";

test("keys are those of now, in the cluster that is asked", () => {
  const [cluster, other] = [createTestCluster(), createTestCluster()];
  for (const { client } of [cluster, other]) if (client.get("namespaces", undefined, "default") === undefined) client.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  const own = (one: TestClient): readonly string[] => keys(one).filter((key) => key !== "default/kubernetes");
  let looks = 0;
  const keys = keysOf<KubeObject>("services", ({ spec }) => ++looks > 0 && spec?.type === "ClusterIP");
  const service = (name: string, type: string): KubeObject => ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec: { type, ports: [{ port: 80 }] } });
  expect(own(cluster.client)).toEqual([]);
  cluster.client.create("services", service("a", "ClusterIP"));
  cluster.client.create("services", service("b", "NodePort"));
  expect(own(cluster.client)).toEqual(["default/a"]);
  const looksThen = looks;
  expect(own(cluster.client)).toEqual(["default/a"]);
  expect(looks).toBe(looksThen);
  cluster.client.patch("services", "default", "b", { spec: { type: "ClusterIP" } });
  expect(own(cluster.client)).toEqual(["default/a", "default/b"]);
  expect(own(other.client)).toEqual([]);
  cluster.client.delete("services", "default", "a");
  expect(own(cluster.client)).toEqual(["default/b"]);
});

type TestClient = ReturnType<typeof createTestCluster>["client"];

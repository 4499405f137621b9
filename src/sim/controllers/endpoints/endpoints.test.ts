import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { replicaSetController } from "../replica-set.ts";
import type { Pod } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { workload } from "../testing/workloads.ts";
import { endpointSliceController, SLICES, type EndpointSlice } from "./endpoint-slice.ts";
import { endpointsController, type Endpoints } from "./endpoints.ts";

let cluster: TestCluster;

const slices = (): readonly EndpointSlice[] => cluster.client.list<EndpointSlice>(SLICES, { namespace: "default", labels: { "kubernetes.io/service-name": "web" } });
const endpoints = (): Endpoints | undefined => cluster.client.get<Endpoints>("endpoints", "default", "web");

function service(spec: object = {}): void {
  cluster.client.create("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", labels: { team: "home" } },
    spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }], ...spec },
  });
}

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1", { labels: { "topology.kubernetes.io/zone": "attic" } });
  cluster.start(replicaSetController());
  cluster.start(endpointSliceController());
  cluster.start(endpointsController());
  runPods(cluster, { stopMs: 5_000 });
});

describe("a service", () => {
  it("has a slice and endpoints even without pods", () => {
    service();
    cluster.run(1_000);
    expect(slices()).toHaveLength(1);
    expect(slices()[0]).toMatchObject({ addressType: "IPv4", endpoints: null });
    expect(endpoints()?.subsets).toBeUndefined();
  });

  it("lists its ready pods with node, zone and ports", () => {
    service();
    cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 2 }));
    cluster.run(10_000);
    const [slice] = slices();
    const pod = cluster.client.list<Pod>("pods", { namespace: "default" }).find(({ status }) => status?.podIP === "10.42.0.1")!;
    expect(slice!.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(slice!.metadata.labels).toEqual({ team: "home", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" });
    expect(slice!.metadata.ownerReferences?.[0]).toMatchObject({ apiVersion: "v1", kind: "Service", name: "web", controller: true, blockOwnerDeletion: true });
    expect(slice!.ports).toEqual([{ name: "http", port: 80, protocol: "TCP" }]);
    expect(slice!.endpoints).toHaveLength(2);
    expect(slice!.endpoints!.find(({ addresses }) => addresses[0] === "10.42.0.1")).toEqual({
      addresses: ["10.42.0.1"],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "pi1",
      zone: "attic",
      targetRef: { kind: "Pod", namespace: "default", name: pod.metadata.name, uid: pod.metadata.uid },
    });
    expect(endpoints()!.subsets).toMatchObject([{ addresses: [{ ip: "10.42.0.1" }, { ip: "10.42.0.2" }], ports: [{ name: "http", port: 80, protocol: "TCP" }] }]);
    expect(endpoints()!.metadata.labels).toEqual({ team: "home", "endpoints.kubernetes.io/managed-by": "endpoint-controller" });
  });

  it("shows a terminating pod as serving but not ready, and drops it from the endpoints", () => {
    service();
    cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 1 }));
    cluster.run(10_000);
    cluster.client.patch("apps/replicasets", "default", "web", { spec: { replicas: 0 } });
    cluster.run(1_000);
    expect(slices()[0]!.endpoints![0]!.conditions).toEqual({ ready: false, serving: true, terminating: true });
    expect(endpoints()!.subsets).toBeUndefined();
    cluster.run(10_000);
    expect(slices()[0]!.endpoints).toBeNull();
  });

  it("splits a large service into slices of 100, and marks a headless one", () => {
    service({ clusterIP: "None" });
    cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 250 }));
    cluster.run(60_000);
    expect(slices().reduce((sum, slice) => sum + slice.endpoints!.length, 0)).toBe(250);
    expect(slices().every((slice) => slice.endpoints!.length <= 100)).toBe(true);
    expect(slices().every((slice) => slice.metadata.labels?.["service.kubernetes.io/headless"] === "")).toBe(true);
    expect(endpoints()!.subsets![0]!.addresses).toHaveLength(250);
  });

  it("takes its endpoints object along when it goes", () => {
    service();
    cluster.run(1_000);
    cluster.client.delete("services", "default", "web");
    cluster.run(1_000);
    expect(endpoints()).toBeUndefined();
  });

  it("leaves services without a selector alone", () => {
    service({ selector: undefined });
    cluster.run(1_000);
    expect(slices()).toEqual([]);
    expect(endpoints()).toBeUndefined();
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import { customResourceDefinitionController } from "../../api/extensions/custom-resource-definition.ts";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { daemonSetController } from "../daemon-set/daemon-set.ts";
import { garbageCollector } from "../garbage-collector/garbage-collector.ts";
import type { Pod, Service } from "../shapes.ts";
import { customKind } from "../testing/custom-kind.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, names } from "../testing/workloads.ts";
import { ingressStatusController } from "./ingress-status.ts";
import { addressesOf, metalLbController } from "./metallb.ts";
import { serviceLbController } from "./service-lb.ts";

let cluster: TestCluster;
const addresses = (name = "traefik"): (string | undefined)[] => cluster.client.get<Service>("services", "kube-system", name)!.status!.loadBalancer!.ingress?.map(({ ip }) => ip) ?? [];

function service(name = "traefik", extra: object = {}): void {
  cluster.client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "kube-system", labels: { "app.kubernetes.io/name": name }, ...extra }, spec: { type: "LoadBalancer", selector: { app: name }, ports: [{ name: "web", port: 80 }, { name: "websecure", port: 443 }] } });
}

beforeEach(() => {
  cluster = createTestCluster();
  for (const name of ["pi1", "pi2"]) addNode(cluster.client, name);
  cluster.client.create("serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "kube-system" } });
  for (const reconciler of [customResourceDefinitionController(cluster.registry.types), daemonSetController(), garbageCollector(), serviceLbController, metalLbController(), ingressStatusController()]) cluster.start(reconciler);
  runPods(cluster);
});

describe("ServiceLB", () => {
  it("answers on every node where its pod is ready, and goes with the Service", () => {
    service();
    cluster.run(10_000);
    const [set] = cluster.client.list("apps/daemonsets", { namespace: "kube-system" });
    expect(set!.metadata.name).toMatch(/^svclb-traefik-[0-9a-f]{8}$/);
    expect(addresses()).toEqual(["192.0.2.11", "192.0.2.12"]);
    const pod = cluster.client.list<Pod>("pods", { namespace: "kube-system" })[0]!;
    expect(pod.spec.containers.map(({ ports }) => ports![0]!.hostPort)).toEqual([80, 443]);
    expect(pod.spec).toMatchObject({ serviceAccountName: "svclb", priorityClassName: "system-node-critical" });
    cluster.client.delete("services", "kube-system", "traefik");
    cluster.run(10_000);
    expect(cluster.client.list("pods", { namespace: "kube-system" })).toEqual([]);
  });

  it("leaves the place to a DaemonSet that is there for the Service already", () => {
    service();
    cluster.run(1_000);
    const labels = { app: "svclb-other", "svccontroller.k3s.cattle.io/svcname": "traefik", "svccontroller.k3s.cattle.io/svcnamespace": "kube-system" };
    cluster.client.create("apps/daemonsets", { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "svclb-other", namespace: "kube-system", labels }, spec: { selector: { matchLabels: { app: "svclb-other" } }, template: { metadata: { labels }, spec: { containers: [{ name: "lb", image: "ghcr.io/example/lb:1" }] } } } });
    cluster.run(10_000);
    expect(names(cluster.client.list("apps/daemonsets", { namespace: "kube-system" }))).toEqual(["svclb-other"]);
    expect(addresses()).toEqual(["192.0.2.11", "192.0.2.12"]);
  });
});

describe("MetalLB", () => {
  beforeEach(() => {
    customKind(cluster, "metallb.io", "v1beta1", "IPAddressPool", "ipaddresspools");
    cluster.client.create("metallb.io/ipaddresspools", { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name: "home", namespace: "default" }, spec: { addresses: ["192.168.1.240-192.168.1.241"] } });
  });

  it("gives each Service its own address, until there are none left", () => {
    for (const name of ["one", "two", "three"]) service(name);
    cluster.run(10_000);
    expect([addresses("one"), addresses("two"), addresses("three")]).toEqual([["192.168.1.240"], ["192.168.1.241"], []]);
    expect(cluster.client.list("apps/daemonsets")).toEqual([]);
    expect(eventsAbout(cluster.client, "Service", "one")).toContain('IPAllocated: Assigned IP ["192.168.1.240"]');
    expect(eventsAbout(cluster.client, "Service", "three")[0]).toMatch(/^AllocationFailed: Failed to allocate IP for "kube-system\/three": no available IPs/);
    cluster.client.delete("services", "kube-system", "one");
    cluster.run(1_000);
    expect(addresses("three")).toEqual(["192.168.1.240"]);
  });

  it("gives the address that was asked for", () => {
    service("fixed", { annotations: { "metallb.io/loadBalancerIPs": "192.168.1.241" } });
    cluster.run(1_000);
    expect(addresses("fixed")).toEqual(["192.168.1.241"]);
  });

  it("reads ranges both ways", () => {
    expect([...addressesOf("192.168.1.254-192.168.2.1")]).toEqual(["192.168.1.254", "192.168.1.255", "192.168.2.0", "192.168.2.1"]);
    expect([...addressesOf("192.0.2.8/30")]).toEqual(["192.0.2.8", "192.0.2.9", "192.0.2.10", "192.0.2.11"]);
  });
});

it("an Ingress shows where its controller answers", () => {
  service();
  cluster.client.create("networking.k8s.io/ingresses", { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "shop", namespace: "default" }, spec: { ingressClassName: "traefik", defaultBackend: { service: { name: "shop", port: { number: 80 } } } } });
  cluster.run(10_000);
  expect(cluster.client.get("networking.k8s.io/ingresses", "default", "shop")!["status"]).toEqual({ loadBalancer: { ingress: [{ ip: "192.0.2.11" }, { ip: "192.0.2.12" }] } });
});

import { beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import { createNodeAgents, type NodeAgents } from "../kubelet/node-agents.ts";
import { testMachine } from "../kubelet/test-machine.ts";
import { prepareNamespace } from "../scheduler/test-namespace.ts";
import { testPod } from "../scheduler/test-objects.ts";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
import { createIngress, type Ingress } from "./ingress.ts";

let cluster: TestCluster;
let agents: NodeAgents;
let ingress: Ingress;

const ask = (url: string, headers: Record<string, string> = {}, method = "GET"): ReturnType<Ingress["route"]> => {
  const { protocol, host, pathname, search } = new URL(url);
  const request: HttpRequest = { method, path: pathname + search, host, scheme: protocol === "https:" ? "https" : "http", headers, remoteAddress: "192.168.1.50" };
  return ingress.route(request);
};

function slice(service: string, endpoints: { ip: string; pod: string; node: string; ready?: boolean }[], port = 80): void {
  cluster.client.create("discovery.k8s.io/endpointslices", {
    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4",
    metadata: { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } },
    ports: [{ name: "", port, protocol: "TCP" }],
    endpoints: endpoints.map(({ ip, pod, node, ready }) => ({ addresses: [ip], conditions: { ready: ready ?? true }, nodeName: node, targetRef: { kind: "Pod", name: pod, namespace: "default" } })),
  });
}

const crd = (group: string, kind: string, plural: string): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.${group}` },
  spec: {
    group, scope: "Namespaced", names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [{ name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } }],
  },
});

beforeEach(() => {
  cluster = createTestCluster();
  prepareNamespace(cluster.client);
  agents = createNodeAgents((name) => cluster.context(name));
  ingress = createIngress({ client: cluster.client, network: agents.network, ports: { http: 8080, https: 8443 } });
  for (const name of ["node1", "node2"]) agents.start(testMachine(name));
  cluster.run(5_000);
  for (const [pod, node] of [["web-1", "node1"], ["web-2", "node2"]] as const) {
    cluster.client.create("pods", testPod(pod, { nodeName: node, tolerations: [{ operator: "Exists" }], containers: [{ name: "web", image: "nginx:1.29", ports: [{ containerPort: 80 }] }] }, { labels: { app: "web" } }));
  }
  cluster.run(20_000);
  cluster.client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec: { selector: { app: "web" }, ports: [{ port: 8000, targetPort: 80 }] } });
});

const ips = (): { ip: string; pod: string; node: string }[] =>
  ["web-1", "web-2"].map((name) => {
    const pod = cluster.client.get("pods", "default", name)!;
    return { ip: pod.status.podIP as string, pod: name, node: pod.spec.nodeName as string };
  });

function addIngress(spec: object): void {
  cluster.client.create("networking.k8s.io/ingresses", { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "web", namespace: "default" }, spec });
}

const rule = (host: string, path = "/"): object => ({ host, http: { paths: [{ path, pathType: "Prefix", backend: { service: { name: "web", port: { number: 8000 } } } }] } });

test("an Ingress brings requests to the ready pods in turn, and the answer says which", () => {
  slice("web", ips());
  addIngress({ rules: [rule("web.maison.example")], tls: [{ hosts: ["web.maison.example"], secretName: "web-tls" }] });
  const answers = [1, 2, 3].map(() => JSON.parse(ask("https://web.maison.example/x?y=1", { accept: "application/json" }).body));
  expect(answers.map(({ pod, node }) => `${pod} on ${node}`)).toEqual(["web-1 on node1", "web-2 on node2", "web-1 on node1"]);
  expect(answers[0]).toMatchObject({ app: "web", namespace: "default", path: "/x?y=1", host: "web.maison.example" });
  expect(ask("http://web.maison.example:8080/", { accept: "text/html" })).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
  expect(ask("https://web.maison.example/").body).toContain("pod: web-");
  expect(ingress.hostsWithTls()).toEqual([{ host: "web.maison.example", secret: { namespace: "default", name: "web-tls" } }]);
  expect(agents.logs("default", "web-1", {}).text).toContain('"GET /x?y=1 HTTP/1.1" 200');
});

test("an unknown host is not found, an app without a ready pod is unavailable, a dead machine answers late", () => {
  slice("web", ips().map((one) => ({ ...one, ready: false })));
  addIngress({ rules: [rule("web.maison.example", "/app")] });
  expect(ask("https://other.maison.example/")).toMatchObject({ status: 404, body: "404 page not found\n" });
  expect(ask("https://web.maison.example/application")).toMatchObject({ status: 404 });
  expect(ask("https://web.maison.example/app/x")).toMatchObject({ status: 503, body: "no available server\n" });
  const slicePath = cluster.client.get("discovery.k8s.io/endpointslices", "default", "web-1")!;
  cluster.client.update("discovery.k8s.io/endpointslices", { ...slicePath, endpoints: (slicePath["endpoints"] as { conditions: object }[]).slice(0, 1).map((one) => ({ ...one, conditions: { ready: true } })) });
  expect(ask("https://web.maison.example/app")).toMatchObject({ status: 200 });
  agents.machine("node1")!.powerOff();
  expect(ask("https://web.maison.example/app")).toMatchObject({ status: 502 });
});

test("what is changed, deleted or no longer served counts at the next request", () => {
  slice("web", ips());
  const [routes, middlewares] = [crd("traefik.io", "IngressRoute", "ingressroutes"), crd("traefik.io", "Middleware", "middlewares")];
  for (const definition of [routes, middlewares]) cluster.client.create("apiextensions.k8s.io/customresourcedefinitions", definition);
  cluster.run(1_000);
  const status = (): number => ask("https://web.maison.example/app").status;
  expect(status()).toBe(404);
  addIngress({ rules: [rule("other.maison.example")] });
  expect(status()).toBe(404);
  cluster.client.patch("networking.k8s.io/ingresses", "default", "web", { spec: { rules: [rule("web.maison.example")] } });
  expect(status()).toBe(200);
  const limited = { entryPoints: ["websecure"], routes: [{ kind: "Rule", match: "Host(`web.maison.example`) && PathPrefix(`/app`)", middlewares: [{ name: "only" }], services: [{ name: "web", port: 8000 }] }] };
  cluster.client.create("traefik.io/ingressroutes", { apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: { name: "web", namespace: "default" }, spec: limited });
  expect(status()).toBe(200);
  cluster.client.create("traefik.io/middlewares", { apiVersion: "traefik.io/v1alpha1", kind: "Middleware", metadata: { name: "only", namespace: "default" }, spec: { ipAllowList: { sourceRange: ["10.0.0.0/8"] } } });
  expect(status()).toBe(403);
  cluster.client.patch("traefik.io/middlewares", "default", "only", { spec: { ipAllowList: { sourceRange: ["192.168.1.0/24"] } } });
  expect(status()).toBe(200);
  cluster.client.patch("traefik.io/middlewares", "default", "only", { spec: { ipAllowList: { sourceRange: ["10.0.0.0/8"] } } });
  cluster.client.delete("apiextensions.k8s.io/customresourcedefinitions", undefined, routes.metadata.name);
  cluster.run(1_000);
  expect(status()).toBe(200);
  cluster.client.delete("networking.k8s.io/ingresses", "default", "web");
  expect(status()).toBe(404);
});

test("Traefik's own objects: http is redirected to the port that is open here, a prefix is taken off", () => {
  for (const definition of [crd("traefik.io", "IngressRoute", "ingressroutes"), crd("traefik.io", "Middleware", "middlewares")]) cluster.client.create("apiextensions.k8s.io/customresourcedefinitions", definition);
  cluster.run(1_000);
  slice("web", ips());
  const traefik = (kind: string, name: string, spec: object): void =>
    void cluster.client.create(`traefik.io/${kind.toLowerCase()}s`, { apiVersion: "traefik.io/v1alpha1", kind, metadata: { name, namespace: "default" }, spec });
  traefik("Middleware", "https", { redirectScheme: { scheme: "https", permanent: true } });
  traefik("Middleware", "strip", { stripPrefix: { prefixes: ["/api"] } });
  const services = [{ name: "web", port: 8000 }];
  traefik("IngressRoute", "plain", { entryPoints: ["web"], routes: [{ kind: "Rule", match: "Host(`gazette.maison.example`)", middlewares: [{ name: "https" }], services }] });
  traefik("IngressRoute", "secure", {
    entryPoints: ["websecure"], tls: { certResolver: "letsencrypt" },
    routes: [
      { kind: "Rule", match: "Host(`gazette.maison.example`)", services },
      { kind: "Rule", match: "Host(`gazette.maison.example`) && PathPrefix(`/api`)", middlewares: [{ name: "strip" }], services },
      { kind: "Rule", match: "Host(`gazette.maison.example`) && PathPrefix(`/gone`)", middlewares: [{ name: "missing" }], services },
    ],
  });
  expect(ask("http://gazette.maison.example:8080/a?b=c")).toMatchObject({ status: 301, headers: { location: "https://gazette.maison.example:8443/a?b=c" } });
  expect(ask("http://gazette.maison.example:8080/a", {}, "POST").status).toBe(308);
  const answer = ask("https://gazette.maison.example:8443/api/users", { accept: "application/json" });
  expect(JSON.parse(answer.body)).toMatchObject({ path: "/users" });
  expect(ask("https://gazette.maison.example/").status).toBe(200);
  expect(ingress.hostsWithTls()).toEqual([{ host: "gazette.maison.example", resolver: "letsencrypt" }]);
});

test("a byte stream to a pod's port speaks HTTP, and says when nothing listens", () => {
  const stream = agents.openPort("default", "web-1", 80);
  if (typeof stream === "string") throw new Error(stream);
  let received = "";
  stream.onData((bytes) => (received += Buffer.from(bytes).toString()));
  stream.write(Buffer.from("GET /hello HTTP/1.1\r\nHost: localhost:9"));
  stream.write(Buffer.from("000\r\nAccept: */*\r\n\r\n"));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received).toContain("pod: web-1\n");
  expect(received).toContain("path: /hello\n");
  expect(agents.openPort("default", "web-1", 5432)).toContain("connect: connection refused");
});

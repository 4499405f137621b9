import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../objects/kube-object.ts";
import { loadText } from "../../../test/render/load-example.ts";
import { renderWithProblems } from "../render-homelab.ts";
import { COMPONENT_VERSIONS } from "../versions.ts";
import { CATALOGUE, componentsOf, platformCrds, platformFootprint } from "./catalogue.ts";
import { CRD_TABLE, type CrdSet } from "./crd-table.ts";
import { CRD_ANNOTATION, crdsOf } from "./crds.ts";

const SETS = Object.keys(CRD_TABLE) as CrdSet[];

/** What makes a schema not structural: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Specifying a structural schema". */
function structuralProblems(schema: JsonObject, path: string): string[] {
  const problems: string[] = [];
  const isFree = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  if (typeof schema.type !== "string" && !isFree && !isIntOrString) problems.push(`${path}: no type`);
  if (schema.properties !== undefined && schema.additionalProperties !== undefined) problems.push(`${path}: properties and additionalProperties`);
  for (const [key, field] of Object.entries((schema.properties ?? {}) as Record<string, JsonObject>)) problems.push(...structuralProblems(field, `${path}.${key}`));
  if (schema.items !== undefined) problems.push(...structuralProblems(schema.items as JsonObject, `${path}[]`));
  if (schema.type === "array" && schema.items === undefined) problems.push(`${path}: an array without items`);
  if (typeof schema.additionalProperties === "object" && schema.additionalProperties !== null) problems.push(...structuralProblems(schema.additionalProperties as JsonObject, `${path}{}`));
  for (const key of (schema["x-kubernetes-list-map-keys"] ?? []) as string[]) {
    const items = schema.items as JsonObject;
    if (!((items.required ?? []) as string[]).includes(key)) problems.push(`${path}: map key ${key} is not required`);
  }
  return problems;
}

describe("kinds of the platform", () => {
  it("are structural", () => {
    for (const set of SETS) {
      for (const { object } of crdsOf(set)) expect(structuralProblems(object.spec.versions[0].schema.openAPIV3Schema as JsonObject, object.metadata.name)).toEqual([]);
    }
  });

  it("say so when they check nothing", () => {
    const isMinimal = (set: CrdSet) => crdsOf(set).map(({ object }) => object.metadata.annotations?.[CRD_ANNOTATION] === "minimal");
    for (const set of ["traefik", "cert-manager", "cloudnative-pg", "gateway-api"] as const) expect(isMinimal(set)).not.toContain(true);
    for (const set of ["metallb", "mariadb-operator", "volsync", "k3s", "flux"] as const) expect(isMinimal(set)).not.toContain(false);
  });

  it("have each name once", () => {
    const names = SETS.flatMap((set) => crdsOf(set).map(({ object }) => object.metadata.name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe("catalogue", () => {
  it("has each component once, with kinds that exist", () => {
    const names = CATALOGUE.map((component) => component.name);
    expect(new Set(names).size).toBe(names.length);
    for (const component of CATALOGUE) for (const set of component.crds ?? []) expect(SETS).toContain(set);
  });

  it("pins every chart to an exact version", () => {
    for (const [name, version] of Object.entries(COMPONENT_VERSIONS)) {
      if ("chart" in version) expect(version.chart.version, name).toMatch(/^v?\d+\.\d+\.\d+$/);
      expect(version.seen, name).toMatch(/^(20\d\d-\d\d|unconfirmed)$/);
    }
  });

  const K3S = "name: maison\ndomain: maison.example\ntimeZone: Europe/Paris\nmachines: { a: { address: 192.168.1.11, roles: [control-plane, worker] } }\nmachineDefaults: { ssh: { user: pi }, hardware: raspberry-pi-5 }\n";
  const APP = "apps: { a: { image: ghcr.io/example/a:1.0, port: 80, host: a } }\n";
  const kubeSystem = (objects: ReturnType<typeof platformFootprint>) => objects.filter(({ object }) => ["Deployment", "DaemonSet", "Pod"].includes(object.kind) && object.metadata.namespace === "kube-system").map(({ object }) => `${object.kind} ${object.metadata.name.replace(/-[0-9a-f]{8}$/, "")}`).sort();

  it("runs in a rehearsal what k3s runs", async () => {
    const homelab = await loadText(`${K3S}kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }\n${APP}`);
    expect(kubeSystem(platformFootprint(homelab))).toEqual(["Deployment coredns", "Deployment local-path-provisioner", "Deployment metrics-server", "Deployment traefik"]);
    const dns = platformFootprint(homelab).find(({ object }) => object.kind === "Service" && object.metadata.name === "kube-dns");
    expect(dns?.object.spec.clusterIP).toBe("10.43.0.10");
    expect(componentsOf(homelab).map((component) => `${component.name}: ${component.install(homelab)}`)).toEqual(["distribution: bundled", "k3s: bundled", "flannel: bundled", "servicelb: bundled", "metrics-server: bundled", "local-path: bundled", "traefik: bundled"]);
  });

  it("leaves out what k3s is told to leave out", async () => {
    const homelab = await loadText(`${K3S}kubernetes: { distribution: k3s, version: v1.36.1+k3s1, disable: [traefik, servicelb, metrics-server, local-storage] }\nplatform: { ingress: none, loadBalancer: none, metrics: false }\n${APP.replace(", host: a", "")}`);
    expect(kubeSystem(platformFootprint(homelab))).toEqual(["Deployment coredns"]);
  });

  it("runs in a rehearsal what kubeadm runs", async () => {
    const homelab = await loadText("name: cours\ntimeZone: Europe/Paris\nmachines: { cp1: { address: 192.168.10.21, roles: [control-plane, worker], memory: 4Gi, cpu: 2 } }\nmachineDefaults: { ssh: { user: debian }, hardware: vm }\nkubernetes: { distribution: kubeadm, version: v1.36.3 }\nplatform: { metrics: false, ingress: none, loadBalancer: none }\napps: { a: { image: ghcr.io/example/a:1.0, port: 80 } }\n");
    const objects = platformFootprint(homelab);
    expect(kubeSystem(objects)).toEqual(["DaemonSet kube-proxy", "Deployment coredns", "Pod etcd-cp1", "Pod kube-apiserver-cp1", "Pod kube-controller-manager-cp1", "Pod kube-scheduler-cp1"]);
    expect(objects.find(({ object }) => object.metadata.name === "etcd-cp1")?.object.spec).toMatchObject({ nodeName: "cp1", hostNetwork: true, containers: [{ image: "registry.k8s.io/etcd:3.6.8-0", resources: { requests: { cpu: "100m", memory: "100Mi" } } }] });
    expect(objects.find(({ object }) => object.metadata.name === "kube-apiserver-cp1")?.object.spec["containers"][0].readinessProbe.httpGet).toMatchObject({ path: "/readyz", port: 6443, scheme: "HTTPS" });
    expect(objects.find(({ object }) => object.metadata.name === "coredns" && object.kind === "Deployment")?.object.spec).toMatchObject({ replicas: 2 });
    expect(platformCrds(homelab).map(({ object }) => object.metadata.name)).toEqual([]);
  });

  it("keeps Ceph's monitors on machines of their own", async () => {
    const machines = ["a", "b", "c"].map((name, index) => `  ${name}: { address: 192.168.1.1${index}, roles: [control-plane, worker], disks: [{ size: 40G }, { device: /dev/sdb, size: 100G, use: storage }] }`).join("\n");
    const homelab = await loadText(`${K3S.replace(/machines: .*/, `machines:\n${machines}`)}kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }\nplatform: { storage: { default: ceph, classes: { ceph: { kind: ceph } } } }\n${APP}`);
    const mons = platformFootprint(homelab).filter(({ object }) => object.metadata.name.startsWith("rook-ceph-mon-"));
    expect(mons.length).toBe(3);
    for (const { object } of mons) {
      expect(object.spec["template"].spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([{ labelSelector: { matchLabels: { app: "rook-ceph-mon" } }, topologyKey: "kubernetes.io/hostname" }]);
    }
  });
});

describe("what a component cannot do", () => {
  const head = "name: maison\ndomain: maison.example\ntimeZone: Europe/Paris\nmachines: { a: { address: 192.168.1.11, roles: [control-plane, worker] } }\nmachineDefaults: { ssh: { user: pi }, hardware: raspberry-pi-5 }\nkubernetes: { distribution: k3s, version: v1.36.1+k3s1 }\napps: { a: { image: ghcr.io/example/a:1.0, port: 80, host: a } }\n";
  const problems = async (platform: string) => renderWithProblems(await loadText(`${head}platform: ${platform}\n`)).problems.map((problem) => problem.message);
  const certificates = (rest: string) => `{ certificates: { issuer: letsencrypt, email: me@maison.example, ${rest} } }`;

  it("is refused, with the field", async () => {
    expect(await problems(certificates("by: traefik, dns01: { provider: ovh, credentials: { secret: token } }"))).toEqual([expect.stringMatching(/^platform\.certificates\.dns01\.provider: Traefik cannot use ovh with one token; there are cloudflare, /)]);
    expect(await problems(certificates("by: cert-manager, dns01: { provider: constructor, credentials: { secret: token } }"))).toEqual([expect.stringContaining("for constructor its webhook is needed")]);
    expect(await problems("{ ingress: { by: traefik, routing: gateway-api }, certificates: { issuer: letsencrypt, email: me@maison.example, by: traefik } }")).toEqual([expect.stringMatching(/^platform\.certificates\.by: .*use cert-manager$/)]);
  });

  it("is not refused where it can", async () => {
    for (const by of ["traefik", "cert-manager"]) expect(await problems(certificates(`by: ${by}, dns01: { provider: cloudflare, credentials: { secret: token } }`))).toEqual([]);
  });
});

it("local-path makes directories by pods of its own account: without being told it, it names one that is only in upstream's manifest, and no volume ever comes", async () => {
  const homelab = await loadText("name: maison\nmachines: { a: { address: 192.168.1.11, roles: [control-plane, worker] } }\nmachineDefaults: { hardware: vm, memory: 4Gi, cpu: 2, ssh: { user: debian } }\nkubernetes: { distribution: kubeadm, version: v1.36.3 }\n");
  const objects = renderWithProblems(homelab).files.flatMap((file) => file.objects).map(({ object }) => object);
  const pod = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "local-path-provisioner")?.["spec"].template.spec as { serviceAccountName: string; containers: { env: { name: string; value?: string }[] }[] };
  expect(pod.containers[0]!.env).toContainEqual({ name: "SERVICE_ACCOUNT_NAME", value: pod.serviceAccountName });
  expect(objects.some(({ kind, metadata }) => kind === "ServiceAccount" && metadata.namespace === "local-path-storage" && metadata.name === pod.serviceAccountName)).toBe(true);
});

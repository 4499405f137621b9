/** What the API warns of, in upstream's words. */
import { describe, expect, it } from "vitest";
import { certificateAuthority } from "../../../adapters/certificate-authority.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { addressWarnings, rangeWarnings } from "./addresses.ts";
import { objectWarnings } from "./object.ts";

const make = (apiVersion: string, kind: string, fields: object, metadata: object = {}): KubeObject => ({ apiVersion, kind, metadata: { name: "x", ...metadata }, ...fields }) as KubeObject;
const created = (apiVersion: string, kind: string, fields: object, metadata: object = {}): string[] => objectWarnings(make(apiVersion, kind, fields, metadata), undefined);
const pod = (spec: object, metadata: object = {}): string[] => created("v1", "Pod", { spec }, metadata);

describe("warnings of a pod", () => {
  it("none of a plain one", () => {
    expect(pod({ containers: [{ name: "a", ports: [{ containerPort: 80, protocol: "TCP" }, { containerPort: 53, protocol: "UDP" }], env: [{ name: "A", value: "1" }] }] })).toEqual([]);
  });

  it("name that is no host name", () => {
    expect(pod({ containers: [] }, { name: "a.b" })).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ]);
  });

  it("labels and annotations that are no more", () => {
    const metadata = { annotations: { "scheduler.alpha.kubernetes.io/critical-pod": "", "container.seccomp.security.alpha.kubernetes.io/a": "x", "container.apparmor.security.beta.kubernetes.io/a": "unconfined" } };
    const spec = { nodeSelector: { "beta.kubernetes.io/arch": "arm64" }, topologySpreadConstraints: [{ topologyKey: "failure-domain.beta.kubernetes.io/zone" }], containers: [{ name: "a" }] };
    expect(pod(spec, metadata)).toEqual([
      'spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead',
      'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
      'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/a]: non-functional in v1.27+; use the "seccompProfile" field instead',
    ]);
    expect(created("apps/v1", "DaemonSet", { spec: { template: { metadata, spec: { containers: [{ name: "a" }] } } } })).toContain(
      'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]: deprecated since v1.30; use the "appArmorProfile" field instead',
    );
    const same = { securityContext: { appArmorProfile: { type: "Unconfined" } }, containers: [{ name: "a", securityContext: { seccompProfile: {} } }] };
    expect(created("apps/v1", "DaemonSet", { spec: { template: { metadata, spec: same } } })).toHaveLength(1);
  });

  it("a second definition that does not build upon the first", () => {
    const env = (second: object): string[] => pod({ containers: [{ name: "a", env: [{ name: "A", value: "1" }, { name: "A", ...second }] }] });
    const hides = ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'];
    expect(env({ value: "2" })).toEqual(hides);
    expect(env({ value: "$(A)" })).toEqual(hides);
    expect(env({ valueFrom: { fieldRef: {} } })).toEqual(hides);
    expect(env({ value: "$(A):2" })).toEqual([]);
  });

  it("ports that meet", () => {
    const port = (fields: object): object => ({ containerPort: 80, protocol: "TCP", ...fields });
    const two = (first: object, second: object): string[] => pod({ initContainers: [{ name: "i", ports: [port(first)] }], containers: [{ name: "a", ports: [port(second)] }] });
    const [at, other] = ["spec.containers[0].ports[0]", "spec.initContainers[0].ports[0]"];
    expect(two({}, {})).toEqual([`${at}: duplicate port definition with ${other}`]);
    expect(two({}, { hostPort: 80 })).toEqual([`${at}: overlapping port definition with ${other}`]);
    expect(two({ hostPort: 80 }, { hostPort: 80, hostIP: "192.0.2.1" })).toEqual([`${at}: dangerously ambiguous port definition with ${other}`]);
    expect(two({ hostPort: 80 }, { hostPort: 81 })).toEqual([]);
    expect(two({ protocol: "UDP", name: "web" }, { name: "web" })).toEqual([`${at}: duplicate port name "web" with ${other}, services and probes that select ports by name will use ${other}`]);
    expect(two({ protocol: "UDP" }, { hostIP: "192.0.2.1" })).toEqual([`${at}: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:192.0.2.1}`]);
  });

  it("fractions of a byte, lists with the same entry twice, files at the same path", () => {
    expect(
      pod({
        hostAliases: [{ ip: "192.0.2.1" }, { ip: "192.0.2.1" }],
        imagePullSecrets: [{ name: "a" }, { name: "" }],
        volumes: [
          { name: "c", configMap: { name: "m", items: [{ key: "a", path: "x/" }, { key: "b", path: "x/y" }] } },
          { name: "p", projected: { sources: [{ secret: { name: "s", items: [{ key: "a", path: "x" }] } }, { serviceAccountToken: { path: "x" } }, {}] } },
          { name: "e", ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "1.5" } } } } } },
        ],
        containers: [{ name: "a", resources: { limits: { memory: "100m" }, requests: { cpu: "100m", memory: "1Gi" } } }],
      }),
    ).toEqual([
      'spec.volumes[2].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
      'volume "c" (ConfigMap "m"): overlapping paths: "x/y" with "x"',
      'volume "p" (Projected): overlapping paths: "x" (ServiceAccountToken) with "x" (Secret "s")',
      'volume "p" (Projected) has no sources provided',
      'spec.hostAliases[1].ip: duplicate ip "192.0.2.1"',
      'spec.imagePullSecrets[1].name: invalid empty name ""',
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    ]);
  });
});

describe("when", () => {
  const spec = { template: { spec: { nodeSelector: { "beta.kubernetes.io/os": "linux" }, containers: [] } } };
  const at = (generation: number): KubeObject => make("apps/v1", "Deployment", { spec }, { generation });

  it("a template is judged again only when the spec has changed, a pod never", () => {
    expect(objectWarnings(at(2), at(2))).toEqual([]);
    expect(objectWarnings(at(3), at(2))).toEqual(['spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead']);
    const old = make("v1", "Pod", { spec: spec.template.spec });
    expect(objectWarnings(old, old)).toEqual([]);
  });
});

describe("warnings of other kinds", () => {
  it("Service", () => {
    expect(created("v1", "Service", { spec: { type: "ClusterIP", clusterIP: "None", sessionAffinity: "ClientIP", externalIPs: ["192.0.2.1"], trafficDistribution: "PreferClose" } })).toEqual([
      "spec.externalIPs is ignored for headless services",
      "spec.SessionAffinity is ignored for headless services",
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ]);
    expect(created("v1", "Service", { spec: { type: "ClusterIP", clusterIP: "192.0.2.9", clusterIPs: ["192.0.2.9"], sessionAffinity: "None", externalIPs: ["192.0.2.1"] } })).toEqual([
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    ]);
  });

  it("Ingress, PersistentVolume, ResourceQuota", () => {
    expect(created("networking.k8s.io/v1", "Ingress", { spec: {} }, { annotations: { "kubernetes.io/ingress.class": "traefik" } })).toEqual(['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead']);
    expect(created("v1", "PersistentVolume", { spec: { persistentVolumeReclaimPolicy: "Recycle", rbd: {} } })).toEqual([
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
      "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
    ]);
    expect(created("v1", "ResourceQuota", { spec: { hard: { cpu: "2", "limits.cpu": "1", "requests.memory": "1Gi", "limits.memory": "2Gi" } } })).toEqual(["ResourceQuota cpu (2) should be less than limits.cpu (1)"]);
  });

  it("formats of a definition that nobody checks, once they are new", () => {
    const definition = (format: string): KubeObject =>
      make("apiextensions.k8s.io/v1", "CustomResourceDefinition", { spec: { versions: [{ schema: { openAPIV3Schema: { properties: { a: { type: "string", format }, b: { type: "integer", format: "int64" } } } } }] } });
    expect(objectWarnings(definition("date-time"), undefined)).toEqual([]);
    expect(objectWarnings(definition("ip"), undefined)).toEqual(['unrecognized format "ip"']);
    expect(objectWarnings(definition("ip"), definition("ip"))).toEqual([]);
  });

  it("a TLS secret whose key is another's", () => {
    const authority = certificateAuthority("a", 0, 86_400_000);
    const pair = (commonName: string): { certificate: string; key: string } => authority.issue({ commonName, organisations: [], use: "client", notBeforeMs: 0, notAfterMs: 86_400_000 });
    const [one, two] = [pair("one"), pair("two")];
    const secret = (certificate: string, key: string): string[] =>
      created("v1", "Secret", { type: "kubernetes.io/tls", data: { "tls.crt": Buffer.from(certificate).toString("base64"), "tls.key": Buffer.from(key).toString("base64") } });
    expect(secret(one.certificate, one.key)).toEqual([]);
    expect(secret(one.certificate, two.key)).toEqual(["tls: private key does not match public key"]);
    expect(secret("x", one.key)).toEqual(["tls: failed to find any PEM data in certificate input"]);
    expect(secret(one.key, one.certificate)).toEqual(["tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"]);
    expect(secret(one.certificate, one.certificate)).toEqual(["tls: found a certificate rather than a key in the PEM for the private key"]);
  });

  it("addresses and ranges that are not spelled as they should be", () => {
    expect(addressWarnings("a", "192.0.2.1")).toEqual([]);
    expect(addressWarnings("a", "192.0.02.1")).toEqual(['a: non-standard IP address "192.0.02.1" is invalid: use "192.0.2.1"']);
    expect(addressWarnings("a", "::ffff:192.0.2.1")).toEqual(['a: non-standard IP address "::ffff:192.0.2.1" is invalid: use "192.0.2.1"']);
    expect(addressWarnings("a", "2001:DB8::1")).toEqual(['a: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")']);
    expect(rangeWarnings("a", "192.0.2.0/24")).toEqual([]);
    expect(rangeWarnings("a", "192.0.2.1/24")).toEqual(['a: CIDR value "192.0.2.1/24" is ambiguous in this context (should be "192.0.2.0/24" or "192.0.2.1/32"?)']);
    expect(rangeWarnings("a", "2001:DB8::/32")).toEqual(['a: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")']);
  });
});

/** What an API server creates by itself before anybody asks: namespaces, priority classes, the `kubernetes` service, the bootstrap roles. */
import ipaddr from "ipaddr.js";
import { cloneJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { TypeName } from "../client.ts";
import { BOOTSTRAP_FLOW } from "./bootstrap-flow.generated.ts";
import { bootstrapRoles } from "./bootstrap-roles.ts";
import type { Registry } from "./registry.ts";
import { systemContext } from "./request.ts";
import { addressAt } from "./service-addresses.ts";

export interface BootstrapOptions {
  serviceCidrs: readonly string[];
  /** Addresses of the API servers, for the endpoints of the service `kubernetes`. */
  apiAddresses: readonly string[];
  apiPort: number;
}

const NAMESPACES = ["kube-system", "kube-public", "kube-node-lease", "default"] as const;

export function bootstrap(registry: Registry, options: BootstrapOptions): void {
  const context = systemContext("system:apiserver", "kube-apiserver");
  const ensure = (type: TypeName, object: KubeObject): void => {
    registry.create(registry.typeOf(type), object.metadata.namespace, object, context);
  };
  for (const name of NAMESPACES) ensure("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  for (const [name, value, description] of [
    ["system-cluster-critical", 2000000000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."],
    ["system-node-critical", 2000001000, "Used for system critical pods that must not be moved from their current node."],
  ] as const) {
    ensure("scheduling.k8s.io/priorityclasses", { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value, description });
  }
  for (const flow of BOOTSTRAP_FLOW) {
    const object = cloneJson(flow) as KubeObject;
    ensure(`flowcontrol.apiserver.k8s.io/${object.kind.toLowerCase()}s`, object);
  }
  for (const role of bootstrapRoles()) ensure(roleType(role), role);
  const families = options.serviceCidrs.map((cidr) => (cidr.includes(":") ? "IPv6" : "IPv4"));
  ensure("networking.k8s.io/servicecidrs", {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes" },
    spec: { cidrs: [...options.serviceCidrs] },
  });
  const labels = { component: "apiserver", provider: "kubernetes" };
  ensure("services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels },
    spec: {
      type: "ClusterIP",
      clusterIP: firstAddress(options.serviceCidrs[0]!),
      ipFamilies: [families[0]],
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: options.apiPort }],
    },
  });
  const ports = [{ name: "https", port: options.apiPort, protocol: "TCP" }];
  ensure("endpoints", {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "kubernetes", namespace: "default", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: [{ addresses: options.apiAddresses.map((ip) => ({ ip })), ports }],
  });
  ensure("discovery.k8s.io/endpointslices", {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: options.apiAddresses[0]?.includes(":") ? "IPv6" : "IPv4",
    endpoints: options.apiAddresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports,
  });
  // Nobody watched this: a watch from before is one from a history that is gone.
  registry.store.compact(registry.store.revision);
}

function roleType(role: KubeObject): TypeName {
  return `rbac.authorization.k8s.io/${role.kind.toLowerCase()}s`;
}

/** The first address of a range: where the service `kubernetes` lives. */
export function firstAddress(cidr: string): string {
  return addressAt(ipaddr.parseCIDR(cidr)[0].toByteArray(), 1);
}

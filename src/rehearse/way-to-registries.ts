/** Where images come through the cluster itself, or names are asked of it, a pull needs what it is to start: a registry among the apps, a DNS server in a pod. */
import type { App } from "../config/homelab.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { manifestOf } from "../sim/kubelet/registries.ts";
import type { Struck } from "./faults/fault-effect.ts";

/** What a pull of a registry's images fails with now, from a machine; undefined where the way is free. `isServed`: whether an app answers anybody. */
export function wayToRegistries({ homelab, cluster, site }: Struck, isServed: (app: App) => boolean): (registry: string, machine: string, image: string) => string | undefined {
  const appOf = new Map(Object.values(homelab.apps).flatMap((app) => Object.values(app.services).flatMap(({ routes }) => routes.map(({ host }) => [host, app] as const))));
  const resolversOf = new Map(Object.values(homelab.machines).map(({ hostname, network }) => [hostname, network.resolvers]));
  const homeAddresses = new Set(Object.values(homelab.site).flatMap(({ address }) => address ?? []));
  const answers = (address: string): boolean => {
    const service = cluster.client.list("services").find((one) => addressesOf(one).includes(address));
    // Somebody outside the cluster.
    if (service === undefined) return true;
    return (cluster.agents.network.endpoints(service, undefined) ?? []).some((endpoint) => cluster.agents.machine(endpoint.nodeName)?.isReachable === true && cluster.agents.network.processAt(endpoint) !== undefined);
  };
  return (registry, machine, image) => {
    const resolvers = resolversOf.get(machine) ?? [];
    const host = registry.split(":")[0]!;
    // Nothing said of resolvers: DHCP names the home's own.
    const isNamed = site.hasNames || (resolvers.length > 0 && !resolvers.some((address) => homeAddresses.has(address)));
    if (!isNamed) return `failed to do request: Head "${manifestOf(image)}": dial tcp: lookup ${host}: i/o timeout`;
    if (resolvers.length > 0 && !resolvers.some(answers)) return `failed to do request: Head "${manifestOf(image)}": dial tcp: lookup ${host} on ${resolvers[0]}:53: i/o timeout`;
    const app = appOf.get(host);
    return app === undefined || isServed(app) ? undefined : `failed to do request: Head "${manifestOf(image)}": dial tcp: connect: connection refused`;
  };
}

function addressesOf(service: KubeObject): string[] {
  return ((service["status"]?.loadBalancer?.ingress ?? []) as { ip?: string }[]).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
}

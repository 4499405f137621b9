import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, firstThree, labelsText, selectorOrNone, type Cell } from "./cells.ts";

interface Ingress {
  ip?: string;
  hostname?: string;
}

function loadBalancerText(object: KubeObject): string {
  const ingress = (object["status"]?.loadBalancer?.ingress ?? []) as Ingress[];
  return [...new Set(ingress.map((one) => one.ip || one.hostname || "").filter((one) => one !== ""))].sort().join(",");
}

function externalIp(service: KubeObject): string {
  const spec = service["spec"] ?? {};
  const external = ((spec.externalIPs ?? []) as string[]).join(",");
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return external || "<none>";
    case "LoadBalancer":
      return [loadBalancerText(service), external].filter((one) => one !== "").join(",") || "<pending>";
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

export function printService(service: KubeObject, nowMs: number): Cell[] {
  const spec = service["spec"] ?? {};
  const ports = ((spec.ports ?? []) as { port: number; nodePort?: number; protocol?: string }[]).map((port) =>
    port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol ?? ""}` : `${port.port}/${port.protocol ?? ""}`,
  );
  return [service.metadata.name, spec.type ?? "", spec.clusterIPs?.[0] ?? "<none>", externalIp(service), ports.join(",") || "<none>", age(service, nowMs), labelsText(spec.selector)];
}

export function printEndpoints(object: KubeObject, nowMs: number): Cell[] {
  const subsets = (object["subsets"] ?? []) as { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
  const list = subsets.flatMap((subset) => {
    const addresses = (subset.addresses ?? []).map((address) => address.ip);
    if (!subset.ports?.length) return addresses;
    return subset.ports.flatMap(({ port }) => addresses.map((ip) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  return [object.metadata.name, subsets.length === 0 ? "<none>" : firstThree(list, ""), age(object, nowMs)];
}

export function printEndpointSlice(object: KubeObject, nowMs: number): Cell[] {
  const ports = ((object["ports"] ?? []) as { port?: number; name?: string }[]).map((one) => String(one.port ?? one.name ?? "*"));
  const addresses = ((object["endpoints"] ?? []) as { addresses?: string[] }[]).flatMap((one) => one.addresses ?? []);
  return [object.metadata.name, object["addressType"] ?? "", firstThree(ports, "<unset>"), firstThree(addresses, "<unset>"), age(object, nowMs)];
}

/** Three hosts are shown; a rule counts although it names none. */
function hostsText(rules: readonly { host?: string }[]): string {
  const shown: string[] = [];
  let hasMore = false;
  for (const { host } of rules) {
    if (shown.length === 3) hasMore = true;
    if (!hasMore && host) shown.push(host);
  }
  if (shown.length === 0) return "*";
  return hasMore ? `${shown.join(",")} + ${rules.length - 3} more...` : shown.join(",");
}

export function printIngress(object: KubeObject, nowMs: number): Cell[] {
  const spec = object["spec"] ?? {};
  return [object.metadata.name, spec.ingressClassName ?? "<none>", hostsText(spec.rules ?? []), loadBalancerText(object), spec.tls?.length ? "80, 443" : "80", age(object, nowMs)];
}

export function printIngressClass(object: KubeObject, nowMs: number): Cell[] {
  const isDefault = object.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
  const parameters = object["spec"]?.parameters;
  const text = parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ""}/${parameters.name}` : "<none>";
  return [`${object.metadata.name}${isDefault ? " (default)" : ""}`, object["spec"]?.controller ?? "", text, age(object, nowMs)];
}

export function printNetworkPolicy(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, selectorOrNone(object["spec"]?.podSelector), age(object, nowMs)];
}

export function printServiceCidr(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, ((object["spec"]?.cidrs ?? []) as string[]).join(","), age(object, nowMs)];
}

/** One cell more than there are columns, as upstream sends it. */
export function printIpAddress(object: KubeObject, nowMs: number): Cell[] {
  const parent = object["spec"]?.parentRef;
  if (!parent) return [object.metadata.name, "<none>", age(object, nowMs)];
  const resource = (parent.group ? `${parent.resource}.${parent.group}` : (parent.resource ?? "")).toLowerCase();
  return [object.metadata.name, [resource, parent.namespace, parent.name].filter(Boolean).join("/"), age(object, nowMs)];
}

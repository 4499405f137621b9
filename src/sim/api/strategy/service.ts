/** How a service's allocated values survive an update, and which are dropped when its type no longer needs them. */
import { equalJson } from "../../../lib/json.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";

const needsClusterIp = (spec: Loose): boolean => spec.type !== "ExternalName";
const needsNodePort = (spec: Loose): boolean => spec.type === "NodePort" || spec.type === "LoadBalancer";
const needsHealthPort = (spec: Loose): boolean => spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
const isExternal = (spec: Loose): boolean =>
  spec.type === "LoadBalancer" || spec.type === "NodePort" || (spec.type === "ClusterIP" && spec.externalIPs?.length > 0);

/** A client that sends only the older single field means the list too. */
export function prepareServiceForCreate(service: Loose): void {
  const spec: Loose = service.spec;
  if (spec.clusterIP && !(spec.clusterIPs?.length > 0)) spec.clusterIPs = [spec.clusterIP];
}

export function prepareServiceForUpdate(service: Loose, old: Loose): void {
  const spec: Loose = service.spec;
  const before: Loose = old.spec;
  normalizeClusterIps(spec, before);
  dropUnneeded(service, spec, before);
  keepAllocated(spec, before);
}

function normalizeClusterIps(spec: Loose, before: Loose): void {
  if (before.clusterIPs?.length > 0 && !(spec.clusterIPs?.length > 0) && before.clusterIP === spec.clusterIP) spec.clusterIPs = before.clusterIPs;
  if ((before.clusterIP ?? "") === (spec.clusterIP ?? "")) return;
  if (!equalJson(before.clusterIPs, spec.clusterIPs)) return;
  if (before.clusterIP && !spec.clusterIP) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
}

function dropUnneeded(service: Loose, spec: Loose, before: Loose): void {
  const dropIfSame = (field: string): void => {
    if (equalJson(spec[field], before[field])) delete spec[field];
  };
  if (needsClusterIp(before) && !needsClusterIp(spec)) {
    if (spec.clusterIP === before.clusterIP && equalJson(spec.clusterIPs, before.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    dropIfSame("ipFamilies");
    dropIfSame("ipFamilyPolicy");
    dropIfSame("internalTrafficPolicy");
  }
  if (needsNodePort(before) && !needsNodePort(spec)) {
    const known = new Set(items(before.ports).map((port) => port.nodePort));
    if (items(spec.ports).every((port) => !port.nodePort || known.has(port.nodePort))) for (const port of items(spec.ports)) delete port.nodePort;
  }
  if (needsHealthPort(before) && !needsHealthPort(spec)) dropIfSame("healthCheckNodePort");
  if (before.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    dropIfSame("allocateLoadBalancerNodePorts");
    dropIfSame("loadBalancerClass");
  }
  if (isExternal(before) && !isExternal(spec)) dropIfSame("externalTrafficPolicy");
  if (spec.type !== "LoadBalancer" && service.status?.loadBalancer?.ingress) service.status = { ...service.status, loadBalancer: {} };
}

/** A replacement that leaves allocated values out keeps them. */
function keepAllocated(spec: Loose, before: Loose): void {
  if (needsClusterIp(before) && needsClusterIp(spec)) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if (!(spec.clusterIPs?.length > 0) && before.clusterIPs) spec.clusterIPs = before.clusterIPs;
  }
  if (needsNodePort(before) && needsNodePort(spec)) {
    const byName = new Map(items(before.ports).map((port) => [port.name ?? "", port.nodePort]));
    const kept = new Set(items(spec.ports).map((port) => port.nodePort));
    for (const port of items(spec.ports)) {
      const known = byName.get(port.name ?? "");
      if (!port.nodePort && known && !kept.has(known)) port.nodePort = known;
    }
  }
  if (needsHealthPort(before) && needsHealthPort(spec) && !spec.healthCheckNodePort && before.healthCheckNodePort) {
    spec.healthCheckNodePort = before.healthCheckNodePort;
  }
}

/** Services (upstream `validateService` and its update rules). */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { endpointIp } from "./endpoints.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, oneOf, required } from "./field.ts";
import { ipFamily, legacyCidr, legacyIp } from "./ip.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, labelKey, portNumber } from "./names.ts";
import { portNumberOrName } from "./probes.ts";
import { validateLabels } from "./selectors.ts";

const SESSION_SECONDS_MAX = 86_400;
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const FIXED = "may not change once set";

const isHeadless = (spec: Loose): boolean => spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === "None";
const isExternal = (spec: Loose): boolean =>
  spec.type === "LoadBalancer" || spec.type === "NodePort" || (spec.type === "ClusterIP" && spec.externalIPs?.length > 0);

export function validateService(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const spec: Loose = next.spec ?? {};
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    validateClusterIpUpdate(errors, spec, old.spec ?? {});
    validateFamilyUpdate(errors, spec, old.spec ?? {});
    validateBalancerClass(errors, spec, old.spec);
    if (needsHealthCheck(spec) && needsHealthCheck(old.spec) && spec.healthCheckNodePort !== old.spec.healthCheckNodePort) {
      forbidden(errors, "spec.healthCheckNodePort", "field is immutable");
    }
  } else validateMetadata(errors, next.metadata, true, dnsLabel);
  validateSpec(errors, next, spec, old?.spec);
}

function validateSpec(errors: Errors, service: KubeObject, spec: Loose, before: Loose | undefined): void {
  const ports = items(spec.ports);
  const headless = isHeadless(spec);
  if (ports.length === 0 && !headless && spec.type !== "ExternalName") required(errors, "spec.ports");
  if ((spec.type === "LoadBalancer" || spec.type === "NodePort") && headless) {
    invalid(errors, "spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`);
  }
  if (spec.type === "ExternalName") validateExternalName(errors, spec);
  const names = new Set<string>();
  ports.forEach((port, index) => validatePort(errors, `spec.ports[${index}]`, port, ports.length > 1, names));
  validateLabels(errors, "spec.selector", spec.selector);
  oneOf(errors, "spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  if (spec.sessionAffinity === "ClientIP") {
    const seconds: number | undefined = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds !== undefined && (seconds <= 0 || seconds > SESSION_SECONDS_MAX)) {
      invalid(errors, "spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, `must be greater than 0 and less than ${SESSION_SECONDS_MAX}`);
    }
  } else if (spec.sessionAffinity === "None" && spec.sessionAffinityConfig) {
    forbidden(errors, "spec.sessionAffinityConfig", "must not be set when session affinity is None");
  }
  if (spec.type !== "ExternalName") validateClusterIps(errors, spec, before?.clusterIPs);
  (spec.externalIPs ?? []).forEach((ip: string, index: number) => {
    const count = errors.length;
    legacyIp(errors, `spec.externalIPs[${index}]`, ip, before?.externalIPs);
    if (errors.length === count) endpointIp(errors, `spec.externalIPs[${index}]`, ip);
  });
  oneOf(errors, "spec.type", spec.type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
  checkPortConflicts(errors, spec, ports);
  validateSourceRanges(errors, service, spec, before);
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== "LoadBalancer") {
    forbidden(errors, "spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'");
  }
  validateBalancerClass(errors, spec, undefined);
  validateTraffic(errors, spec);
}

function validateExternalName(errors: Errors, spec: Loose): void {
  if (spec.clusterIPs?.length > 0) forbidden(errors, "spec.clusterIPs", "may not be set for ExternalName services");
  if (spec.ipFamilies?.length > 0) forbidden(errors, "spec.ipFamilies", "may not be set for ExternalName services");
  if (spec.ipFamilyPolicy !== undefined) forbidden(errors, "spec.ipFamilyPolicy", "may not be set for ExternalName services");
  const name = String(spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") required(errors, "spec.externalName");
  else invalidEach(errors, "spec.externalName", name, dnsSubdomain(name));
}

function validatePort(errors: Errors, path: string, port: Loose, requiresName: boolean, names: Set<string>): void {
  if (!port.name) {
    if (requiresName) required(errors, `${path}.name`);
  } else {
    invalidEach(errors, `${path}.name`, port.name, dnsLabel(port.name));
    if (names.has(port.name)) duplicate(errors, `${path}.name`, port.name);
    names.add(port.name);
  }
  invalidEach(errors, `${path}.port`, port.port ?? 0, portNumber(port.port ?? 0));
  oneOf(errors, `${path}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]);
  portNumberOrName(errors, `${path}.targetPort`, port.targetPort);
  if (port.appProtocol !== undefined) invalidEach(errors, `${path}.appProtocol`, port.appProtocol, labelKey(port.appProtocol));
}

function checkPortConflicts(errors: Errors, spec: Loose, ports: readonly Loose[]): void {
  if (spec.type === "ClusterIP") {
    ports.forEach((port, index) => {
      if (port.nodePort) forbidden(errors, `spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'");
    });
  }
  const nodePorts = new Set<string>();
  ports.forEach((port, index) => {
    if (!port.nodePort) return;
    const key = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(key)) duplicate(errors, `spec.ports[${index}].nodePort`, port.nodePort);
    nodePorts.add(key);
  });
  const taken = new Set<string>();
  ports.forEach((port, index) => {
    const key = `${port.protocol}/${port.port}`;
    // The value is upstream's internal struct with nothing but these two set.
    if (taken.has(key)) duplicate(errors, `spec.ports[${index}]`, { Name: "", Protocol: port.protocol, AppProtocol: null, Port: port.port, TargetPort: 0, NodePort: 0 });
    taken.add(key);
  });
}

function validateClusterIps(errors: Errors, spec: Loose, old: readonly string[] | undefined): void {
  const addresses: string[] = spec.clusterIPs ?? [];
  const families: string[] = spec.ipFamilies ?? [];
  if (spec.clusterIP) {
    if (addresses.length === 0) required(errors, "spec.clusterIPs");
    else if (addresses[0] !== spec.clusterIP) invalid(errors, "spec.clusterIPs", addresses, "first value must match `clusterIP`");
  } else if (addresses.length > 0) invalid(errors, "spec.clusterIPs", addresses, "must be empty when `clusterIP` is not specified");
  families.forEach((family, index) => {
    if (family !== "IPv4" && family !== "IPv6") notSupported(errors, `spec.ipFamilies[${index}]`, family, ["IPv4", "IPv6"]);
    if (families.indexOf(family) < index) duplicate(errors, `spec.ipFamilies[${index}]`, family);
  });
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  if (spec.ipFamilyPolicy !== undefined && !policies.includes(spec.ipFamilyPolicy)) notSupported(errors, "spec.ipFamilyPolicy", spec.ipFamilyPolicy, policies);
  const count = errors.length;
  addresses.forEach((address, index) => {
    if (index === 0 && address === "None") {
      if (addresses.length > 1) invalid(errors, "spec.clusterIPs", addresses, "'None' must be the first and only value");
    } else legacyIp(errors, `spec.clusterIPs[${index}]`, address, old);
  });
  const hasInvalid = errors.length > count;
  if (addresses.length > 2) invalid(errors, "spec.clusterIPs", addresses, "may only hold up to 2 values");
  if (hasInvalid) return;
  if (addresses.length > 1 && new Set(addresses.map(ipFamily)).size < 2) invalid(errors, "spec.clusterIPs", addresses, "may specify no more than one IP for each IP family");
  if (isHeadless(spec)) return;
  addresses.slice(0, families.length).forEach((address, index) => {
    const family = ipFamily(address) === 6 ? "IPv6" : "IPv4";
    if (families[index] !== family) invalid(errors, `spec.clusterIPs[${index}]`, address, `expected an ${families[index]} value as indicated by \`ipFamilies[${index}]\``);
  });
}

function validateSourceRanges(errors: Errors, service: KubeObject, spec: Loose, before: Loose | undefined): void {
  const ranges: string[] = spec.loadBalancerSourceRanges ?? [];
  const annotation = service.metadata.annotations?.[SOURCE_RANGES];
  if (ranges.length > 0) {
    const field = "spec.LoadBalancerSourceRanges";
    if (spec.type !== "LoadBalancer") forbidden(errors, field, "may only be used when `type` is 'LoadBalancer'");
    ranges.forEach((range, index) => legacyCidr(errors, `${field}[${index}]`, range.trim(), before?.loadBalancerSourceRanges));
  } else if (annotation !== undefined) {
    const field = `metadata.annotations[${SOURCE_RANGES}]`;
    if (spec.type !== "LoadBalancer") forbidden(errors, field, "may only be used when `type` is 'LoadBalancer'");
    for (const range of annotation.trim() === "" ? [] : annotation.split(",")) legacyCidr(errors, field, range.trim());
  }
}

function validateBalancerClass(errors: Errors, spec: Loose, before: Loose | undefined): void {
  const field = "spec.loadBalancerClass";
  if (before && before.type === "LoadBalancer" && spec.type === "LoadBalancer" && before.loadBalancerClass !== spec.loadBalancerClass) {
    invalid(errors, field, spec.loadBalancerClass, FIXED);
  }
  if (spec.loadBalancerClass === undefined) return;
  if (spec.type === "LoadBalancer") invalidEach(errors, field, spec.loadBalancerClass, labelKey(spec.loadBalancerClass));
  else forbidden(errors, field, "may only be used when `type` is 'LoadBalancer'");
}

const needsHealthCheck = (spec: Loose): boolean => spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";

function validateTraffic(errors: Errors, spec: Loose): void {
  const policy: string = spec.externalTrafficPolicy ?? "";
  if (!isExternal(spec)) {
    if (policy !== "") invalid(errors, "spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services");
  } else oneOf(errors, "spec.externalTrafficPolicy", policy, ["Cluster", "Local"]);
  if (!needsHealthCheck(spec)) {
    if (spec.healthCheckNodePort) {
      invalid(errors, "spec.healthCheckNodePort", spec.healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    }
  } else if (!spec.healthCheckNodePort) required(errors, "spec.healthCheckNodePort");
  else invalidEach(errors, "spec.healthCheckNodePort", spec.healthCheckNodePort, portNumber(spec.healthCheckNodePort));
  const internal: unknown = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (spec.type === "NodePort" || spec.type === "LoadBalancer" || spec.type === "ClusterIP") required(errors, "spec.internalTrafficPolicy");
  } else if (internal !== "Cluster" && internal !== "Local") notSupported(errors, "spec.internalTrafficPolicy", internal, ["Cluster", "Local"]);
  const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
  if (spec.trafficDistribution !== undefined && !distributions.includes(spec.trafficDistribution)) {
    notSupported(errors, "spec.trafficDistribution", spec.trafficDistribution, distributions);
  }
}

function validateClusterIpUpdate(errors: Errors, spec: Loose, before: Loose): void {
  if (spec.type === "ExternalName" || before.type === "ExternalName" || (isHeadless(spec) && isHeadless(before))) return;
  const next: string[] = spec.clusterIPs ?? [];
  const old: string[] = before.clusterIPs ?? [];
  if (old.length === next.length) {
    old.forEach((address, index) => {
      if (address !== next[index]) invalid(errors, `spec.clusterIPs[${index}]`, next, FIXED);
    });
    return;
  }
  if (next.length === 0) invalid(errors, "spec.clusterIPs[0]", spec.clusterIPs ?? null, "primary clusterIP can not be unset");
  else if (old.length > 0 && next[0] !== old[0]) invalid(errors, "spec.clusterIPs[0]", next, FIXED);
  if (old.length > next.length && next.length === 1 && spec.ipFamilyPolicy !== "SingleStack") {
    invalid(errors, "spec.ipFamilyPolicy", spec.ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary clusterIP");
  }
}

function validateFamilyUpdate(errors: Errors, spec: Loose, before: Loose): void {
  if (spec.type === "ExternalName" || before.type === "ExternalName" || isHeadless(spec) || isHeadless(before)) return;
  const next: string[] = spec.ipFamilies ?? [];
  const old: string[] = before.ipFamilies ?? [];
  if (old.length === next.length) {
    for (const [index, family] of old.entries()) if (family !== next[index]) invalid(errors, "spec.ipFamilies[0]", next, FIXED);
    return;
  }
  if (next.length > 0 && old.length > 0 && next[0] !== old[0]) invalid(errors, "spec.ipFamilies[0]", spec.clusterIPs ?? null, FIXED);
  if (old.length > next.length && next.length === 1 && spec.ipFamilyPolicy !== "SingleStack") {
    invalid(errors, "spec.ipFamilyPolicy", spec.ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary ipFamily");
  }
}

export function validateServiceStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateLoadBalancerStatus(errors, "status.loadBalancer", next.status?.loadBalancer, next.spec?.type);
}

/** `type` is the service's; ingresses pass none. */
export function validateLoadBalancerStatus(errors: Errors, field: string, status: Loose | undefined, type?: string): void {
  items(status?.ingress).forEach((ingress, index) => {
    const path = `${field}.ingress[${index}]`;
    if (ingress.ip) legacyIp(errors, `${path}.ip`, ingress.ip);
    if (type !== undefined && ingress.ip && ingress.ipMode === undefined) required(errors, `${path}.ipMode`, "must be specified when `ip` is set");
    if (ingress.ipMode !== undefined && ingress.ip === undefined) forbidden(errors, `${path}.ipMode`, "may not be specified when `ip` is not set");
    else if (ingress.ipMode !== undefined && ingress.ipMode !== "VIP" && ingress.ipMode !== "Proxy") notSupported(errors, `${path}.ipMode`, ingress.ipMode, ["Proxy", "VIP"]);
    if (!ingress.hostname) return;
    invalidEach(errors, `${path}.hostname`, ingress.hostname, dnsSubdomain(ingress.hostname));
    if (ipFamily(ingress.hostname) !== 0) invalid(errors, `${path}.hostname`, ingress.hostname, "must be a DNS name, not an IP address");
  });
}

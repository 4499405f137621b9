/** Ingresses, their classes, and network policies. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { parseIpRange } from "../../../lib/ip-range.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, forbidden, invalid, invalidEach, notSupported, required, tooLong } from "./field.ts";
import { cidrFamily, ipFamily, legacyCidr, strictCidr } from "./ip.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, pathSegment, portName, portNumber, wildcardSubdomain } from "./names.ts";
import { validateLabelSelector } from "./selectors.ts";

const INGRESS_CLASS = "kubernetes.io/ingress.class";
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const HTTP_PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const CONTROLLER_LENGTH_MAX = 250;

export function validateIngress(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  const rules = items(spec.rules);
  if (rules.length === 0 && !spec.defaultBackend) invalid(errors, "spec", spec.rules ?? null, "either `defaultBackend` or `rules` must be specified");
  if (spec.defaultBackend) validateBackend(errors, "spec.defaultBackend", spec.defaultBackend);
  rules.forEach((rule, index) => validateRule(errors, `spec.rules[${index}]`, rule));
  items(spec.tls).forEach((tls, index) => {
    (tls.hosts ?? []).forEach((host: string, at: number) => {
      invalidEach(errors, `spec.tls[${index}].hosts[${at}]`, host, host.includes("*") ? wildcardSubdomain(host) : dnsSubdomain(host));
    });
    if (tls.secretName) invalidEach(errors, `spec.tls[${index}].secretName`, tls.secretName, dnsSubdomain(tls.secretName));
  });
  if (spec.ingressClassName !== undefined) invalidEach(errors, "spec.ingressClassName", spec.ingressClassName, dnsSubdomain(spec.ingressClassName));
  const annotation = next.metadata.annotations?.[INGRESS_CLASS];
  if (!old && annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName) {
    invalid(errors, `annotations.${INGRESS_CLASS}`, annotation, "must match `ingressClassName` when both are specified");
  }
}

function validateRule(errors: Errors, path: string, rule: Loose): void {
  const host: string = rule.host ?? "";
  if (host !== "") {
    if (ipFamily(host) !== 0) invalid(errors, `${path}.host`, host, "must be a DNS name, not an IP address");
    invalidEach(errors, `${path}.host`, host, host.includes("*") ? wildcardSubdomain(host) : dnsSubdomain(host));
  }
  if (!rule.http) return;
  const paths = items(rule.http.paths);
  if (paths.length === 0) required(errors, `${path}.http.paths`);
  paths.forEach((item, index) => validatePath(errors, `${path}.http.paths[${index}]`, item));
}

function validatePath(errors: Errors, path: string, item: Loose): void {
  const text: string = item.path ?? "";
  if (item.pathType === undefined) {
    required(errors, `${path}.pathType`, "pathType must be specified");
    return;
  }
  const fail = (detail: string): void => invalid(errors, `${path}.path`, text, detail);
  if (item.pathType === "Exact" || item.pathType === "Prefix") {
    if (!text.startsWith("/")) fail("must be an absolute path");
    for (const bad of ["//", "/./", "/../", "%2f", "%2F"]) if (text.includes(bad)) fail(`must not contain '${bad}'`);
    for (const bad of ["/..", "/."]) if (text.endsWith(bad)) fail(`cannot end with '${bad}'`);
  } else if (item.pathType === "ImplementationSpecific") {
    if (text !== "" && !text.startsWith("/")) fail("must be an absolute path");
  } else notSupported(errors, `${path}.pathType`, item.pathType, PATH_TYPES);
  validateBackend(errors, `${path}.backend`, item.backend ?? {});
}

function validateBackend(errors: Errors, path: string, backend: Loose): void {
  const { resource, service } = backend;
  if (resource && service) {
    invalid(errors, path, "", "cannot set both resource and service backends");
    return;
  }
  if (resource) {
    validateReference(errors, `${path}.resource`, resource);
    return;
  }
  if (!service) {
    invalid(errors, path, "", "resource or service backend is required");
    return;
  }
  if (!service.name) required(errors, `${path}.service.name`);
  else invalidEach(errors, `${path}.service.name`, service.name, dnsLabel(service.name));
  const { name, number } = service.port ?? {};
  if (name && number) invalid(errors, path, "", "cannot set both port name & port number");
  else if (name) invalidEach(errors, `${path}.service.port.name`, name, portName(name));
  else if (number) invalidEach(errors, `${path}.service.port.number`, number, portNumber(number));
  else required(errors, path, "port name or number is required");
}

function validateReference(errors: Errors, path: string, reference: Loose): void {
  if (reference.apiGroup !== undefined) invalidEach(errors, `${path}.apiGroup`, reference.apiGroup, dnsSubdomain(reference.apiGroup));
  for (const field of ["kind", "name"]) {
    if (!reference[field]) required(errors, `${path}.${field}`);
    else invalidEach(errors, `${path}.${field}`, reference[field], pathSegment(reference[field]));
  }
}

/** `example.com/controller`: a domain, a slash and a path. */
export function domainPrefixedPath(errors: Errors, field: string, text: string): void {
  if (text === "") {
    required(errors, field);
    return;
  }
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(0, slash));
  const path = text.slice(slash + 1);
  if (slash < 0 || host === "" || path === "") {
    invalid(errors, field, text, 'must be a domain-prefixed path (such as "acme.io/foo")');
    return;
  }
  invalidEach(errors, field, host, dnsSubdomain(host));
  if (!HTTP_PATH.test(path)) invalid(errors, field, path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
}

export function validateIngressClass(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const spec: Loose = next.spec ?? {};
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    immutable(errors, "spec.controller", spec.controller, old.spec?.controller);
  }
  validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const controller: string = spec.controller ?? "";
  if (controller.length > CONTROLLER_LENGTH_MAX) tooLong(errors, "spec.controller", CONTROLLER_LENGTH_MAX);
  domainPrefixedPath(errors, "spec.controller", controller);
  const parameters: Loose | undefined = spec.parameters;
  if (!parameters) return;
  validateReference(errors, "spec.parameters", parameters);
  const { scope, namespace } = parameters;
  if (scope === undefined) required(errors, "spec.parameters.scope");
  else if (scope === "Namespace") {
    if (namespace === undefined) required(errors, "spec.parameters.namespace", "`parameters.scope` is set to 'Namespace'");
    else invalidEach(errors, "spec.parameters.namespace", namespace, dnsLabel(namespace));
  } else if (scope === "Cluster") {
    if (namespace !== undefined) forbidden(errors, "spec.parameters.namespace", "`parameters.scope` is set to 'Cluster'");
  } else notSupported(errors, "spec.parameters.scope", scope, ["Cluster", "Namespace"]);
}

const POLICY_TYPES = ["Ingress", "Egress"];

export function validateNetworkPolicy(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  validateLabelSelector(errors, "spec.podSelector", spec.podSelector);
  for (const [direction, peers] of [["ingress", "from"], ["egress", "to"]] as const) {
    items(spec[direction]).forEach((rule, index) => {
      const path = `spec.${direction}[${index}]`;
      items(rule.ports).forEach((port, at) => validatePolicyPort(errors, `${path}.ports[${at}]`, port));
      items(rule[peers]).forEach((peer, at) => validatePeer(errors, `${path}.${peers}[${at}]`, peer));
    });
  }
  const types: string[] = spec.policyTypes ?? [];
  if (types.length > 2) {
    invalid(errors, "spec.policyTypes", types, "may not specify more than two policyTypes");
    return;
  }
  types.forEach((type, index) => {
    if (!POLICY_TYPES.includes(type)) notSupported(errors, `spec.policyTypes[${index}]`, type, POLICY_TYPES);
  });
}

function validatePolicyPort(errors: Errors, path: string, port: Loose): void {
  if (!["TCP", "UDP", "SCTP"].includes(port.protocol)) notSupported(errors, `${path}.protocol`, port.protocol, ["TCP", "UDP", "SCTP"]);
  const { endPort } = port;
  if (typeof port.port === "number") {
    invalidEach(errors, `${path}.port`, port.port, portNumber(port.port));
    if (endPort === undefined) return;
    if (endPort < port.port) invalid(errors, `${path}.endPort`, port.port, "must be greater than or equal to `port`");
    invalidEach(errors, `${path}.endPort`, endPort, portNumber(endPort));
  } else if (typeof port.port === "string") {
    if (endPort !== undefined) invalid(errors, `${path}.endPort`, endPort, "may not be specified when `port` is non-numeric");
    invalidEach(errors, `${path}.port`, port.port, portName(port.port));
  } else if (endPort !== undefined) invalid(errors, `${path}.endPort`, endPort, "may not be specified when `port` is not specified");
}

function validatePeer(errors: Errors, path: string, peer: Loose): void {
  validateLabelSelector(errors, `${path}.podSelector`, peer.podSelector);
  validateLabelSelector(errors, `${path}.namespaceSelector`, peer.namespaceSelector);
  if (peer.ipBlock) validateBlock(errors, `${path}.ipBlock`, peer.ipBlock);
  if (!peer.podSelector && !peer.namespaceSelector && !peer.ipBlock) required(errors, path, "must specify a peer");
  else if (peer.ipBlock && (peer.podSelector || peer.namespaceSelector)) forbidden(errors, path, "may not specify both ipBlock and another peer");
}

function validateBlock(errors: Errors, path: string, block: Loose): void {
  if (!block.cidr) {
    required(errors, `${path}.cidr`);
    return;
  }
  legacyCidr(errors, `${path}.cidr`, block.cidr);
  const outer = cidrFamily(block.cidr) === 0 ? undefined : parseIpRange(block.cidr);
  if (!outer) return;
  (block.except ?? []).forEach((text: string, index: number) => {
    legacyCidr(errors, `${path}.except[${index}]`, text);
    const inner = cidrFamily(text) === 0 ? undefined : parseIpRange(text);
    if (!inner) return;
    const isInside = inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last && inner.prefix > outer.prefix;
    if (!isInside) invalid(errors, `${path}.except[${index}]`, text, "must be a strict subset of `cidr`");
  });
}

export function validateServiceCidr(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const ranges: string[] = next.spec?.cidrs ?? [];
  if (ranges.length === 0) required(errors, "spec.cidrs", "at least one CIDR required");
  else if (ranges.length > 2) invalid(errors, "spec.cidrs", ranges, "may only hold up to 2 values");
  else if (ranges.length === 2 && cidrFamily(ranges[0]) === cidrFamily(ranges[1])) invalid(errors, "spec.cidrs", ranges, "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96");
  else ranges.forEach((range, index) => strictCidr(errors, `spec.cidrs[${index}]`, range));
  if (old) (old.spec?.cidrs ?? []).forEach((range: string, index: number) => immutable(errors, `spec.cidrs[${index}]`, ranges[index], range));
}

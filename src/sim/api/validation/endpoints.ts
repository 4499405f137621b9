/** Endpoints and endpoint slices. */
import ipaddr from "ipaddr.js";
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, invalid, invalidEach, oneOf, required, tooMany } from "./field.ts";
import { ipFamily, legacyIp, strictIp } from "./ip.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, labelKey, labelValue, portNumber } from "./names.ts";
import { validateLabels } from "./selectors.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const PORTS_MAX = 20_000;

/** Addresses that traffic can be sent to from elsewhere. */
export function endpointIp(errors: Errors, field: string, text: string): void {
  if (ipFamily(text) === 0) {
    invalid(errors, field, text, "must be a valid IP address");
    return;
  }
  const range = ipaddr.process(text).range();
  if (range === "unspecified" && (text === "0.0.0.0" || text.includes(":"))) invalid(errors, field, text, `may not be unspecified (${text})`);
  if (range === "loopback") invalid(errors, field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (range === "linkLocal") invalid(errors, field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  if (text.startsWith("224.0.0.") || text.toLowerCase().startsWith("ff02:")) invalid(errors, field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

export function validateEndpoints(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  if (old && equalJson(next.subsets, old.subsets)) return;
  items(next.subsets).forEach((subset, index) => {
    const path = `subsets[${index}]`;
    if (items(subset.addresses).length === 0 && items(subset.notReadyAddresses).length === 0) required(errors, path, "must specify `addresses` or `notReadyAddresses`");
    for (const list of ["addresses", "notReadyAddresses"]) {
      items(subset[list]).forEach((address, at) => validateAddress(errors, `${path}.${list}[${at}]`, address));
    }
    const ports = items(subset.ports);
    ports.forEach((port, at) => validatePort(errors, `${path}.ports[${at}]`, port, ports.length > 1));
  });
}

function validateAddress(errors: Errors, path: string, address: Loose): void {
  legacyIp(errors, `${path}.ip`, address.ip ?? "");
  if (address.hostname) invalidEach(errors, `${path}.hostname`, address.hostname, dnsLabel(address.hostname));
  if (address.nodeName !== undefined) invalidEach(errors, `${path}.nodeName`, address.nodeName, dnsSubdomain(address.nodeName));
  endpointIp(errors, `${path}.ip`, address.ip ?? "");
}

function validatePort(errors: Errors, path: string, port: Loose, requiresName: boolean): void {
  if (port.name) invalidEach(errors, `${path}.name`, port.name, dnsLabel(port.name));
  else if (requiresName) required(errors, `${path}.name`);
  invalidEach(errors, `${path}.port`, port.port ?? 0, portNumber(port.port ?? 0));
  oneOf(errors, `${path}.protocol`, port.protocol, PROTOCOLS);
  if (port.appProtocol !== undefined) invalidEach(errors, `${path}.appProtocol`, port.appProtocol, labelKey(port.appProtocol));
}

export function validateEndpointSlice(errors: Errors, next: KubeObject, old?: KubeObject): void {
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  oneOf(errors, "addressType", next.addressType, ["FQDN", "IPv4", "IPv6"]);
  validateSlicePorts(errors, items(next.ports));
  if (!old || !equalJson(next.endpoints, old.endpoints)) validateSliceEndpoints(errors, items(next.endpoints), next.addressType);
  if (old) immutable(errors, "addressType", next.addressType, old.addressType);
}

function validateSlicePorts(errors: Errors, ports: readonly Loose[]): void {
  if (ports.length > PORTS_MAX) {
    tooMany(errors, "ports", ports.length, PORTS_MAX);
    return;
  }
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const path = `ports[${index}]`;
    if (port.name) invalidEach(errors, `${path}.name`, port.name, dnsLabel(port.name));
    if (names.has(port.name ?? "")) duplicate(errors, `${path}.name`, port.name ?? "");
    names.add(port.name ?? "");
    oneOf(errors, `${path}.protocol`, port.protocol, PROTOCOLS);
    if (port.appProtocol !== undefined) invalidEach(errors, `${path}.appProtocol`, port.appProtocol, labelKey(port.appProtocol));
  });
}

function validateSliceEndpoints(errors: Errors, endpoints: readonly Loose[], addressType: unknown): void {
  if (endpoints.length > ENDPOINTS_MAX) {
    tooMany(errors, "endpoints", endpoints.length, ENDPOINTS_MAX);
    return;
  }
  endpoints.forEach((endpoint, index) => {
    const path = `endpoints[${index}]`;
    const addresses: string[] = endpoint.addresses ?? [];
    if (addresses.length === 0) required(errors, `${path}.addresses`, "must contain at least 1 address");
    else if (addresses.length > ADDRESSES_MAX) tooMany(errors, `${path}.addresses`, addresses.length, ADDRESSES_MAX);
    addresses.forEach((address, at) => validateSliceAddress(errors, `${path}.addresses`, at, address, addressType));
    if (endpoint.nodeName !== undefined) invalidEach(errors, `${path}.nodeName`, endpoint.nodeName, dnsSubdomain(endpoint.nodeName));
    validateLabels(errors, `${path}.deprecatedTopology`, endpoint.deprecatedTopology);
    if (endpoint.hostname !== undefined) invalidEach(errors, `${path}.hostname`, endpoint.hostname, dnsLabel(endpoint.hostname));
    for (const [list, check] of [["forZones", labelValue], ["forNodes", dnsSubdomain]] as const) {
      const hints = items(endpoint.hints?.[list]);
      if (hints.length > 8) tooMany(errors, `${path}.hints.${list}`, hints.length, 8);
      else hints.forEach((hint, at) => {
        const where = `${path}.hints.${list}[${at}].name`;
        if (hints.findIndex((other) => other.name === hint.name) < at) duplicate(errors, where, hint.name);
        invalidEach(errors, where, hint.name, check(hint.name ?? ""));
      });
    }
  });
}

function validateSliceAddress(errors: Errors, field: string, index: number, address: string, addressType: unknown): void {
  const path = `${field}[${index}]`;
  const before = errors.length;
  if (addressType === "FQDN") {
    invalidEach(errors, path, address, dnsSubdomain(address.replace(/\.$/, "")));
    return;
  }
  if (addressType === "IPv4") legacyIp(errors, path, address);
  else if (addressType === "IPv6") strictIp(errors, path, address);
  else return;
  if (errors.length > before) return;
  if (addressType === "IPv4" && ipFamily(address) !== 4) invalid(errors, field, address, "must be an IPv4 address");
  if (addressType === "IPv6" && ipFamily(address) !== 6) invalid(errors, field, address, "must be an IPv6 address");
  endpointIp(errors, path, address);
}


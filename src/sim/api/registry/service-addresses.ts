/**
 * Addresses and ports of Services, given out as upstream does: the lowest free ones of the range that a seeded draw prefers.
 * What is taken is read from the stored Services, so nothing can leak.
 */
import ipaddr from "ipaddr.js";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Random } from "../../../ports/random.ts";
import type { Store } from "../../store/store.ts";
import { invalid, type FieldError } from "../status.ts";

const NODE_PORT_MIN = 30000;
const NODE_PORT_MAX = 32767;

export interface ServiceNetwork {
  /** One range, or two for dual stack; the first is the primary family. */
  cidrs: readonly string[];
  random: Random;
}

interface Port {
  name?: string;
  port: number;
  protocol?: string;
  nodePort?: number;
}

/** Services by an address, or by a node's port as `TCP/30080`. */
export interface TakenAddresses {
  byAddress(address: string): readonly KubeObject[];
  byPort(port: string): readonly KubeObject[];
}

/** As the store knows them, without looking at all Services each time. */
export function takenAddresses(store: Store): TakenAddresses {
  store.defineIndex("services", ADDRESS_INDEX, ({ spec }) => (spec?.clusterIPs ?? []) as string[]);
  store.defineIndex("services", PORT_INDEX, ({ spec }) => {
    const ports = ((spec?.ports ?? []) as Port[]).flatMap(({ nodePort, protocol = "TCP" }) => (nodePort ? [`${protocol}/${nodePort}`] : []));
    const health: unknown = spec?.["healthCheckNodePort"];
    return typeof health === "number" && health > 0 ? [...ports, `TCP/${health}`] : ports;
  });
  return { byAddress: (address) => store.byIndex("services", ADDRESS_INDEX, address), byPort: (port) => store.byIndex("services", PORT_INDEX, port) };
}

const ADDRESS_INDEX = "clusterIP";
const PORT_INDEX = "nodePort";

/** Whether somebody else has it. */
interface Taken {
  has(value: string): boolean;
}

/** Fills clusterIP(s), ipFamilies, ipFamilyPolicy and nodePorts of a Service that is being created or changed. `service` is a private copy. */
export function allocateServiceAddresses(service: KubeObject, old: KubeObject | undefined, others: TakenAddresses, network: ServiceNetwork): void {
  const spec = service["spec"] as Record<string, unknown> & { ports?: Port[]; clusterIPs?: string[]; clusterIP?: string; type?: string; ipFamilies?: string[]; ipFamilyPolicy?: string };
  const oldSpec = old?.["spec"] as typeof spec | undefined;
  const isOther = (other: KubeObject): boolean => other.metadata.uid !== service.metadata.uid || old === undefined;
  const ownPorts = new Set<string>();
  const addressesOfOthers: Taken = { has: (address) => others.byAddress(address).some(isOther) };
  const takenPorts: Taken = { has: (port) => ownPorts.has(port) || others.byPort(port).some(isOther) };
  const errors: FieldError[] = [];
  if (spec.type === "ExternalName") {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  } else {
    allocateClusterIps(spec, oldSpec, addressesOfOthers, network, errors);
  }
  const needsNodePorts = spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false);
  if (needsNodePorts) {
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const protocol = port.protocol ?? "TCP";
      const before = oldSpec?.ports?.find((candidate) => candidate.port === port.port && (candidate.protocol ?? "TCP") === protocol && (candidate.name ?? "") === (port.name ?? ""));
      if (!port.nodePort && before?.nodePort) port.nodePort = before.nodePort;
      if (port.nodePort) {
        const field = `spec.ports[${index}].nodePort`;
        if (takenPorts.has(`${protocol}/${port.nodePort}`)) errors.push({ type: "FieldValueInvalid", field, body: `Invalid value: ${port.nodePort}: provided port is already allocated` });
        else if (port.nodePort < NODE_PORT_MIN || port.nodePort > NODE_PORT_MAX) {
          errors.push({ type: "FieldValueInvalid", field, body: `Invalid value: ${port.nodePort}: provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}` });
        }
      } else {
        port.nodePort = drawPort(protocol, takenPorts, network.random);
      }
      ownPorts.add(`${protocol}/${port.nodePort}`);
    }
    if (spec.type === "LoadBalancer" && spec["externalTrafficPolicy"] === "Local" && !spec["healthCheckNodePort"]) {
      spec["healthCheckNodePort"] = oldSpec?.["healthCheckNodePort"] || drawPort("TCP", takenPorts, network.random);
    }
  } else if (oldSpec !== undefined && (oldSpec.type === "NodePort" || oldSpec.type === "LoadBalancer")) {
    // Changing away from NodePort frees the ports, unless the client asked for them anew.
    for (const port of spec.ports ?? []) {
      const before = oldSpec.ports?.find((candidate) => candidate.port === port.port);
      if (port.nodePort && before?.nodePort === port.nodePort) delete port.nodePort;
    }
  }
  if (errors.length > 0) throw invalid("Service", "", service.metadata.name, errors);
}

function allocateClusterIps(
  spec: { clusterIP?: string; clusterIPs?: string[]; ipFamilies?: string[]; ipFamilyPolicy?: string; selector?: unknown } & Record<string, unknown>,
  oldSpec: { clusterIP?: string; clusterIPs?: string[]; type?: string } | undefined,
  taken: Taken,
  network: ServiceNetwork,
  errors: FieldError[],
): void {
  const families = network.cidrs.map(familyOf);
  if (oldSpec?.clusterIP && !spec.clusterIP && oldSpec.type !== "ExternalName") {
    spec.clusterIP = oldSpec.clusterIP;
    spec.clusterIPs ??= oldSpec.clusterIPs ?? [oldSpec.clusterIP];
  }
  if (spec.clusterIP && (spec.clusterIPs === undefined || spec.clusterIPs.length === 0)) spec.clusterIPs = [spec.clusterIP];
  const isHeadless = spec.clusterIP === "None";
  const first = spec.clusterIP && !isHeadless && ipaddr.isValid(spec.clusterIP) ? addressFamily(spec.clusterIP) : undefined;
  spec.ipFamilyPolicy ??= (spec.ipFamilies?.length ?? 0) > 1 || (spec.clusterIPs?.length ?? 0) > 1 ? "RequireDualStack" : isHeadless && spec.selector === undefined ? "RequireDualStack" : "SingleStack";
  const wanted = spec.ipFamilies?.length ? [...spec.ipFamilies] : isHeadless && spec.selector === undefined && families.length === 1 ? ["IPv4", "IPv6"].sort((a) => (a === families[0] ? -1 : 1)) : [first ?? families[0]!];
  if (spec.ipFamilyPolicy !== "SingleStack" && wanted.length === 1 && families.length > 1) wanted.push(families.find((family) => family !== wanted[0])!);
  if (spec.ipFamilyPolicy === "RequireDualStack" && wanted.length < 2 && !isHeadless) {
    errors.push({ type: "FieldValueInvalid", field: "spec.ipFamilyPolicy", body: `Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services` });
    return;
  }
  spec.ipFamilies = wanted;
  if (isHeadless) return;
  const addresses = spec.clusterIPs ? [...spec.clusterIPs] : [];
  for (const [index, family] of wanted.entries()) {
    const cidr = network.cidrs.find((candidate) => familyOf(candidate) === family);
    if (cidr === undefined) {
      errors.push({ type: "FieldValueInvalid", field: `spec.ipFamilies[${index}]`, body: `Invalid value: "${family}": not configured on this cluster` });
      return;
    }
    const given = addresses[index];
    if (given) {
      if (!ipaddr.isValid(given)) continue; // validation has said so already
      if (oldSpec?.clusterIPs?.includes(given)) continue;
      const field = `spec.clusterIPs`;
      if (!ipaddr.parse(given).match(ipaddr.parseCIDR(cidr))) {
        errors.push({ type: "FieldValueInvalid", field, body: `Invalid value: ["${given}"]: failed to allocate IP ${given}: the provided network does not match the current range` });
      } else if (taken.has(given)) {
        errors.push({ type: "FieldValueInvalid", field, body: `Invalid value: ["${given}"]: failed to allocate IP ${given}: provided IP is already allocated` });
      }
    } else {
      addresses[index] = drawAddress(cidr, taken, network.random);
    }
  }
  spec.clusterIPs = addresses;
  spec.clusterIP = addresses[0]!;
}

function familyOf(cidr: string): "IPv4" | "IPv6" {
  return addressFamily(cidr.split("/")[0]!);
}

function addressFamily(address: string): "IPv4" | "IPv6" {
  return ipaddr.parse(address).kind() === "ipv4" ? "IPv4" : "IPv6";
}

/** An address of the range, never its first 16 ones (upstream keeps the lower part for addresses asked for by name). */
function drawAddress(cidr: string, taken: Taken, random: Random): string {
  const [base, bits] = ipaddr.parseCIDR(cidr);
  const bytes = base.toByteArray();
  const hostBits = Math.min(bytes.length * 8 - bits, 16);
  const size = 2 ** hostBits;
  const low = Math.min(16, Math.floor(size / 4)) + 1;
  const start = random.below(Math.max(1, size - low - 1));
  for (let i = 0; i < size; i++) {
    const offset = low + ((start + i) % Math.max(1, size - low - 1));
    const address = addressAt(bytes, offset);
    if (!taken.has(address)) return address;
  }
  throw invalid("Service", "", "", [{ type: "InternalError", field: "spec.clusterIPs", body: "Internal error: failed to allocate a serviceIP: range is full" }]);
}

export function addressAt(bytes: readonly number[], offset: number): string {
  const sum = [...bytes];
  let carry = offset;
  for (let i = sum.length - 1; i >= 0 && carry > 0; i--) {
    const value = sum[i]! + (carry & 0xff);
    sum[i] = value & 0xff;
    carry = (carry >>> 8) + (value >>> 8);
  }
  return ipaddr.fromByteArray(sum).toString();
}

function drawPort(protocol: string, taken: Taken, random: Random): number {
  const size = NODE_PORT_MAX - NODE_PORT_MIN + 1;
  const start = random.below(size);
  for (let i = 0; i < size; i++) {
    const port = NODE_PORT_MIN + ((start + i) % size);
    if (!taken.has(`${protocol}/${port}`)) return port;
  }
  throw invalid("Service", "", "", [{ type: "InternalError", field: "spec.ports", body: "Internal error: failed to allocate a nodePort: range is full" }]);
}

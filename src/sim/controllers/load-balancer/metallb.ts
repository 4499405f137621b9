/** MetalLB: gives LoadBalancer Services an address of a pool, and says which node announces it in layer 2 mode (`internal/allocator`, `internal/layer2`). */
import ipaddr from "ipaddr.js";
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { fnv32a } from "../../../lib/fnv32.ts";
import { labelsInclude } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import { isPodReady } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import { isOperatorRunning, OPERATOR_RETRY_MS, watchServed } from "../platform/operator.ts";
import type { Pod, Service } from "../shapes.ts";

const POOLS = "metallb.io/ipaddresspools";
const CONTROLLER = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "controller" };
const SPEAKER = { "app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "speaker" };
const POOL_ANNOTATIONS = ["metallb.io/address-pool", "metallb.universe.tf/address-pool"];
const IP_ANNOTATIONS = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
/** Addresses of one range that are tried at most. */
const ADDRESSES_MAX = 65_536;

interface Pool extends KubeObject {
  spec: { addresses?: string[]; autoAssign?: boolean; avoidBuggyIPs?: boolean };
}

/** MetalLB is set up: other load balancers stay away. */
export const hasPools = (client: SimClient): boolean => client.serves(POOLS) && client.list(POOLS).length > 0;

function toNumber(address: string): bigint {
  return ipaddr.parse(address).toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toAddress(value: bigint, isV6: boolean): string {
  const bytes = Array.from({ length: isV6 ? 16 : 4 }, (_, index) => Number((value >> BigInt(((isV6 ? 16 : 4) - 1 - index) * 8)) & 0xffn));
  return ipaddr.fromByteArray(bytes).toString();
}

/** `192.168.1.240-192.168.1.250`, or a CIDR range: its addresses, lowest first. */
export function* addressesOf(range: string): Generator<string> {
  const [first = "", last] = range.split("-").map((part) => part.trim());
  let from: bigint;
  let to: bigint;
  if (last !== undefined) [from, to] = [toNumber(first), toNumber(last)];
  else {
    const [base, bits] = ipaddr.parseCIDR(first.includes("/") ? first : `${first}/${first.includes(":") ? 128 : 32}`);
    from = toNumber(base.toString());
    to = from + (1n << BigInt(base.toByteArray().length * 8 - bits)) - 1n;
  }
  const isV6 = first.includes(":");
  for (let value = from, count = 0; value <= to && count < ADDRESSES_MAX; value++, count++) yield toAddress(value, isV6);
}

export function metalLbController(): Reconciler {
  return {
    name: "metallb-controller",
    watches: [
      { type: "services", keys: ({ object }, { client }) => [keyOf(object), ...(hasPools(client) ? waitingKeys(client) : [])] },
      { type: "pods", keys: ({ object }, { client }) => (labelsInclude(object.metadata.labels, SPEAKER) ? client.list<Service>("services").filter(isOurs).map(keyOf) : []) },
    ],
    start: ({ client, clock }, enqueue) =>
      watchServed(client, [POOLS], (act) => void clock.after(0, act), () => {
        for (const service of client.list<Service>("services")) if (isOurs(service)) enqueue(keyOf(service));
      }),
    sync(key, context) {
      const { client } = context;
      const { namespace, name } = splitKey(key);
      const service = client.get<Service>("services", namespace, name);
      if (service === undefined || !isOurs(service) || !hasPools(client)) return;
      if (!isOperatorRunning(client, CONTROLLER)) return { upkeepMs: OPERATOR_RETRY_MS };
      allocate(context, service);
      announce(context, client.get<Service>("services", namespace, name) ?? service);
    },
  };
}

const isOurs = ({ spec }: Service): boolean => spec.type === "LoadBalancer" && (spec.loadBalancerClass === undefined || spec.loadBalancerClass === "metallb.io/metallb");

/** A freed address may be what another Service waits for. */
const waitingKeys = (client: SimClient): string[] => client.list<Service>("services").filter((service) => isOurs(service) && !service.status?.loadBalancer?.ingress?.length).map(keyOf);

function annotation({ metadata }: Service, names: readonly string[]): string | undefined {
  return names.map((name) => metadata.annotations?.[name]).find((value) => value !== undefined);
}

function allocate({ client }: ControllerContext, service: Service): void {
  const pools = [...client.list<Pool>(POOLS)].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const families = service.spec.ipFamilies ?? ["IPv4"];
  const current = service.status?.loadBalancer?.ingress?.map(({ ip = "" }) => ip) ?? [];
  const isInPools = (ip: string): boolean => pools.some(({ spec }) => (spec.addresses ?? []).some((range) => [...addressesOf(range)].includes(ip)));
  const wanted = (annotation(service, IP_ANNOTATIONS) ?? service.spec.loadBalancerIP)?.split(",").map((ip) => ip.trim());
  if (current.length === families.length && current.every(isInPools) && (wanted === undefined || semanticEqual(wanted, current))) return;
  const taken = new Set(client.list<Service>("services").filter((other) => other.metadata.uid !== service.metadata.uid).flatMap((other) => other.status?.loadBalancer?.ingress?.map(({ ip = "" }) => ip) ?? []));
  const poolName = annotation(service, POOL_ANNOTATIONS);
  const usable = pools.filter(({ metadata, spec }) => (poolName === undefined ? wanted !== undefined || spec.autoAssign !== false : metadata.name === poolName));
  const fail = (message: string): void => client.event(service, { type: "Warning", reason: "AllocationFailed", message: `Failed to allocate IP for "${keyOf(service)}": ${message}`, component: "metallb-controller" });
  if (wanted !== undefined) {
    const bad = wanted.find((ip) => !isInPools(ip));
    if (bad !== undefined) return fail(`["${bad}"] is not allowed in config`);
    const used = wanted.find((ip) => taken.has(ip));
    if (used !== undefined) return fail(`can't change sharing key for "${keyOf(service)}", address also in use by other services`);
  }
  const chosen = wanted ?? families.map((family) => freeAddress(usable, family === "IPv6", taken));
  if (chosen.some((ip) => ip === undefined)) return fail("no available IPs");
  const ingress = (chosen as string[]).map((ip) => ({ ip, ipMode: "VIP" }));
  client.updateStatus<Service>("services", { ...service, status: { ...service.status, loadBalancer: { ingress } } });
  client.event(service, { type: "Normal", reason: "IPAllocated", message: `Assigned IP ["${(chosen as string[]).join('" "')}"]`, component: "metallb-controller" });
}

function freeAddress(pools: readonly Pool[], isV6: boolean, taken: ReadonlySet<string>): string | undefined {
  for (const { spec } of pools) {
    for (const range of spec.addresses ?? []) {
      if (range.includes(":") !== isV6) continue;
      for (const address of addressesOf(range)) {
        if (spec.avoidBuggyIPs && !isV6 && /\.(0|255)$/.test(address)) continue;
        if (!taken.has(address)) return address;
      }
    }
  }
  return undefined;
}

/** Every speaker sorts the nodes by a hash with the address; the first with a ready speaker answers for it. */
function announce({ client }: ControllerContext, service: Service): void {
  const address = service.status?.loadBalancer?.ingress?.[0]?.ip;
  if (address === undefined) return;
  const speakers = client.list<Pod>("pods", { labels: SPEAKER }).filter((pod) => isPodReady(pod) && pod.metadata.deletionTimestamp === undefined);
  const nodes = speakers.map(({ spec }) => spec.nodeName ?? "").sort((a, b) => fnv32a(`${a}#${address}`) - fnv32a(`${b}#${address}`));
  const [chosen] = nodes;
  if (chosen === undefined) return;
  const last = client
    .list("events", { namespace: service.metadata.namespace })
    .filter((event) => event["reason"] === "nodeAssigned" && event["involvedObject"]?.uid === service.metadata.uid)
    .sort((a, b) => (String(a["lastTimestamp"]) < String(b["lastTimestamp"]) ? -1 : 1))
    .at(-1);
  const message = `announcing from node "${chosen}" with protocol "layer2"`;
  if (last?.["message"] !== message) client.event(service, { type: "Normal", reason: "nodeAssigned", message, component: "metallb-speaker", host: chosen });
}

/**
 * What a lab is to be, from the homelab file alone: machines with their names, addresses and users, and the home network's router. Pure, and written
 * down as `lab.json`, so that power, links and removal need no homelab file.
 */
import { createHash } from "node:crypto";
import type { Homelab, Machine } from "../config/homelab.ts";
import { parseIpRange, parseIpSpan, rangeContains, rangesOverlap, type IpRange } from "../lib/ip-range.ts";
import { LabFailed } from "./lab-failed.ts";

export interface LabMachine {
  readonly name: string;
  readonly hostname: string;
  readonly fqdn: string | undefined;
  /** As the file has it: an address, or a name that the lab makes known. */
  readonly reachedAs: string;
  /** Where SSH reaches it, without prefix. */
  readonly address: string;
  /** All of its addresses, with prefix length. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly resolvers: readonly string[];
  readonly search: readonly string[];
  readonly interface: string;
  readonly mac: string;
  /** 32 hexadecimal digits, the same each time. */
  readonly machineId: string;
  /** Its end of the cable at the switch; interface names are short. */
  readonly link: string;
  readonly user: string;
  readonly port: number;
  readonly sudo: "passwordless" | "password" | "root";
  /** Logs in with a password only, and its host key is not known yet: as a machine out of its box. */
  readonly isFresh: boolean;
  /** Its number from 1, in the order of the file. */
  readonly number: number;
}

export interface LabPlan {
  readonly name: string;
  readonly machines: readonly LabMachine[];
  /** The router's addresses, with prefix length: the lab's side of the switch. */
  readonly router: readonly string[];
  /** Range of the way out to the internet; overlaps nothing that the file names. */
  readonly uplink: string;
  readonly hasUplink: boolean;
}

export interface LabWishes {
  readonly isFresh: boolean;
  /** Every machine's sudo asks for the password. */
  readonly sudoAsks: boolean;
  readonly hasUplink: boolean;
}

const PREFIX = { 4: 24, 6: 64 } as const;
/** Ranges that no home network has: for benchmarks and documentation, never routed. */
const UPLINKS = ["198.18.0.0/24", "198.19.0.0/24", "198.51.100.0/24", "203.0.113.0/24"] as const;
const INTERFACE_DEFAULT = "eth0";

/** Throws `LabFailed` where a machine has no address yet, or the addresses leave no room. */
export function labPlan(homelab: Homelab, name: string, wishes: LabWishes): LabPlan {
  const machines = Object.values(homelab.machines);
  const without = machines.filter((machine) => machine.address === undefined).map((machine) => machine.name);
  if (without.length > 0) {
    throw new LabFailed("address-missing", `${without.join(", ")}: no address, and the lab gives machines the addresses of the file`, `Write one for each, such as  ${without[0]}: { address: 192.168.1.11 }`);
  }
  const placed = placeAddresses(machines, homelab.lan);
  const taken = takenAddresses(homelab, placed);
  const networks = networksOf(placed, homelab);
  const router = networks.map((network) => routerAddress(network, homelab, taken));
  const uplink = UPLINKS.find((candidate) => ![...networks, ...rangesOf(clusterRanges(homelab))].some((range) => rangesOverlap(range, parseIpRange(candidate)!)));
  if (uplink === undefined) throw new LabFailed("computer-unfit", "the homelab uses every range that the lab could take for its way out", `Leave one of ${UPLINKS.join(", ")} free, or use --offline.`);
  return {
    name,
    router,
    uplink,
    hasUplink: wishes.hasUplink,
    machines: machines.map((machine, index) => {
      const addresses = placed.get(machine.name)!;
      const gateways = router.map(withoutPrefix).filter((address) => addresses.some((own) => rangeContains(parseIpRange(own)!, parseIpRange(address)!)));
      const given = machine.network.gateway;
      return {
        name: machine.name,
        hostname: machine.hostname,
        fqdn: machine.fqdn,
        reachedAs: machine.address!,
        address: isAddress(machine.address!) ? machine.address! : withoutPrefix(addresses[0]!),
        addresses,
        gateways: given === undefined ? gateways : [given, ...gateways.filter((one) => familyOf(one) !== familyOf(given))],
        resolvers: machine.network.resolvers.length > 0 ? machine.network.resolvers : gateways.slice(0, 1),
        search: machine.network.search,
        interface: machine.network.interface ?? INTERFACE_DEFAULT,
        mac: macOf(`${name}/${machine.name}`),
        machineId: digest(`machine-id ${name}/${machine.name}`).slice(0, 32),
        link: `m${index + 1}`,
        user: machine.ssh.user,
        port: machine.ssh.port,
        sudo: machine.ssh.user === "root" ? "root" : wishes.sudoAsks || wishes.isFresh || machine.sudo === "password" ? "password" : "passwordless",
        isFresh: wishes.isFresh,
        number: index + 1,
      };
    }),
  };
}

export function withoutPrefix(address: string): string {
  return address.split("/")[0]!;
}

function isAddress(text: string): boolean {
  return parseIpRange(text) !== undefined && !text.includes("/");
}

function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** Addresses with prefix, by machine. One that the file reaches by a DNS name gets a free address of the home network. */
function placeAddresses(machines: readonly Machine[], lan: readonly string[]): Map<string, readonly string[]> {
  const placed = new Map<string, readonly string[]>();
  const lans = rangesOf(lan);
  const prefixed = (address: string): string => {
    const own = parseIpRange(address)!;
    const home = lans.find((range) => rangeContains(range, own));
    return `${address}/${home?.prefix ?? PREFIX[own.family]}`;
  };
  for (const machine of machines) {
    const own = machine.network.addresses;
    const reached = machine.address!;
    const isKnown = own.some((address) => withoutPrefix(address) === reached);
    placed.set(machine.name, isAddress(reached) && !isKnown ? [prefixed(reached), ...own] : own);
  }
  const home = lans.find((range) => range.family === 4) ?? parseIpRange([...placed.values()].flat().find((address) => familyOf(address) === 4) ?? "192.168.1.0/24")!;
  const used = new Set([...placed.values()].flat().map((address) => parseIpRange(withoutPrefix(address))!.first));
  let next = home.first + 101n;
  for (const [name, addresses] of placed) {
    if (addresses.length > 0) continue;
    while (used.has(next)) next++;
    used.add(next);
    placed.set(name, [`${textOf(next)}/${home.prefix}`]);
  }
  return placed;
}

function networksOf(placed: ReadonlyMap<string, readonly string[]>, homelab: Homelab): IpRange[] {
  const networks: IpRange[] = [];
  const add = (range: IpRange): void => {
    if (!networks.some((known) => rangesOverlap(known, range))) networks.push(range);
  };
  for (const address of [...placed.values()].flat()) add(parseIpRange(address)!);
  for (const machine of Object.values(homelab.machines)) {
    const gateway = machine.network.gateway;
    if (gateway !== undefined) add(parseIpRange(`${gateway}/${PREFIX[familyOf(gateway)]}`)!);
  }
  return networks;
}

/** A machine's own gateway, a router of the file, or the first address that nobody has. */
function routerAddress(network: IpRange, homelab: Homelab, taken: readonly IpRange[]): string {
  const gateways = Object.values(homelab.machines).map((machine) => machine.network.gateway);
  const routers = Object.values(homelab.site).filter((part) => part.kind === "router").map((part) => part.address);
  const named = [...gateways, ...routers].find((address) => address !== undefined && isAddress(address) && rangeContains(network, parseIpRange(address)!));
  if (named !== undefined) return `${named}/${network.prefix}`;
  for (let value = network.first + 1n; value < network.last; value++) {
    const range = { ...network, first: value, last: value };
    const collision = taken.find((one) => rangesOverlap(one, range));
    if (collision === undefined) return `${textOf(value, network.family)}/${network.prefix}`;
    value = collision.last;
  }
  throw new LabFailed("computer-unfit", `${network.text}: no address is left for the lab's router`, "Give the machines a network with room, or name a gateway.");
}

/** What the file has plans for: machines, the cluster's own address, pools, other parts of the site. */
function takenAddresses(homelab: Homelab, placed: ReadonlyMap<string, readonly string[]>): IpRange[] {
  const pools = Object.values(homelab.platform.loadBalancer.pools).flatMap((pool) => pool.addresses);
  const site = Object.values(homelab.site).filter((part) => part.kind !== "router").map((part) => part.address);
  return rangesOf([...[...placed.values()].flat().map(withoutPrefix), homelab.kubernetes.endpoint.address, ...pools, ...site]);
}

function clusterRanges(homelab: Homelab): readonly string[] {
  const { pods, services } = homelab.kubernetes.network;
  return [...pods, ...services, ...homelab.lan];
}

function rangesOf(texts: readonly (string | undefined)[]): IpRange[] {
  return texts.flatMap((text) => (text === undefined ? [] : (parseIpSpan(text) ?? [])));
}

function textOf(value: bigint, family: 4 | 6 = 4): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
  return Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(":");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Locally administered, and the same each time. */
function macOf(text: string): string {
  const digits = digest(`mac ${text}`);
  return `02:${[0, 2, 4, 6, 8].map((at) => digits.slice(at, at + 2)).join(":")}`;
}

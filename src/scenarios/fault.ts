/**
 * What can break, as data: one entry for each kind in one table, one file each. A fault begins and, unless it is a moment, ends; what it does to an
 * embedded or a real cluster is written where that is driven, not here.
 */
import { ADDRESS_CHANGED } from "./faults/address-changed.ts";
import { API_STALLED } from "./faults/api-stalled.ts";
import { BAD_IMAGE } from "./faults/bad-image.ts";
import { BLACKOUT } from "./faults/blackout.ts";
import { CERTIFICATE_NOT_RENEWED } from "./faults/certificate-not-renewed.ts";
import { CERTIFICATES_EXPIRED } from "./faults/certificates-expired.ts";
import { CLOCK_LOST } from "./faults/clock-lost.ts";
import { CLUSTER_DNS_LOST } from "./faults/cluster-dns-lost.ts";
import { CNI_AGENT_LOST } from "./faults/cni-agent-lost.ts";
import { CRASH_LOOP } from "./faults/crash-loop.ts";
import { DISK_FULL } from "./faults/disk-full.ts";
import { DISK_SLOW } from "./faults/disk-slow.ts";
import { DISK_LOST } from "./faults/disk-lost.ts";
import { DNS_AWAY } from "./faults/dns-away.ts";
import { ETCD_FULL } from "./faults/etcd-full.ts";
import { ETCD_MEMBER_LOST } from "./faults/etcd-member-lost.ts";
import { GOSSIP_BLOCKED } from "./faults/gossip-blocked.ts";
import { INGRESS_LOST } from "./faults/ingress-lost.ts";
import { LEADER_LOST } from "./faults/leader-lost.ts";
import { LOAD } from "./faults/load.ts";
import { MACHINE_HUNG } from "./faults/machine-hung.ts";
import { MACHINE_SLOW } from "./faults/machine-slow.ts";
import { MEMORY_LEAK } from "./faults/memory-leak.ts";
import { MEMORY_SHORT } from "./faults/memory-short.ts";
import { NETWORK_CUT } from "./faults/network-cut.ts";
import { PART_HUNG } from "./faults/part-hung.ts";
import { PART_OFF } from "./faults/part-off.ts";
import { PARTITION } from "./faults/partition.ts";
import { POD_DELETED } from "./faults/pod-deleted.ts";
import { POWER_OFF } from "./faults/power-off.ts";
import { REBOOT } from "./faults/reboot.ts";
import { REGISTRY_LIMITED } from "./faults/registry-limited.ts";
import { REGISTRY_UNREACHABLE } from "./faults/registry-unreachable.ts";
import { RELEASE_BROKEN } from "./faults/release-broken.ts";
import { STAYS_OFF } from "./faults/stays-off.ts";
import { UNREADY } from "./faults/unready.ts";
import { WEBHOOK_AWAY } from "./faults/webhook-away.ts";

/** What a fault strikes. `server`: a machine of the control plane. `home`: everything at once, or what the cluster has one of. `network part`: a site part that others reach, or through which they do. `machines`: several, with commas: `s1,s2`. `pods`: NAMESPACE/NAME of what owns them. */
export type FaultTarget = "machine" | "machines" | "server" | "site part" | "network part" | "machine or site part" | "app" | "pods" | "registry" | "home";

export interface FaultKind {
  /** As written in scenarios: `power-off`. */
  readonly id: string;
  readonly strikes: FaultTarget;
  /** What happens, said of a target: `pi2 loses its power`. */
  begins(target: string): string;
  /** What ends it: `pi2 has power again and boots`. */
  ends(target: string): string;
  /** In words for a table: `pi2 off`. */
  short(target: string): string;
  /** Why anyone should expect it at home. */
  readonly why: string;
  /** Whether data on the target may be gone for ever. */
  readonly destroysData: boolean;
  /** Has no meaning for a cluster whose state is in SQLite, or on a machine that is not ours. */
  readonly needsEtcd?: true;
  /** Has no meaning where nothing comes in by an ingress. */
  readonly needsIngress?: true;
  /** Has no meaning where the pods' network has no agents of its own: in k3s' flannel, which ends with k3s, and where there is none. */
  readonly needsNetworkAgent?: true;
  /** Has no meaning where addresses are not announced by MetalLB in layer 2. */
  readonly needsGossip?: true;
  /** Over as it happens: nothing ends it. */
  readonly isMoment?: true;
  /** What may be said after the target: how much. */
  readonly amount?: { readonly pattern: RegExp; readonly what: string; readonly otherwise: string };
}

const TABLE = {
  "power-off": POWER_OFF,
  reboot: REBOOT,
  "machine-hung": MACHINE_HUNG,
  "machine-slow": MACHINE_SLOW,
  "stays-off": STAYS_OFF,
  "network-cut": NETWORK_CUT,
  partition: PARTITION,
  "disk-lost": DISK_LOST,
  "disk-full": DISK_FULL,
  "disk-slow": DISK_SLOW,
  "memory-short": MEMORY_SHORT,
  "clock-lost": CLOCK_LOST,
  "address-changed": ADDRESS_CHANGED,
  "part-off": PART_OFF,
  "part-hung": PART_HUNG,
  blackout: BLACKOUT,
  "dns-away": DNS_AWAY,
  "cni-agent-lost": CNI_AGENT_LOST,
  "cluster-dns-lost": CLUSTER_DNS_LOST,
  "ingress-lost": INGRESS_LOST,
  "gossip-blocked": GOSSIP_BLOCKED,
  "webhook-away": WEBHOOK_AWAY,
  "etcd-member-lost": ETCD_MEMBER_LOST,
  "api-stalled": API_STALLED,
  "etcd-full": ETCD_FULL,
  "leader-lost": LEADER_LOST,
  "certificates-expired": CERTIFICATES_EXPIRED,
  "certificate-not-renewed": CERTIFICATE_NOT_RENEWED,
  "registry-unreachable": REGISTRY_UNREACHABLE,
  "registry-limited": REGISTRY_LIMITED,
  "pod-deleted": POD_DELETED,
  "bad-image": BAD_IMAGE,
  "crash-loop": CRASH_LOOP,
  unready: UNREADY,
  "release-broken": RELEASE_BROKEN,
  load: LOAD,
  "memory-leak": MEMORY_LEAK,
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultId = keyof typeof TABLE;

/** In the order in which reports list them. */
export const FAULTS: Readonly<Record<FaultId, FaultKind>> = TABLE;

export const FAULT_IDS = Object.keys(TABLE) as readonly FaultId[];

export interface Fault {
  readonly id: FaultId;
  /** By its name in the file; "" for the whole home. */
  readonly target: string;
  /** How much, for the kinds that know an amount. */
  readonly amount?: string;
}

/** `power-off pi2` */
export const faultText = ({ id, target, amount }: Fault): string => [id, target, amount].filter(Boolean).join(" ");

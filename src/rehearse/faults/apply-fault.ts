/** Every kind of fault with its effect on the embedded cluster: one table, one file each. */
import type { Fault, FaultId } from "../../scenarios/fault.ts";
import { ADDRESS_CHANGED_EFFECT } from "./address-changed.ts";
import { API_STALLED_EFFECT } from "./api-stalled.ts";
import { BAD_IMAGE_EFFECT } from "./bad-image.ts";
import { BLACKOUT_EFFECT } from "./blackout.ts";
import { CERTIFICATE_NOT_RENEWED_EFFECT } from "./certificate-not-renewed.ts";
import { CERTIFICATES_EXPIRED_EFFECT } from "./certificates-expired.ts";
import { CLOCK_LOST_EFFECT } from "./clock-lost.ts";
import { CLUSTER_DNS_LOST_EFFECT } from "./cluster-dns-lost.ts";
import { CNI_AGENT_LOST_EFFECT } from "./cni-agent-lost.ts";
import { CRASH_LOOP_EFFECT } from "./crash-loop.ts";
import { DISK_FULL_EFFECT } from "./disk-full.ts";
import { DISK_SLOW_EFFECT } from "./disk-slow.ts";
import { DISK_LOST_EFFECT } from "./disk-lost.ts";
import { DNS_AWAY_EFFECT } from "./dns-away.ts";
import { ETCD_FULL_EFFECT } from "./etcd-full.ts";
import { ETCD_MEMBER_LOST_EFFECT } from "./etcd-member-lost.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";
import { GOSSIP_BLOCKED_EFFECT } from "./gossip-blocked.ts";
import { INGRESS_LOST_EFFECT } from "./ingress-lost.ts";
import { LEADER_LOST_EFFECT } from "./leader-lost.ts";
import { LOAD_EFFECT } from "./load.ts";
import { MACHINE_HUNG_EFFECT } from "./machine-hung.ts";
import { MACHINE_SLOW_EFFECT } from "./machine-slow.ts";
import { MEMORY_LEAK_EFFECT } from "./memory-leak.ts";
import { MEMORY_SHORT_EFFECT } from "./memory-short.ts";
import { NETWORK_CUT_EFFECT } from "./network-cut.ts";
import { PART_HUNG_EFFECT } from "./part-hung.ts";
import { PART_OFF_EFFECT } from "./part-off.ts";
import { PARTITION_EFFECT } from "./partition.ts";
import { POD_DELETED_EFFECT } from "./pod-deleted.ts";
import { POWER_OFF_EFFECT } from "./power-off.ts";
import { REBOOT_EFFECT } from "./reboot.ts";
import { REGISTRY_LIMITED_EFFECT } from "./registry-limited.ts";
import { REGISTRY_UNREACHABLE_EFFECT } from "./registry-unreachable.ts";
import { RELEASE_BROKEN_EFFECT } from "./release-broken.ts";
import { STAYS_OFF_EFFECT } from "./stays-off.ts";
import { UNREADY_EFFECT } from "./unready.ts";
import { WEBHOOK_AWAY_EFFECT } from "./webhook-away.ts";

const EFFECTS: Readonly<Record<FaultId, FaultEffect>> = {
  "power-off": POWER_OFF_EFFECT,
  reboot: REBOOT_EFFECT,
  "machine-hung": MACHINE_HUNG_EFFECT,
  "machine-slow": MACHINE_SLOW_EFFECT,
  "stays-off": STAYS_OFF_EFFECT,
  "network-cut": NETWORK_CUT_EFFECT,
  partition: PARTITION_EFFECT,
  "disk-lost": DISK_LOST_EFFECT,
  "disk-full": DISK_FULL_EFFECT,
  "disk-slow": DISK_SLOW_EFFECT,
  "memory-short": MEMORY_SHORT_EFFECT,
  "clock-lost": CLOCK_LOST_EFFECT,
  "address-changed": ADDRESS_CHANGED_EFFECT,
  "part-off": PART_OFF_EFFECT,
  "part-hung": PART_HUNG_EFFECT,
  blackout: BLACKOUT_EFFECT,
  "dns-away": DNS_AWAY_EFFECT,
  "cni-agent-lost": CNI_AGENT_LOST_EFFECT,
  "cluster-dns-lost": CLUSTER_DNS_LOST_EFFECT,
  "ingress-lost": INGRESS_LOST_EFFECT,
  "gossip-blocked": GOSSIP_BLOCKED_EFFECT,
  "webhook-away": WEBHOOK_AWAY_EFFECT,
  "etcd-member-lost": ETCD_MEMBER_LOST_EFFECT,
  "api-stalled": API_STALLED_EFFECT,
  "etcd-full": ETCD_FULL_EFFECT,
  "leader-lost": LEADER_LOST_EFFECT,
  "certificates-expired": CERTIFICATES_EXPIRED_EFFECT,
  "certificate-not-renewed": CERTIFICATE_NOT_RENEWED_EFFECT,
  "registry-unreachable": REGISTRY_UNREACHABLE_EFFECT,
  "registry-limited": REGISTRY_LIMITED_EFFECT,
  "pod-deleted": POD_DELETED_EFFECT,
  "bad-image": BAD_IMAGE_EFFECT,
  "crash-loop": CRASH_LOOP_EFFECT,
  unready: UNREADY_EFFECT,
  "release-broken": RELEASE_BROKEN_EFFECT,
  load: LOAD_EFFECT,
  "memory-leak": MEMORY_LEAK_EFFECT,
};

export const beginFault = (struck: Struck, { id, target, amount }: Fault): void => EFFECTS[id].begin(struck, target, amount);

export const endFault = (struck: Struck, { id, target }: Fault): void => EFFECTS[id].end(struck, target);

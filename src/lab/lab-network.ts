/**
 * The home network of a lab, in a network namespace of its own: a switch, the router's addresses on it, and a way out in user space that needs no
 * rule, route or setting on the computer. What is addressed to the file's ranges stays on the switch, whatever the computer's own network is.
 */
import { shellQuote, shellWords } from "../lib/shell-quote.ts";
import { parseIpRange } from "../lib/ip-range.ts";
import { type Hierarchy, groupPath, joinScript, labGroup } from "./control-groups.ts";
import type { LabPlan } from "./lab-plan.ts";

export const SWITCH = "switch";
const UPLINK = "internet";
const UPLINK_MTU = 1500;
/** Where slirp4netns answers DNS with the computer's own resolvers: the third address of its range. */
const UPLINK_RESOLVER_INDEX = 3;

export function networkGroup(lab: string): string {
  return `${labGroup(lab)}/network`;
}

export function uplinkGroup(lab: string): string {
  return `${labGroup(lab)}/uplink`;
}

export function visitorsGroup(lab: string): string {
  return `${labGroup(lab)}/visitors`;
}

/** sh that sets `holder` to the process that holds the network namespace; empty where there is none. */
export function holderScript(lab: string, register: Hierarchy): string {
  return `holder=$(head -n 1 ${shellQuote(`${groupPath(register, networkGroup(lab))}/cgroup.procs`)} 2>/dev/null || :)`;
}

/** Program that holds the namespace, and does nothing else. */
export function holderCommand(lab: string, hierarchies: readonly Hierarchy[]): readonly string[] {
  return ["sh", "-c", `set -e\n${joinScript(hierarchies, networkGroup(lab))}exec unshare --net --uts sleep infinity`];
}

/** Program that carries packets between the namespace and the computer's own network. */
export function uplinkCommand(plan: LabPlan, hierarchies: readonly Hierarchy[], register: Hierarchy): readonly string[] {
  const slirp = ["slirp4netns", "--configure", `--mtu=${UPLINK_MTU}`, `--cidr=${plan.uplink}`, "--disable-host-loopback"];
  return ["sh", "-c", `set -e\n${holderScript(plan.name, register)}\n${joinScript(hierarchies, uplinkGroup(plan.name))}exec ${shellWords(slirp)} "$holder" ${UPLINK}`];
}

/** Program and arguments that run another program in the lab's network. */
export function inNetwork(holder: string, argv: readonly string[]): readonly string[] {
  return ["nsenter", `--net=/proc/${holder}/ns/net`, "--", ...argv];
}

export function uplinkResolver(plan: LabPlan): string {
  return addressAt(plan.uplink, UPLINK_RESOLVER_INDEX);
}

/**
 * sh, run in the namespace, that makes it what it is to be; again and again with the same result. Every question to a DNS server outside is answered by
 * the computer's own resolvers, so that machines resolve names with any `resolvers` the file gives.
 */
export function networkScript(plan: LabPlan): string {
  const lines = [
    "set -e",
    "ip link set lo up",
    `[ -e /proc/sys/net/ipv4/conf/${SWITCH} ] || ip link add ${SWITCH} type bridge`,
    // A frame between two machines is the switch's business, not the router's.
    "for part in iptables ip6tables arptables; do [ ! -e /proc/sys/net/bridge/bridge-nf-call-$part ] || echo 0 >/proc/sys/net/bridge/bridge-nf-call-$part; done",
    `ip link set ${SWITCH} up`,
    ...plan.router.map((address) => `ip address replace ${address} dev ${SWITCH}${address.includes(":") ? " nodad" : ""}`),
    "echo 1 >/proc/sys/net/ipv4/ip_forward",
    "[ ! -e /proc/sys/net/ipv6/conf/all/forwarding ] || echo 1 >/proc/sys/net/ipv6/conf/all/forwarding",
  ];
  if (!plan.hasUplink) return `${lines.join("\n")}\n`;
  const rules = `table ip lab
delete table ip lab
table ip lab {
  chain questions {
    type nat hook prerouting priority dstnat;
    iifname "${SWITCH}" udp dport 53 dnat to ${uplinkResolver(plan)}
    iifname "${SWITCH}" tcp dport 53 dnat to ${uplinkResolver(plan)}
  }
  chain out {
    type nat hook postrouting priority srcnat;
    oifname "${UPLINK}" masquerade
  }
}`;
  return `${lines.join("\n")}
round=0
until [ -n "$(ip -4 -o address show dev ${UPLINK} 2>/dev/null)" ]; do
  [ $round -lt 100 ] || { echo "slirp4netns made no way out" >&2; exit 1; }
  round=$((round + 1)); sleep 0.05
done
nft -f - <<'RULES'
${rules}
RULES
`;
}

function addressAt(range: string, index: number): string {
  const first = parseIpRange(range)!.first + BigInt(index);
  return [24n, 16n, 8n, 0n].map((shift) => String((first >> shift) & 0xffn)).join(".");
}

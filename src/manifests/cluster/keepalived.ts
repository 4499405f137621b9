/** keepalived.conf: the endpoint's address on one load balancer at a time, moved within about three seconds when it fails. */
import ipaddr from "ipaddr.js";
import type { Homelab, Machine } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { machineAddress } from "./cluster-machines.ts";
import { PLACEHOLDERS } from "./placeholder.ts";

const ADVERT_SECONDS = 1;
const PRIORITY_FIRST = 150;
const PRIORITY_STEP = 10;

const PRIORITY_WHOLE = 256;
const ADVERTS_MISSED = 3;
const MS_PER_SECOND = 1_000;

/** How long the load balancer at this place of the list is without an advert before it takes the address, milliseconds: `Master_Down_Interval` of RFC 5798, section 6.1. */
export function takeoverMs(position: number): number {
  const skewSeconds = (ADVERT_SECONDS * (PRIORITY_WHOLE - priority(position))) / PRIORITY_WHOLE;
  return Math.ceil((ADVERTS_MISSED * ADVERT_SECONDS + skewSeconds) * MS_PER_SECOND);
}

function priority(position: number): number {
  return PRIORITY_FIRST - PRIORITY_STEP * Math.max(0, position);
}

/** What the VRRP group is known by on the home network: the last part of its address, 1 to 255. */
export function virtualRouterId(address: string): number {
  const bytes = ipaddr.isValid(address) ? ipaddr.parse(address).toByteArray() : [];
  return (bytes.at(-1) ?? 0) % 255 || 51;
}

export function keepalivedText(homelab: Homelab, machine: Machine): string {
  const { endpoint } = homelab.kubernetes;
  const members = endpoint.on.map((name) => own(homelab.machines, name)).filter((member) => member !== undefined);
  const position = members.findIndex((member) => member.name === machine.name);
  const peers = members.filter((member) => member.name !== machine.name).map((member) => machineAddress(member) ?? PLACEHOLDERS.endpoint);
  const source = machineAddress(machine);
  const address = endpoint.address ?? PLACEHOLDERS.endpoint;
  const networkInterface = endpoint.interface ?? machine.network.interface ?? "eth0";
  const prefix = address.includes(":") ? 128 : 32;
  return `global_defs {
    router_id ${machine.hostname}
    enable_script_security
    script_user root
}

# an address without a load balancer behind it is no use: it moves when haproxy is gone
vrrp_script haproxy_runs {
    script "/usr/bin/pgrep -x haproxy"
    interval 2
    fall 2
    rise 2
}

vrrp_instance kubernetes_api {
    # all begin as backup: the one that comes back does not interrupt the one that serves
    state BACKUP
    nopreempt
    interface ${networkInterface}
    virtual_router_id ${virtualRouterId(address)}
    priority ${priority(position)}
    advert_int ${ADVERT_SECONDS}
${source === undefined ? "" : `    unicast_src_ip ${source}\n`}    unicast_peer {
${peers.map((peer) => `        ${peer}\n`).join("")}    }
    virtual_ipaddress {
        ${address}/${prefix} dev ${networkInterface}
    }
    track_script {
        haproxy_runs
    }
}
`;
}

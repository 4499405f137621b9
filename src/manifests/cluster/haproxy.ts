/** haproxy.cfg: one address for all API servers. A server that answers no more is out within six seconds, and its connections are cut. */
import type { Homelab } from "../../config/homelab.ts";
import { bracketed, controlPlaneMachines, LOCAL_ENDPOINT, machineAddress } from "./cluster-machines.ts";
import { PLACEHOLDERS } from "./placeholder.ts";

/**
 * A check each second, three failures, each given a second: at worst 1 s until the next check begins and 3 × (1 s + 1 s) less the last pause = 6 s.
 * Measured with HAProxy 2.6: a frozen API server is out after 5.9 s, a killed one after 3.0 s. With the 10 s between checks of many examples it takes half a minute.
 */
export const HAPROXY_CHECK = { intervalSeconds: 1, fall: 3, rise: 2, timeoutSeconds: 1 };

const API_PORT = 6443;

/** `bind`: all addresses on a load balancer; the loopback one where each node has its own proxy. */
export function haproxyText(homelab: Homelab, bind: "all" | "loopback" = "all"): string {
  const { endpoint, anonymousAuth } = homelab.kubernetes;
  const { intervalSeconds, fall, rise, timeoutSeconds } = HAPROXY_CHECK;
  const servers = controlPlaneMachines(homelab).map((machine) => `    server ${machine.name} ${bracketed(machineAddress(machine) ?? PLACEHOLDERS.endpoint)}:${API_PORT} check`);
  // Without anonymous requests /readyz answers 401: then a TLS handshake must do.
  const check = anonymousAuth ? "    option httpchk GET /readyz\n    http-check expect status 200\n" : "";
  return `global
    log /dev/log local0
    log /dev/log local1 notice
    user haproxy
    group haproxy
    daemon
    maxconn 4096
    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
    stats timeout 30s

defaults
    log global
    mode tcp
    option dontlognull
    option redispatch
    retries 3
    timeout connect 3s
    # watches stay open and may be silent for long
    timeout client 3h
    timeout server 3h
    timeout check ${timeoutSeconds}s

frontend kubernetes-api
    bind ${bind === "all" ? `:::${endpoint.port} v4v6` : `${LOCAL_ENDPOINT.address}:${LOCAL_ENDPOINT.port}`}
    default_backend kubernetes-api

backend kubernetes-api
    balance roundrobin
    option log-health-checks
${check}    default-server check-ssl verify none inter ${intervalSeconds}s fall ${fall} rise ${rise} on-marked-down shutdown-sessions
${servers.join("\n")}

# for a person: what is up, on this machine alone
frontend statistics
    mode http
    bind 127.0.0.1:8404
    timeout client 30s
    stats enable
    stats uri /
    stats refresh 5s
`;
}

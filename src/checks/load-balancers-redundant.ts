/** The load balancer before several control planes is not alone. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const loadBalancersRedundant: Check = {
  id: "load-balancers-redundant",
  severity: "warning",
  summary: "HAProxy before several control planes runs on two machines or more.",
  why: "With one load balancer three healthy control planes are out of reach when it fails: the single point of failure has only moved (keepalived moves the address in about 3 s).",
  examples: {
    good: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: haproxy, on: [lb1, lb2] } }
      machines:
        pc1: { address: 192.168.1.11, roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
        pc2: { address: 192.168.1.12, roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
        pc3: { address: 192.168.1.13, roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
        lb1: { address: 192.168.1.21 }
        lb2: { address: 192.168.1.22 }`,
    bad: `
      kubernetes:
        endpoint: { address: 192.168.1.21, by: haproxy, on: [lb1] } # ✗
      machines:
        pc1: { address: 192.168.1.11, roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
        pc2: { address: 192.168.1.12, roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
        pc3: { address: 192.168.1.13, roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
        lb1: { address: 192.168.1.21 }`,
  },
  check({ homelab }) {
    const { endpoint } = homelab.kubernetes;
    const count = controlPlanes(homelab).length;
    const lonely = endpoint.on[0];
    if (endpoint.by !== "haproxy" || endpoint.on.length !== 1 || lonely === undefined || count < 2) return [];
    return [
      {
        path: ["kubernetes", "endpoint", "on"],
        value: lonely,
        message: `${lonely} alone stands before ${count} control planes: when it fails, none can be reached`,
        expected: "two load balancers or more",
        fix: `Add a second machine: on: [${lonely}, lb2], with an address of its own that keepalived moves; or use by: kube-vip.`,
      },
    ];
  },
};

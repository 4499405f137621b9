/** An address that moves is not one that a machine has. */
import type { Check } from "./check.ts";

export const endpointAddressVirtual: Check = {
  id: "endpoint-address-virtual",
  severity: "error",
  summary: "An endpoint that moves between machines has an address that no machine has.",
  why: "kube-vip and keepalived take the address onto whichever machine is alive: if one already has it, two answer for it, and it does not leave when that machine dies.",
  examples: {
    good: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: kube-vip } }`,
    bad: `
      kubernetes:
        endpoint: { address: 192.168.1.11, by: kube-vip } # ✗
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }`,
  },
  check({ homelab, source }) {
    const { endpoint } = homelab.kubernetes;
    const moves = endpoint.by === "kube-vip" || (endpoint.by === "haproxy" && endpoint.on.length > 1);
    if (!moves) return [];
    const path = ["kubernetes", "endpoint", "address"];
    if (endpoint.address === undefined) {
      return [{ path: ["kubernetes", "endpoint"], message: `${endpoint.by} has no address to carry`, expected: "a free address of the home network", fix: "Add address: with one that DHCP does not give away." }];
    }
    const owner = Object.values(homelab.machines).find(
      (machine) => machine.address === endpoint.address || machine.network.addresses.some((text) => text.split("/")[0] === endpoint.address),
    );
    if (owner === undefined) return [];
    return [
      {
        path,
        value: endpoint.address,
        message: source.has(path) ? `the endpoint's address ${endpoint.address} is ${owner.name}'s own` : `${endpoint.by} is given no address, and ${owner.name}'s own (${endpoint.address}) cannot move`,
        expected: "a free address of the home network",
        fix: "Choose an address that no machine has and DHCP does not give away.",
      },
    ];
  },
};

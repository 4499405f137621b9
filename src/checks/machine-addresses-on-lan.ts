/** Where the home network's range is given, machines are in it. */
import { parseIpRange, rangeContains, type IpRange } from "../lib/ip-range.ts";
import type { Check } from "./check.ts";

export const machineAddressesOnLan: Check = {
  id: "machine-addresses-on-lan",
  severity: "warning",
  summary: "Machines' addresses lie in one of the ranges of `lan`.",
  why: "A wrong digit in an address is the most common reason for `waiting for SSH…`; the home network's range shows it before anything is tried.",
  examples: {
    good: `
      lan: 192.168.1.0/24
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }`,
    bad: `
      lan: 192.168.1.0/24
      machines:
        pi1: { address: 192.168.11.1, roles: [control-plane, worker] } # ✗`,
  },
  check({ homelab }) {
    const lan = homelab.lan.map(parseIpRange).filter((range): range is IpRange => range !== undefined);
    return Object.values(homelab.machines).flatMap((machine) => {
      const own = machine.address === undefined ? undefined : parseIpRange(machine.address);
      if (own === undefined || !lan.some((range) => range.family === own.family) || lan.some((range) => rangeContains(range, own))) return [];
      return [
        {
          path: ["machines", machine.name, "address"],
          value: own.text,
          message: `${machine.name}'s address ${own.text} is outside the home network (${homelab.lan.join(", ")})`,
          expected: `an address in ${homelab.lan.join(" or ")}`,
          fix: "Correct the address, or add its network to lan.",
        },
      ];
    });
  },
};

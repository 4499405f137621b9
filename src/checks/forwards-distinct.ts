/** A router's port leads to one machine. */
import type { Check, CheckResult } from "./check.ts";

export const forwardsDistinct: Check = {
  id: "forwards-distinct",
  severity: "error",
  summary: "A router forwards each port once.",
  why: "A router has one public address: of two rules for one port only the first works.",
  examples: {
    good: `
      site:
        box: { kind: router, forwards: [{ port: 80, to: pi1 }, { port: 443, to: pi1 }] }`,
    bad: `
      site:
        box:
          kind: router
          forwards:
            - { port: 443, to: pi1 }
            - { port: 443, to: pi2 } # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.site).flatMap((part) => {
      const owners = new Map<string, string>();
      return part.forwards.flatMap((forward, index): CheckResult[] => {
        const key = `${forward.port}/${forward.protocol}`;
        const earlier = owners.get(key);
        if (earlier === undefined) {
          owners.set(key, forward.to);
          return [];
        }
        return [{ path: ["site", part.name, "forwards", index], value: key, message: `${part.name} forwards ${key} to ${earlier} already`, expected: "each port once", fix: "Forward another port, or put both behind the ingress." }];
      });
    });
  },
};

/** An app that may go nowhere can still reach what it needs. */
import { parseIpRange } from "../lib/ip-range.ts";
import type { Check, CheckResult } from "./check.ts";

export const egressReachesNeeds: Check = {
  id: "egress-reaches-needs",
  severity: "warning",
  summary: "The ranges that an app may connect to are not those of pods or services.",
  why: "A NetworkPolicy sees a connection after the service's address was replaced by a pod's: a rule for the services' range matches nothing (kubernetes.io, network policies).",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, network: { egress: [{ cidr: 192.168.1.5/32, ports: [9000] }] } }`,
    bad: `
      kubernetes: { network: { services: 10.43.0.0/16 } }
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          network:
            egress:
              - { cidr: 10.43.0.0/16, ports: [5432] } # ✗`,
  },
  check({ homelab }) {
    const services = homelab.kubernetes.network.services.flatMap((text) => parseIpRange(text) ?? []);
    return Object.values(homelab.apps).flatMap((app) =>
      (app.network.egress ?? []).flatMap((rule, index): CheckResult[] => {
        if (rule.kind !== "cidr") return [];
        const range = parseIpRange(rule.cidr);
        const inside = range === undefined ? undefined : services.find((service) => service.family === range.family && service.first <= range.first && range.last <= service.last);
        if (inside === undefined) return [];
        return [{ path: ["apps", app.name, "network", "egress", index], value: rule.cidr, message: `${rule.cidr} is in the services' range ${inside.text}, which a policy never sees`, expected: "an app, or a range outside the cluster", fix: "Name the app: egress: [{ app: NAME }]." }];
      }),
    );
  },
};

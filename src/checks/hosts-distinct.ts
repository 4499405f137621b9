/** One host and path belong to one service. */
import type { Check, CheckResult } from "./check.ts";
import { routedHosts } from "./derived/hosts.ts";

export const hostsDistinct: Check = {
  id: "hosts-distinct",
  severity: "error",
  summary: "No two services answer at the same host and path.",
  why: "The ingress takes one of two equal rules: the other app is never reached, and which one it is may change.",
  examples: {
    good: `
      apps:
        web: { image: ghcr.io/example/web:1.0.0, port: 80, host: shop }
        api: { image: ghcr.io/example/api:1.0.0, port: 3000, host: shop, path: /api }`,
    bad: `
      apps:
        web: { image: ghcr.io/example/web:1.0.0, port: 80, host: shop }
        api:
          image: ghcr.io/example/api:1.0.0
          port: 3000
          host: shop # ✗`,
  },
  check({ homelab }) {
    const owners = new Map<string, string>();
    return routedHosts(homelab).flatMap(({ host, urlPath, owner, path, route }): CheckResult[] => {
      const key = `${host}\n${urlPath}\n${route?.pathType ?? "Prefix"}`;
      const earlier = owners.get(key);
      if (earlier === undefined) {
        owners.set(key, owner);
        return [];
      }
      return [
        {
          path,
          value: host,
          message: `${earlier === owner ? `${owner} names` : `${owner} and ${earlier} both answer at`} https://${host}${urlPath === "/" ? "" : urlPath}${earlier === owner ? " twice" : ""}`,
          expected: "a host and path of its own",
          fix: "Give one of them another host, or a path of its own such as path: /api.",
        },
      ];
    });
  },
};

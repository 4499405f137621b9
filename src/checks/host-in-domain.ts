/** Apps answer under the homelab's domain. */
import type { Check } from "./check.ts";
import { routedHosts } from "./derived/hosts.ts";

export const hostInDomain: Check = {
  id: "host-in-domain",
  severity: "warning",
  summary: "Hosts are the homelab's domain or names below it.",
  why: "A name elsewhere needs its own DNS entry and its own proof to the certificate authority; most often it is a typo of the domain.",
  examples: {
    good: `
      domain: maison.example
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }`,
    bad: `
      domain: maison.example
      apps:
        blog:
          image: ghcr.io/example/blog:1.4.2
          port: 80
          host: blog.mansion.example # ✗`,
  },
  check({ homelab }) {
    const { domain } = homelab;
    if (domain === undefined) return [];
    return routedHosts(homelab)
      .filter(({ host }) => host !== domain && !host.endsWith(`.${domain}`))
      .map(({ host, path, owner }) => ({
        path,
        value: host,
        message: `${owner} answers at ${host}, outside the domain ${domain}`,
        expected: `a name below ${domain}`,
        fix: `Write host: ${host.split(".")[0] ?? host} for ${host.split(".")[0] ?? host}.${domain}, or give ${host} a DNS entry of its own.`,
      }));
  },
};

/** The cluster's DNS domain is not the home's. */
import type { Check } from "./check.ts";

export const clusterDomainDistinct: Check = {
  id: "cluster-domain-distinct",
  severity: "error",
  summary: "The cluster's own DNS domain is not the domain of the apps, nor around it.",
  why: "CoreDNS answers for its domain alone and says that no other name in it exists: from inside the cluster the apps' public names would be gone.",
  examples: {
    good: `
      domain: maison.example
      kubernetes: { network: { dns: { domain: cluster.local } } }`,
    bad: `
      domain: maison.example
      kubernetes: { network: { dns: { domain: maison.example } } } # ✗`,
  },
  check({ homelab }) {
    const { domain } = homelab.kubernetes.network.dns;
    if (homelab.domain === undefined || !(homelab.domain === domain || homelab.domain.endsWith(`.${domain}`))) return [];
    return [
      {
        path: ["kubernetes", "network", "dns", "domain"],
        value: domain,
        message: `the cluster's DNS domain ${domain} hides the apps' domain ${homelab.domain}`,
        expected: "a domain of its own, such as cluster.local",
        fix: "Remove the field (cluster.local is the default), or use a name below yours, such as cluster.maison.example.",
      },
    ];
  },
};

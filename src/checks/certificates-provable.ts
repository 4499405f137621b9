/** Let's Encrypt can see the domain it certifies. */
import type { Check, CheckResult } from "./check.ts";
import { routedHosts } from "./derived/hosts.ts";

/** Names that the public DNS does not have (RFC 6761, 6762, 8375; ICANN's .internal) and what routers invent. */
const PRIVATE = /(?:^|\.)(?:local|lan|home|internal|intranet|corp|private|localdomain|home\.arpa)$/;

export const certificatesProvable: Check = {
  id: "certificates-provable",
  severity: "error",
  summary: "Let's Encrypt certifies public names only, and wildcards by DNS only.",
  why: "The authority looks the name up in the public DNS; a wildcard is proved by a DNS-01 record and nothing else (letsencrypt.org, challenge types).",
  examples: {
    good: `
      platform:
        certificates: { issuer: letsencrypt, email: me@maison.example, by: cert-manager, dns01: { provider: ovh, credentials: { secret: ovh-token } } }
      apps:
        pages: { image: ghcr.io/example/pages:1.0.0, port: 80, host: "*.pages" }`,
    bad: `
      platform:
        certificates: { issuer: letsencrypt, email: me@maison.example }
      apps:
        pages:
          image: ghcr.io/example/pages:1.0.0
          port: 80
          host: "*.pages.maison.example" # ✗`,
  },
  check({ homelab }) {
    const { certificates } = homelab.platform;
    if (certificates?.issuer !== "letsencrypt") return [];
    return routedHosts(homelab).flatMap(({ host, path, route }): CheckResult[] => {
      if (route?.tls === false) return [];
      if (PRIVATE.test(host)) {
        return [
          {
            path,
            value: host,
            message: `Let's Encrypt does not certify ${host}: the name is not in the public DNS`,
            expected: "a public name",
            fix: "Use certificates: { issuer: local-ca }, or a domain of your own.",
          },
        ];
      }
      if (host.startsWith("*.") && certificates.dns01 === undefined) {
        return [
          {
            path,
            value: host,
            message: `a certificate for ${host} needs a proof by DNS, and no provider is named`,
            expected: "certificates.dns01 with a provider",
            fix: "Add dns01: { provider: NAME, credentials: { secret: NAME } } to platform.certificates, or name each host.",
          },
        ];
      }
      return [];
    });
  },
};

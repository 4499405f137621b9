/** The proof over HTTP reaches the cluster. */
import type { Check } from "./check.ts";
import { routedHosts } from "./derived/hosts.ts";

export const challengePortForwarded: Check = {
  id: "challenge-port-forwarded",
  severity: "warning",
  summary: "Where Let's Encrypt proves the domain over HTTP, a router that forwards ports forwards 80.",
  why: "HTTP-01 comes to port 80 and no other (letsencrypt.org, challenge types): without it no certificate is issued, and after 5 failures an hour the account must wait.",
  examples: {
    good: `
      site:
        box: { kind: router, forwards: { 80: pi1, 443: pi1 } }
      platform:
        certificates: { issuer: letsencrypt, email: me@maison.example }
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }`,
    bad: `
      site:
        box:
          kind: router
          forwards: { 443: pi1 } # ✗
      platform:
        certificates: { issuer: letsencrypt, email: me@maison.example }
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }`,
  },
  check({ homelab }) {
    const { certificates } = homelab.platform;
    if (certificates?.issuer !== "letsencrypt" || certificates.dns01 !== undefined || routedHosts(homelab).length === 0) return [];
    const routers = Object.values(homelab.site).filter((part) => part.kind === "router" && part.forwards.length > 0);
    const first = routers[0];
    if (first === undefined || routers.some((router) => router.forwards.some((forward) => forward.port === 80 && forward.protocol === "tcp"))) return [];
    const target = first.forwards.find((forward) => forward.port === 443)?.to ?? first.forwards[0]?.to ?? "pi1";
    return [
      {
        path: ["site", first.name, "forwards"],
        value: first.forwards.map((forward) => forward.port).join(", "),
        message: `${first.name} does not forward port 80, by which Let's Encrypt proves the domain`,
        expected: `80: ${target}`,
        fix: `Forward 80 to ${target} too, or prove by DNS with certificates.dns01.`,
      },
    ];
  },
};

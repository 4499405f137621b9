/** Let's Encrypt can write to someone. */
import type { Check } from "./check.ts";

export const issuerHasEmail: Check = {
  id: "issuer-has-email",
  severity: "warning",
  summary: "Certificates from Let's Encrypt have an e-mail address for their account.",
  why: "It is how the authority reaches the owner of an account when it must revoke certificates; Traefik's and cert-manager's documentation ask for it.",
  examples: {
    good: `
      platform:
        certificates: { issuer: letsencrypt, email: me@maison.example }`,
    bad: `
      platform:
        certificates: { issuer: letsencrypt } # ✗`,
  },
  check({ homelab }) {
    const { certificates } = homelab.platform;
    if (certificates?.issuer !== "letsencrypt" || certificates.email !== undefined) return [];
    return [
      {
        path: ["platform", "certificates"],
        message: "the issuer letsencrypt has no e-mail address",
        expected: "email: you@example.com",
        fix: `Add email: with an address you read${homelab.domain === undefined ? "" : `, such as me@${homelab.domain}`}.`,
      },
    ];
  },
};

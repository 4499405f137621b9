/** Traefik's own ACME client runs once. */
import type { Check } from "./check.ts";
import { workers } from "./derived/machines.ts";

export const traefikIssuerSingle: Check = {
  id: "traefik-issuer-single",
  severity: "error",
  summary: "Traefik asks for certificates itself only where one pod of it runs; with more replicas, or on the own ports of several nodes, cert-manager does.",
  why: "Traefik keeps its certificates in one file that replicas cannot share: each would ask for its own and reach the rate limit (doc.traefik.io, ACME and high availability).",
  examples: {
    good: `
      platform:
        ingress: { by: traefik, replicas: 2 }
        certificates: { issuer: letsencrypt, email: me@maison.example, by: cert-manager }`,
    bad: `
      platform:
        ingress: { by: traefik, replicas: 2 }
        certificates: { issuer: letsencrypt, email: me@maison.example, by: traefik } # ✗`,
  },
  check({ homelab }) {
    const { certificates, ingress } = homelab.platform;
    if (certificates?.by !== "traefik" || certificates.issuer !== "letsencrypt") return [];
    const path = ["platform", "certificates", "by"];
    if (ingress.by !== "traefik") return [{ path, value: "traefik", message: "Traefik asks for certificates, and there is no Traefik", expected: "cert-manager", fix: "Set certificates.by: cert-manager." }];
    const nodeCount = workers(homelab).length;
    // On the nodes' own ports it is a DaemonSet: one pod on each, whatever replicas says.
    if (ingress.exposure === "host-ports") return nodeCount < 2 ? [] : [{ path, value: "traefik", message: `on the nodes' own ports Traefik runs on each of ${nodeCount} nodes, which cannot share the certificates that it asks for itself`, expected: "cert-manager", fix: "Set certificates.by: cert-manager, or a loadBalancer, so that one Traefik serves for all." }];
    if (ingress.replicas < 2) return [];
    return [{ path, value: "traefik", message: `${ingress.replicas} replicas of Traefik cannot share the certificates that it asks for itself`, expected: "cert-manager", fix: "Set certificates.by: cert-manager, or ingress.replicas: 1." }];
  },
};

/** Where the ingress controller lives, and what routes refer to. */
import type { Homelab } from "../../config/homelab.ts";

/** k3s runs its own Traefik beside the rest of the system; ours has a namespace. */
export function ingressNamespace(homelab: Homelab): string {
  return homelab.platform.ingress.bundled ? "kube-system" : "traefik";
}

/** The name of Traefik's certificate resolver, as routes name it. */
export const CERT_RESOLVER = "letsencrypt";

/** The ClusterIssuer of cert-manager. */
export function clusterIssuer(homelab: Homelab): string {
  const certificates = homelab.platform.certificates;
  if (certificates?.issuer === "local-ca") return "local-ca";
  return certificates?.staging === true ? "letsencrypt-staging" : "letsencrypt";
}

/** The Gateway that HTTPRoutes attach to. */
export const GATEWAY = "homelab";
export const GATEWAY_HTTP = "http";

/** The section of the Gateway that serves a host: one listener a host, as each has its certificate. */
export function gatewayListener(host: string): string {
  return `https-${host.replace(/[^a-z0-9]+/g, "-")}`.slice(0, 253);
}

/** The Secret that holds the certificate of a host's listener, in the Gateway's namespace. */
export function gatewaySecret(host: string): string {
  return `${host.replace(/[^a-z0-9.]+/g, "-")}-tls`;
}

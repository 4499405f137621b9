/** How an app's hosts reach its services: the flavour that the platform chose, and the certificate that goes with it. */
import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import type { App, AppService, Homelab, Route } from "../../config/homelab.ts";
import { objectLabels, servicePath } from "../names.ts";
import { clusterIssuer } from "../platform/ingress-place.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { renderHttpRoutes } from "./routing-gateway.ts";
import { renderIngresses } from "./routing-ingress.ts";
import { renderIngressRoutes } from "./routing-traefik.ts";

/** Where the file says it: `apps.gazette.host`. */
export function routePath(app: App, service: AppService): (string | number)[] {
  return [...servicePath(app, service.name), "host"];
}

export function routesOf(app: App): { service: AppService; route: Route }[] {
  return Object.values(app.services).flatMap((service) => service.routes.map((route) => ({ service, route })));
}

/** The Secret with the certificate of an app's hosts, where cert-manager makes it. */
export function certificateSecret(app: App): string {
  return `${app.name}-tls`;
}

/** The hosts of an app that are served over TLS, each once, in the file's order. */
export function tlsHosts(app: App): string[] {
  return [...new Set(routesOf(app).filter(({ route }) => route.tls).map(({ route }) => route.host))];
}

export function renderRouting(homelab: Homelab, app: App): RenderedObject[] {
  const { ingress, certificates } = homelab.platform;
  if (ingress.by === "none" || routesOf(app).length === 0) return [];
  const flavour = { traefik: renderIngressRoutes, ingress: renderIngresses, "gateway-api": renderHttpRoutes }[ingress.routing];
  const objects = flavour(homelab, app);
  const hosts = tlsHosts(app);
  // The Gateway's listeners read their certificates in the Gateway's namespace: they are made there.
  if (certificates?.by === "cert-manager" && ingress.routing !== "gateway-api" && hosts.length > 0) {
    const first = Object.values(app.services).find((service) => service.routes.length > 0);
    objects.push(rendered<ICertificate>(first === undefined ? ["apps", app.name] : routePath(app, first), {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: certificateSecret(app), namespace: app.namespace, labels: objectLabels(app) },
      spec: { secretName: certificateSecret(app), dnsNames: hosts, issuerRef: { kind: "ClusterIssuer", name: clusterIssuer(homelab), group: "cert-manager.io" } },
    }));
  }
  return objects;
}

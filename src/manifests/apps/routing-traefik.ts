/** Routes as Traefik's own kind: an IngressRoute on the secure entry point, one on the plain one that only redirects, and the middlewares both name. */
import type { IIngressRoute } from "@kubernetes-models/traefik/traefik.io/v1alpha1/IngressRoute";
import type { IMiddleware } from "@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware";
import type { IRoute } from "@kubernetes-models/traefik/traefik.io/v1alpha1/Route";
import type { ITLS } from "@kubernetes-models/traefik/traefik.io/v1alpha1/TLS";
import type { App, AppService, Homelab, Route } from "../../config/homelab.ts";
import { dnsPart, objectLabels, objectName } from "../names.ts";
import { CERT_RESOLVER } from "../platform/ingress-place.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { certificateSecret, routePath } from "./routing.ts";

/** What redirects plain requests, by the name that the Traefik community gives it. */
export function redirectName(app: App): string {
  return objectName(app, "https-redirect");
}

export function stripName(app: App, service: AppService, route: Route): string {
  return `${objectName(app, service.name)}-strip-${dnsPart(route.path)}`;
}

function match(route: Route): string {
  const host = `Host(\`${route.host}\`)`;
  if (route.pathType === "Exact") return `${host} && Path(\`${route.path}\`)`;
  return route.path === "/" ? host : `${host} && PathPrefix(\`${route.path}\`)`;
}

/** How Traefik gets the certificate of a route: its own resolver, cert-manager's Secret, or its default certificate. */
export function traefikTls(homelab: Homelab, app: App): ITLS {
  const by = homelab.platform.certificates;
  if (by?.by === "traefik" && by.issuer === "letsencrypt") return { certResolver: CERT_RESOLVER };
  return by?.by === "cert-manager" ? { secretName: certificateSecret(app) } : {};
}

/** The middlewares that an app's routes name: shared with the Ingress flavour, which refers to them by annotation. */
export function renderMiddlewares(app: App): RenderedObject[] {
  const objects: RenderedObject[] = [];
  let redirects: AppService | undefined;
  for (const service of Object.values(app.services)) {
    for (const route of service.routes) {
      if (route.tls && route.redirect) redirects ??= service;
      if (!route.stripPath || route.path === "/") continue;
      objects.push(rendered<IMiddleware>(routePath(app, service), {
        apiVersion: "traefik.io/v1alpha1",
        kind: "Middleware",
        metadata: { name: stripName(app, service, route), namespace: app.namespace, labels: objectLabels(app, objectName(app, service.name)) },
        spec: { stripPrefix: { prefixes: [route.path] } },
      }));
    }
  }
  if (redirects !== undefined) {
    objects.push(rendered<IMiddleware>(routePath(app, redirects), {
      apiVersion: "traefik.io/v1alpha1",
      kind: "Middleware",
      metadata: { name: redirectName(app), namespace: app.namespace, labels: objectLabels(app) },
      spec: { redirectScheme: { scheme: "https", permanent: true } },
    }));
  }
  // Two routes may strip the same path.
  return [...new Map(objects.map((item) => [item.object.metadata.name, item])).values()];
}

function renderRoute(app: App, service: AppService, route: Route, redirect: boolean): IRoute {
  const middlewares = redirect ? [{ name: redirectName(app) }] : route.stripPath && route.path !== "/" ? [{ name: stripName(app, service, route) }] : [];
  return {
    kind: "Rule",
    match: match(route),
    ...(middlewares.length > 0 ? { middlewares } : {}),
    services: [{ name: objectName(app, service.name), port: route.port }],
  };
}

export function renderIngressRoutes(homelab: Homelab, app: App): RenderedObject[] {
  const objects = renderMiddlewares(app);
  for (const service of Object.values(app.services)) {
    const name = objectName(app, service.name);
    const at = routePath(app, service);
    const secure = service.routes.filter((route) => route.tls);
    const plain = service.routes.filter((route) => !route.tls || route.redirect);
    if (secure.length > 0) {
      objects.push(rendered<IIngressRoute>(at, {
        apiVersion: "traefik.io/v1alpha1",
        kind: "IngressRoute",
        metadata: { name, namespace: app.namespace, labels: objectLabels(app, name) },
        spec: { entryPoints: ["websecure"], routes: secure.map((route) => renderRoute(app, service, route, false)), tls: traefikTls(homelab, app) },
      }));
    }
    if (plain.length > 0) {
      // A route with TLS on the plain entry point would expect TLS there: plain requests need a route of their own.
      objects.push(rendered<IIngressRoute>(at, {
        apiVersion: "traefik.io/v1alpha1",
        kind: "IngressRoute",
        metadata: { name: `${name}-http`, namespace: app.namespace, labels: objectLabels(app, name) },
        spec: { entryPoints: ["web"], routes: plain.map((route) => renderRoute(app, service, route, route.tls)) },
      }));
    }
  }
  return objects;
}

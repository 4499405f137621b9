/** Routes as the standard Ingress, with Traefik's annotations where the standard has no word: entry point, redirect, path stripping. */
import type { IIngress } from "kubernetes-models/networking.k8s.io/v1/Ingress";
import type { IIngressRule } from "kubernetes-models/networking.k8s.io/v1/IngressRule";
import type { App, AppService, Homelab, Route } from "../../config/homelab.ts";
import { dnsPart, objectLabels, objectName } from "../names.ts";
import { CERT_RESOLVER } from "../platform/ingress-place.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { redirectName, renderMiddlewares, stripName } from "./routing-traefik.ts";
import { certificateSecret, routePath } from "./routing.ts";

const ROUTER = "traefik.ingress.kubernetes.io/router";

function rules(app: App, service: AppService, routes: readonly Route[]): IIngressRule[] {
  const hosts = [...new Set(routes.map((route) => route.host))];
  return hosts.map((host) => ({
    host,
    http: {
      paths: routes.filter((route) => route.host === host).map((route) => ({
        path: route.path,
        pathType: route.pathType,
        backend: { service: { name: objectName(app, service.name), port: { number: route.port } } },
      })),
    },
  }));
}

/** A middleware as an annotation names it: NAMESPACE-NAME@kubernetescrd. */
function reference(app: App, middleware: string): string {
  return `${app.namespace}-${middleware}@kubernetescrd`;
}

export function renderIngresses(homelab: Homelab, app: App): RenderedObject[] {
  const objects = renderMiddlewares(app);
  const { certificates, ingress } = homelab.platform;
  for (const service of Object.values(app.services)) {
    const base = objectName(app, service.name);
    const add = (name: string, routes: readonly Route[], annotations: Record<string, string>, isSecure: boolean) => {
      if (routes.length === 0) return;
      objects.push(rendered<IIngress>(routePath(app, service), {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name, namespace: app.namespace, labels: objectLabels(app, base), annotations },
        spec: {
          ingressClassName: ingress.className,
          rules: rules(app, service, routes),
          tls: isSecure && certificates?.by === "cert-manager" ? [{ hosts: [...new Set(routes.map((route) => route.host))], secretName: certificateSecret(app) }] : undefined,
        },
      }));
    };
    const secureAnnotations: Record<string, string> = { [`${ROUTER}.entrypoints`]: "websecure", [`${ROUTER}.tls`]: "true" };
    if (certificates?.by === "traefik" && certificates.issuer === "letsencrypt") secureAnnotations[`${ROUTER}.tls.certresolver`] = CERT_RESOLVER;
    const secure = service.routes.filter((route) => route.tls);
    // An annotation is for a whole Ingress, so each stripped path has one of its own.
    const strips = (route: Route) => route.stripPath && route.path !== "/";
    add(base, secure.filter((route) => !strips(route)), secureAnnotations, true);
    for (const route of secure.filter(strips)) {
      add(`${base}-${dnsPart(route.path)}`, [route], { ...secureAnnotations, [`${ROUTER}.middlewares`]: reference(app, stripName(app, service, route)) }, true);
    }
    const plain = { [`${ROUTER}.entrypoints`]: "web" };
    add(`${base}-http`, service.routes.filter((route) => route.tls && route.redirect), { ...plain, [`${ROUTER}.middlewares`]: reference(app, redirectName(app)) }, false);
    const clear = service.routes.filter((route) => !route.tls);
    add(`${base}-plain`, clear.filter((route) => !strips(route)), plain, false);
    for (const route of clear.filter(strips)) {
      add(`${base}-plain-${dnsPart(route.path)}`, [route], { ...plain, [`${ROUTER}.middlewares`]: reference(app, stripName(app, service, route)) }, false);
    }
  }
  return objects;
}

/** Routes as Gateway API HTTPRoutes on the homelab's Gateway: one for the secure listeners, one that redirects plain requests. */
import type { IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import type { IHTTPRouteRule } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRouteRule";
import type { IParentReference } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/ParentReference";
import type { App, AppService, Homelab, Route } from "../../config/homelab.ts";
import { objectLabels, objectName } from "../names.ts";
import { GATEWAY, GATEWAY_HTTP, gatewayListener, ingressNamespace } from "../platform/ingress-place.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { routePath } from "./routing.ts";

function rule(app: App, service: AppService, route: Route): IHTTPRouteRule {
  return {
    matches: [{ path: { type: route.pathType === "Exact" ? "Exact" : "PathPrefix", value: route.path } }],
    ...(route.stripPath && route.path !== "/" ? { filters: [{ type: "URLRewrite" as const, urlRewrite: { path: { type: "ReplacePrefixMatch" as const, replacePrefixMatch: "/" } } }] } : {}),
    backendRefs: [{ name: objectName(app, service.name), port: route.port }],
  };
}

export function renderHttpRoutes(homelab: Homelab, app: App): RenderedObject[] {
  const objects: RenderedObject[] = [];
  const parent = (sectionName: string): IParentReference => ({ name: GATEWAY, namespace: ingressNamespace(homelab), sectionName });
  for (const service of Object.values(app.services)) {
    const base = objectName(app, service.name);
    const add = (name: string, hosts: readonly string[], parentRefs: IParentReference[], rules: IHTTPRouteRule[]) => {
      if (rules.length === 0) return;
      objects.push(rendered<IHTTPRoute>(routePath(app, service), {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name, namespace: app.namespace, labels: objectLabels(app, base) },
        spec: { parentRefs, hostnames: [...hosts], rules },
      }));
    };
    // A HTTPRoute's rules hold for all its host names: one object for each host.
    const hosts = [...new Set(service.routes.map((route) => route.host))];
    hosts.forEach((host, index) => {
      const name = index === 0 ? base : `${base}-${index + 1}`;
      const here = service.routes.filter((route) => route.host === host);
      const secure = here.filter((route) => route.tls);
      add(name, [host], [parent(gatewayListener(host))], secure.map((route) => rule(app, service, route)));
      add(`${name}-http`, [host], [parent(GATEWAY_HTTP)], [
        ...here.filter((route) => route.tls && route.redirect).map((route): IHTTPRouteRule => ({
          matches: [{ path: { type: route.pathType === "Exact" ? "Exact" : "PathPrefix", value: route.path } }],
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        })),
        ...here.filter((route) => !route.tls).map((route) => rule(app, service, route)),
      ]);
    });
  }
  return objects;
}

/** Routes of Traefik's IngressRoute objects. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { Middleware, Route, TlsHost } from "./route.ts";
import { type IngressPorts, traefikMiddlewares } from "./traefik-middleware.ts";
import { parseTraefikRule } from "./traefik-rule.ts";

export const INGRESS_ROUTES = "traefik.io/ingressroutes";

interface RouteSpec {
  match: string;
  priority?: number;
  middlewares?: { name: string; namespace?: string }[];
  services?: { name: string; namespace?: string; port?: number | string; weight?: number; kind?: string }[];
}

/**
 * A router with a `tls` part takes only HTTPS, one without takes both on the secured entry point (whose TLS is on in every packaged
 * Traefik) and HTTP on the others.
 */
export function entryPointSchemes(entryPoints: readonly string[] | undefined, hasTls: boolean): Set<"http" | "https"> {
  const schemes = new Set<"http" | "https">();
  const names = entryPoints === undefined || entryPoints.length === 0 ? ["web", "websecure"] : entryPoints;
  for (const name of names) {
    if (/secure|https/i.test(name)) schemes.add("https");
    else if (!hasTls) schemes.add("http");
  }
  return schemes;
}

export function ingressRouteRoutes(client: SimClient, ports: IngressPorts): Route[] {
  if (!client.serves(INGRESS_ROUTES)) return [];
  return client.list(INGRESS_ROUTES).flatMap((object) => {
    const schemes = entryPointSchemes(object.spec?.entryPoints, object.spec?.tls != null);
    return ((object.spec?.routes ?? []) as RouteSpec[]).flatMap((spec) => {
      const rule = parseTraefikRule(spec.match);
      const middlewares = collect(object, spec, client, ports);
      if (rule === undefined || middlewares === undefined) return [];
      const route: Route = {
        source: object,
        matches: (request) => rule.matches(request),
        onlyHosts: rule.onlyHosts,
        schemes,
        priority: spec.priority ? spec.priority : rule.length,
        middlewares,
        backends: (spec.services ?? [])
          .filter(({ kind }) => kind === undefined || kind === "Service")
          .map((service) => ({ namespace: service.namespace ?? object.metadata.namespace ?? "", service: service.name, port: service.port, weight: service.weight ?? 1 })),
      };
      return [route];
    });
  });
}

function collect(object: KubeObject, spec: RouteSpec, client: SimClient, ports: IngressPorts): Middleware[] | undefined {
  const all: Middleware[] = [];
  for (const { name, namespace } of spec.middlewares ?? []) {
    const found = traefikMiddlewares(namespace ?? object.metadata.namespace ?? "", name, client, ports);
    // A middleware that does not exist takes its route down.
    if (found === undefined) return undefined;
    all.push(...found);
  }
  return all;
}

export function ingressRouteTls(client: SimClient): TlsHost[] {
  if (!client.serves(INGRESS_ROUTES)) return [];
  return client.list(INGRESS_ROUTES).flatMap((object) => {
    const tls = object.spec?.tls as { secretName?: string; certResolver?: string; domains?: { main?: string; sans?: string[] }[] } | undefined | null;
    if (tls == null) return [];
    const hosts = new Set<string>();
    for (const { match } of (object.spec?.routes ?? []) as RouteSpec[]) for (const host of parseTraefikRule(match)?.hosts ?? []) hosts.add(host);
    for (const { main, sans } of tls.domains ?? []) for (const host of [...(main ? [main] : []), ...(sans ?? [])]) hosts.add(host);
    return [...hosts].map((host) => ({
      host,
      ...(tls.secretName ? { secret: { namespace: object.metadata.namespace ?? "", name: tls.secretName } } : {}),
      ...(tls.certResolver ? { resolver: tls.certResolver } : {}),
    }));
  });
}

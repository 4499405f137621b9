/** Routes of the standard Ingress objects, as Traefik reads them (any class: this is the cluster's only ingress controller). */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { Middleware, Route, TlsHost } from "./route.ts";
import { type IngressPorts, MIDDLEWARES, traefikMiddlewares } from "./traefik-middleware.ts";
import { hostOf, pathOf } from "./traefik-rule.ts";
import { entryPointSchemes } from "./traefik-routes.ts";

export const INGRESSES = "networking.k8s.io/ingresses";
const ANNOTATION = "traefik.ingress.kubernetes.io/router.";

interface Path {
  path?: string;
  pathType?: string;
  backend?: { service?: { name: string; port?: { number?: number; name?: string } } };
}

export function hostMatches(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase();
  if (!wanted.startsWith("*.")) return wanted === host;
  const rest = wanted.slice(1);
  // The star stands for exactly one label.
  return host.endsWith(rest) && host.length > rest.length && !host.slice(0, -rest.length).includes(".");
}

/** `/foo` matches `/foo` and `/foo/bar`, not `/foobar`. */
export function prefixMatches(prefix: string, path: string): boolean {
  const trimmed = prefix.replace(/\/+$/, "");
  return path === trimmed || path.startsWith(`${trimmed}/`);
}

export function ingressRoutes(client: SimClient, ports: IngressPorts): Route[] {
  return client.list(INGRESSES).flatMap((object) => {
    const annotations = object.metadata.annotations ?? {};
    const entryPoints = annotations[`${ANNOTATION}entrypoints`]?.split(",").map((name) => name.trim());
    const schemes = entryPointSchemes(entryPoints, annotations[`${ANNOTATION}tls`] === "true");
    const middlewares = annotated(annotations[`${ANNOTATION}middlewares`], client, ports);
    if (middlewares === undefined) return [];
    const route = (host: string, { path = "/", pathType, backend }: Path): Route[] => {
      const service = backend?.service;
      if (service === undefined) return [];
      const isExact = pathType === "Exact";
      return [
        {
          source: object,
          schemes,
          middlewares,
          // Longer rules first; an exact path before a prefix of the same length.
          priority: Number(annotations[`${ANNOTATION}priority`] ?? 0) || host.length + path.length + (isExact ? 1 : 0) + 8,
          matches: (request) => (host === "" || hostMatches(host, hostOf(request))) && (isExact ? pathOf(request) === path : prefixMatches(path, pathOf(request))),
          onlyHosts: host === "" || host.startsWith("*.") ? undefined : [host.toLowerCase()],
          backends: [{ namespace: object.metadata.namespace ?? "", service: service.name, port: service.port?.number ?? service.port?.name, weight: 1 }],
        },
      ];
    };
    const rules = (object.spec?.rules ?? []) as { host?: string; http?: { paths?: Path[] } }[];
    const routes = rules.flatMap((rule) => (rule.http?.paths ?? []).flatMap((path) => route(rule.host ?? "", path)));
    const fallback = object.spec?.defaultBackend as Path["backend"];
    return fallback === undefined ? routes : [...routes, ...route("", { path: "/", backend: fallback }).map((one) => ({ ...one, priority: 1 }))];
  });
}

/** `namespace-name@kubernetescrd,…` */
function annotated(text: string | undefined, client: SimClient, ports: IngressPorts): Middleware[] | undefined {
  const all: Middleware[] = [];
  for (const entry of (text ?? "").split(",").map((one) => one.trim()).filter(Boolean)) {
    const [id = ""] = entry.split("@");
    const found = namespacesOf(client, id)
      .map(({ namespace, name }) => traefikMiddlewares(namespace, name, client, ports))
      .find((one) => one !== undefined);
    if (found === undefined) return undefined;
    all.push(...found);
  }
  return all;
}

/** Names hold dashes as well: every split is tried. */
function namespacesOf(client: SimClient, id: string): { namespace: string; name: string }[] {
  if (!client.serves(MIDDLEWARES)) return [];
  return client
    .list(MIDDLEWARES)
    .map(({ metadata }: KubeObject) => ({ namespace: metadata.namespace ?? "", name: metadata.name }))
    .filter(({ namespace, name }) => `${namespace}-${name}` === id);
}

export function ingressTls(client: SimClient): TlsHost[] {
  return client.list(INGRESSES).flatMap((object) =>
    ((object.spec?.tls ?? []) as { hosts?: string[]; secretName?: string }[]).flatMap(({ hosts, secretName }) =>
      (hosts ?? []).map((host) => ({ host, ...(secretName ? { secret: { namespace: object.metadata.namespace ?? "", name: secretName } } : {}) })),
    ),
  );
}

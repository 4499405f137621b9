/** Routes of the Gateway API: HTTPRoutes attached to the listeners of Gateways. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import { hostMatches, prefixMatches } from "./ingress-routes.ts";
import type { Middleware, Route, TlsHost } from "./route.ts";
import { redirectAnswer } from "./route.ts";
import type { IngressPorts } from "./traefik-middleware.ts";
import { hostOf, pathOf } from "./traefik-rule.ts";

export const HTTP_ROUTES = "gateway.networking.k8s.io/httproutes";
export const GATEWAYS = "gateway.networking.k8s.io/gateways";

interface Listener {
  name: string;
  protocol: string;
  hostname?: string;
  tls?: { certificateRefs?: { name: string; namespace?: string }[] };
}

/** A listener with the namespace of its Gateway, which its certificates are in unless they say otherwise. */
type PlacedListener = Listener & { namespace: string };

interface Match {
  path?: { type?: string; value?: string };
  method?: string;
  headers?: { name: string; value: string; type?: string }[];
  queryParams?: { name: string; value: string; type?: string }[];
}

interface Filter {
  type: string;
  requestRedirect?: { scheme?: string; hostname?: string; port?: number; statusCode?: number; path?: PathChange };
  urlRewrite?: { hostname?: string; path?: PathChange };
  requestHeaderModifier?: HeaderChange;
  responseHeaderModifier?: HeaderChange;
}

interface PathChange {
  type: string;
  replaceFullPath?: string;
  replacePrefixMatch?: string;
}

interface HeaderChange {
  set?: { name: string; value: string }[];
  add?: { name: string; value: string }[];
  remove?: string[];
}

function listenersOf(route: KubeObject, client: SimClient): PlacedListener[] {
  const parents = (route.spec?.parentRefs ?? []) as { name: string; namespace?: string; sectionName?: string; kind?: string }[];
  return parents
    .filter(({ kind }) => kind === undefined || kind === "Gateway")
    .flatMap(({ name, namespace, sectionName }) => {
      const where = namespace ?? route.metadata.namespace ?? "";
      const gateway = client.serves(GATEWAYS) ? client.get(GATEWAYS, where, name) : undefined;
      const listeners = (gateway?.spec?.listeners ?? []) as Listener[];
      return listeners.filter((listener) => sectionName === undefined || listener.name === sectionName).map((listener) => ({ ...listener, namespace: where }));
    });
}

export function gatewayRoutes(client: SimClient, ports: IngressPorts): Route[] {
  if (!client.serves(HTTP_ROUTES)) return [];
  return client.list(HTTP_ROUTES).flatMap((object) => {
    const listeners = listenersOf(object, client);
    const schemes = new Set(listeners.map(({ protocol }) => (protocol === "HTTPS" || protocol === "TLS" ? "https" : "http") as "http" | "https"));
    if (schemes.size === 0) return [];
    const hostnames = (object.spec?.hostnames ?? []) as string[];
    const listenerHosts = listeners.every(({ hostname }) => hostname !== undefined) ? listeners.map(({ hostname }) => hostname!) : [];
    const hosts = hostnames.length > 0 ? hostnames : listenerHosts;
    const rules = (object.spec?.rules ?? []) as { matches?: Match[]; filters?: Filter[]; backendRefs?: { name: string; namespace?: string; port?: number; weight?: number; kind?: string }[] }[];
    const onlyHosts = hosts.length === 0 || hosts.some((host) => host.startsWith("*.")) ? undefined : hosts.map((host) => host.toLowerCase());
    return rules.flatMap((rule) =>
      (rule.matches?.length ? rule.matches : [{}]).map((match): Route => {
        const prefix = match.path?.value ?? "/";
        return {
          source: object,
          schemes,
          onlyHosts,
          priority: specificity(hosts, match),
          matches: (request) => (hosts.length === 0 || hosts.some((host) => hostMatches(host, hostOf(request)))) && requestMatches(match, request),
          middlewares: (rule.filters ?? []).map((filter) => middleware(filter, prefix, ports)),
          backends: (rule.backendRefs ?? [])
            .filter(({ kind }) => kind === undefined || kind === "Service")
            .map((backend) => ({ namespace: backend.namespace ?? object.metadata.namespace ?? "", service: backend.name, port: backend.port, weight: backend.weight ?? 1 })),
        };
      }),
    );
  });
}

/** The API's order: exact hosts, then the most specific path, method, headers, query. */
function specificity(hosts: readonly string[], { path, method, headers, queryParams }: Match): number {
  const host = hosts.some((one) => !one.startsWith("*")) ? 2 : hosts.length > 0 ? 1 : 0;
  const exact = path?.type === "Exact" ? 1 : 0;
  return host * 1e7 + exact * 1e6 + (path?.value?.length ?? 1) * 1e3 + (method ? 500 : 0) + (headers?.length ?? 0) * 20 + (queryParams?.length ?? 0);
}

function requestMatches({ path, method, headers, queryParams }: Match, request: HttpRequest): boolean {
  const value = path?.value ?? "/";
  const actual = pathOf(request);
  const isPath = path?.type === "Exact" ? actual === value : path?.type === "RegularExpression" ? new RegExp(value).test(actual) : prefixMatches(value, actual);
  if (!isPath || (method !== undefined && method !== request.method)) return false;
  const holds = (wanted: { value: string; type?: string }, found: string | undefined | null): boolean =>
    found != null && (wanted.type === "RegularExpression" ? new RegExp(wanted.value).test(found) : found === wanted.value);
  if (!(headers ?? []).every((header) => holds(header, request.headers[header.name.toLowerCase()]))) return false;
  const query = new URLSearchParams(request.path.split("?")[1] ?? "");
  return (queryParams ?? []).every((param) => holds(param, query.get(param.name)));
}

function changedPath(change: PathChange | undefined, request: HttpRequest, prefix: string): string {
  if (change === undefined) return request.path;
  const [, query] = request.path.split(/\?(.*)/s) as [string, string | undefined];
  const suffix = query === undefined ? "" : `?${query}`;
  if (change.type === "ReplaceFullPath") return `${change.replaceFullPath ?? "/"}${suffix}`;
  const rest = pathOf(request).slice(prefix.replace(/\/+$/, "").length);
  const joined = `${(change.replacePrefixMatch ?? "/").replace(/\/+$/, "")}${rest.startsWith("/") || rest === "" ? rest : `/${rest}`}`;
  return `${joined === "" ? "/" : joined}${suffix}`;
}

function changedHeaders(before: Readonly<Record<string, string>>, { set, add, remove }: HeaderChange): Record<string, string> {
  const after = { ...before };
  for (const { name, value } of set ?? []) after[name.toLowerCase()] = value;
  for (const { name, value } of add ?? []) after[name.toLowerCase()] = after[name.toLowerCase()] ? `${after[name.toLowerCase()]}, ${value}` : value;
  for (const name of remove ?? []) delete after[name.toLowerCase()];
  return after;
}

function middleware(filter: Filter, prefix: string, ports: IngressPorts): Middleware {
  const { requestRedirect, urlRewrite, requestHeaderModifier, responseHeaderModifier } = filter;
  if (requestRedirect) {
    return {
      request(request) {
        const scheme = (requestRedirect.scheme ?? request.scheme) as "http" | "https";
        const standard = scheme === "https" ? 443 : 80;
        const wanted = requestRedirect.port ?? standard;
        const port = wanted === standard ? ports[scheme] : wanted;
        const host = requestRedirect.hostname ?? hostOf(request);
        const location = `${scheme}://${host}${port === standard ? "" : `:${port}`}${changedPath(requestRedirect.path, request, prefix)}`;
        const answer = redirectAnswer(request, location, requestRedirect.statusCode === 301);
        return { answer: { ...answer, status: requestRedirect.statusCode ?? 302 } };
      },
    };
  }
  if (urlRewrite) return { request: (request) => ({ ...request, host: urlRewrite.hostname ?? request.host, path: changedPath(urlRewrite.path, request, prefix) }) };
  if (requestHeaderModifier) return { request: (request) => ({ ...request, headers: changedHeaders(request.headers, requestHeaderModifier) }) };
  if (responseHeaderModifier) return { response: (response) => ({ ...response, headers: changedHeaders(response.headers, responseHeaderModifier) }) };
  return {};
}

export function gatewayTls(client: SimClient): TlsHost[] {
  if (!client.serves(HTTP_ROUTES)) return [];
  return client.list(HTTP_ROUTES).flatMap((object) =>
    listenersOf(object, client)
      .filter(({ protocol }) => protocol === "HTTPS")
      .flatMap((listener) => {
        const reference = listener.tls?.certificateRefs?.[0];
        const hosts = (object.spec?.hostnames ?? (listener.hostname ? [listener.hostname] : [])) as string[];
        return hosts.map((host) => ({ host, ...(reference ? { secret: { namespace: reference.namespace ?? listener.namespace, name: reference.name } } : {}) }));
      }),
  );
}

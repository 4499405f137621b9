/**
 * The way in: takes a request as it comes to the cluster's door and brings it to a ready pod, or says why not, in the words that Traefik
 * uses. Routes are read from the API again at the first request after a change, so a change counts at once.
 */
import type { SimClient } from "../api/client.ts";
import type { HttpRequest, HttpResponse } from "../kubelet/behaviour/process.ts";
import type { ClusterNetwork, Endpoint } from "../kubelet/cluster-network.ts";
import { GATEWAYS, gatewayRoutes, gatewayTls, HTTP_ROUTES } from "./gateway-routes.ts";
import { INGRESSES, ingressRoutes, ingressTls } from "./ingress-routes.ts";
import { RouteTable } from "./route-table.ts";
import { INGRESS_ROUTES, ingressRouteRoutes, ingressRouteTls } from "./traefik-routes.ts";
import type { Backend, Route, TlsHost } from "./route.ts";
import { textAnswer } from "./route.ts";
import { type IngressPorts, MIDDLEWARES } from "./traefik-middleware.ts";
import { hostOf } from "./traefik-rule.ts";

export interface IngressOptions {
  client: SimClient;
  network: ClusterNetwork;
  ports: IngressPorts;
  /** Whether an endpoint's machine can be reached; a pod on a dead machine answers late, not never. */
  isReachable?(endpoint: Endpoint): boolean;
}

export interface Ingress {
  route(request: HttpRequest): HttpResponse;
  /** Hosts that are served with TLS, sorted, each once. */
  hostsWithTls(): readonly TlsHost[];
  /** The certificate that is shown for a host has ended, or has been renewed. Requests are answered all the same: it is their clients that refuse. */
  setCertificateEnded(host: string, hasEnded: boolean): void;
  hasCertificateEnded(host: string): boolean;
}

/** All that routes are made of. */
const READ_TYPES = [INGRESS_ROUTES, MIDDLEWARES, INGRESSES, HTTP_ROUTES, GATEWAYS];

/** Between the door and a pod that does not answer, Traefik waits 30 s (`forwardingTimeouts.dialTimeout`). The wait is not simulated. */
export function createIngress({ client, network, ports, isReachable = () => true }: IngressOptions): Ingress {
  const turns = new Map<string, number>();
  const ended = new Set<string>();

  let known: { state: string; table: RouteTable } | undefined;
  const routes = (): RouteTable => {
    const state = READ_TYPES.map((type) => (client.serves(type) ? client.changedAt(type) : "-")).join();
    if (known?.state !== state) known = { state, table: new RouteTable([...ingressRouteRoutes(client, ports), ...ingressRoutes(client, ports), ...gatewayRoutes(client, ports)]) };
    return known.table;
  };

  const pickBackend = (route: Route): Backend | undefined => {
    const usable = route.backends.filter(({ weight }) => weight > 0);
    const total = usable.reduce((sum, { weight }) => sum + weight, 0);
    if (usable.length <= 1 || total === 0) return usable[0];
    const { namespace, name } = route.source.metadata;
    const key = `${route.source.kind}/${namespace}/${name}`;
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    let left = turn % total;
    for (const backend of usable) {
      if (left < backend.weight) return backend;
      left -= backend.weight;
    }
    return usable[0];
  };

  const forward = (route: Route, request: HttpRequest): HttpResponse => {
    const backend = pickBackend(route);
    const service = backend === undefined ? undefined : client.get("services", backend.namespace, backend.service);
    // A route whose Service or port does not exist is no route.
    if (backend === undefined || service === undefined || network.endpoints(service, backend.port) === undefined) return notFound();
    const endpoint = network.nextEndpoint(service, backend.port);
    if (endpoint === undefined) return textAnswer(503, "no available server\n");
    const process = network.processAt(endpoint);
    if (process === undefined) return isReachable(endpoint) ? textAnswer(502, "Bad Gateway") : textAnswer(504, "Gateway Timeout");
    const forwarded = {
      ...request.headers,
      "x-forwarded-for": request.remoteAddress ?? "",
      "x-forwarded-host": request.host,
      "x-forwarded-proto": request.scheme,
      "x-forwarded-port": String(ports[request.scheme]),
      "x-real-ip": request.remoteAddress ?? "",
    };
    return process.http(endpoint.port, { ...request, headers: forwarded }) ?? textAnswer(504, "Gateway Timeout");
  };

  return {
    route(request) {
      const route = routes().find(request);
      if (route === undefined) return notFound();
      let current = request;
      const passed: Route["middlewares"][number][] = [];
      let response: HttpResponse | undefined;
      for (const middleware of route.middlewares) {
        passed.unshift(middleware);
        const next = middleware.request?.(current) ?? current;
        if ("answer" in next) {
          response = next.answer;
          break;
        }
        current = next;
      }
      response ??= forward(route, current);
      for (const middleware of passed) response = middleware.response?.(response) ?? response;
      return response;
    },
    setCertificateEnded(host, hasEnded) {
      if (hasEnded) ended.add(host);
      else ended.delete(host);
    },
    hasCertificateEnded: (host) => ended.has(host),
    hostsWithTls() {
      const byHost = new Map<string, TlsHost>();
      for (const one of [...ingressRouteTls(client), ...ingressTls(client), ...gatewayTls(client)]) {
        const host = hostOf({ host: one.host } as HttpRequest);
        if (!byHost.get(host)?.secret) byHost.set(host, { ...one, host });
      }
      return [...byHost.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
    },
  };
}

function notFound(): HttpResponse {
  return textAnswer(404, "404 page not found\n");
}

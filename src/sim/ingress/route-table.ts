/** All routes of a cluster, in the order in which they are asked, found by host: most name one, and are asked only by requests for it. */
import type { HttpRequest } from "../kubelet/behaviour/process.ts";
import type { Route } from "./route.ts";
import { hostOf } from "./traefik-rule.ts";

interface Placed {
  route: Route;
  /** Lower is asked first. */
  place: number;
}

export class RouteTable {
  readonly #byHost = new Map<string, Placed[]>();
  readonly #ofAnyHost: Placed[] = [];

  constructor(routes: readonly Route[]) {
    [...routes]
      .sort((a, b) => b.priority - a.priority)
      .forEach((route, place) => {
        if (route.onlyHosts === undefined) this.#ofAnyHost.push({ route, place });
        else for (const host of new Set(route.onlyHosts)) (this.#byHost.get(host) ?? this.#byHost.set(host, []).get(host)!).push({ route, place });
      });
  }

  /** The first that takes the request. */
  find(request: HttpRequest): Route | undefined {
    const first = firstTaking(this.#byHost.get(hostOf(request)) ?? [], request);
    const ofAnyHost = firstTaking(this.#ofAnyHost, request, first?.place);
    return (ofAnyHost ?? first)?.route;
  }
}

function firstTaking(placed: readonly Placed[], request: HttpRequest, beforePlace = Number.POSITIVE_INFINITY): Placed | undefined {
  for (const one of placed) {
    if (one.place >= beforePlace) return undefined;
    if (one.route.schemes.has(request.scheme) && one.route.matches(request)) return one;
  }
  return undefined;
}

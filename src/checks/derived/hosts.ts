/** Every name that the ingress answers for, with the path that says so. */
import type { Path } from "../../config/finding.ts";
import type { Homelab, Route } from "../../config/homelab.ts";
import { servicesOf } from "./workloads.ts";

export interface RoutedHost {
  readonly host: string;
  /** The path of the URL; `/` for the platform's own. */
  readonly urlPath: string;
  readonly owner: string;
  readonly path: Path;
  /** Undefined for the platform's own. */
  readonly route: Route | undefined;
}

export function routedHosts(homelab: Homelab): RoutedHost[] {
  const found: RoutedHost[] = servicesOf(homelab).flatMap(({ app, item, path }) =>
    item.routes.map((route, index) => ({
      host: route.host,
      urlPath: route.path,
      owner: app.name === item.name ? `app ${app.name}` : `service ${app.name}/${item.name}`,
      path: [...path, "routes", index, "host"],
      route,
    })),
  );
  const { monitoring, gitops, git } = homelab.platform;
  const add = (host: string | undefined, owner: string, path: Path): void => {
    if (host !== undefined) found.push({ host, urlPath: "/", owner, path, route: undefined });
  };
  add(monitoring.grafana?.host, "Grafana", ["platform", "monitoring", "grafana", "host"]);
  add(gitops?.host, "Argo CD", ["platform", "gitops", "host"]);
  add(git?.host, "Forgejo", ["platform", "git", "host"]);
  return found;
}

/** A host of a platform component: the same route an app would have, by rendering a one-service app of it. */
import type { Path } from "../../config/finding.ts";
import type { App, AppService, Homelab } from "../../config/homelab.ts";
import { renderRouting } from "../apps/routing.ts";
import { componentLabels } from "../names.ts";
import type { RenderedObject } from "../rendered.ts";

export interface ComponentHost {
  at: Path;
  host: string;
  namespace: string;
  /** The Service that answers, and its port. */
  service: string;
  port: number;
  component: string;
}

/** The service's fields that routing reads; the rest is nobody's business here. */
function hostService(host: ComponentHost): Pick<AppService, "name" | "routes" | "ports"> {
  return {
    name: host.service,
    ports: [{ name: "http", port: host.port, containerPort: host.port, protocol: "TCP" }],
    routes: [{ host: host.host, path: "/", pathType: "Prefix", stripPath: false, port: host.port, tls: true, redirect: true }],
  };
}

export function renderHost(homelab: Homelab, host: ComponentHost): RenderedObject[] {
  const service = hostService(host);
  const app = { name: host.namespace, namespace: host.namespace, labels: {}, services: { [service.name]: service } } as unknown as App;
  return renderRouting(homelab, app).map((item) => ({
    ...item,
    at: host.at,
    path: host.at.join("."),
    object: { ...item.object, metadata: { ...item.object.metadata, labels: componentLabels(host.component) } },
  }));
}

/** The hosts that the platform itself serves. */
export function platformHosts(homelab: Homelab): string[] {
  const { gitops, git, monitoring } = homelab.platform;
  return [gitops?.by === "argocd" ? gitops.host : undefined, git?.host, monitoring.grafana?.host].filter((host) => host !== undefined);
}

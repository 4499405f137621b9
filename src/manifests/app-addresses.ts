/** Where the apps of a homelab are reached: one entry per route of a service. */
import type { Homelab } from "../config/homelab.ts";

export interface AppAddress {
  app: string;
  service: string;
  url: string;
  host: string;
  path: string;
  hasTls: boolean;
  isRedirected: boolean;
}

export function appAddresses(homelab: Homelab): AppAddress[] {
  return Object.values(homelab.apps).flatMap((app) =>
    Object.values(app.services).flatMap((service) =>
      service.routes.map((route) => ({
        app: app.name,
        service: service.name,
        url: `${route.tls ? "https" : "http"}://${route.host}${route.path}`,
        host: route.host,
        path: route.path,
        hasTls: route.tls,
        isRedirected: route.redirect,
      })),
    ),
  );
}

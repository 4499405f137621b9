import type { LiveCheck } from "./live-check.ts";

export const hostResolves: LiveCheck = {
  id: "host-resolves",
  severity: "warning",
  summary: "The apps' host names resolve.",
  why: "Nobody finds an app whose name has no address, and no public authority gives it a certificate. Asked of this computer's resolver, which may know less or more than the world's.",
  check: ({ homelab, addressesOf }) =>
    Object.values(homelab.apps).flatMap((app) =>
      Object.values(app.services).flatMap((service) =>
        service.routes
          .filter(({ host }) => addressesOf[host]?.length === 0)
          .map(({ host }) => ({ path: ["apps", app.name, "services", service.name, "routes"], message: `${host} has no address`, value: host, fix: "Add a record for it (or for `*` of the domain) that leads to your router's public address; in the house, to the cluster." })),
      ),
    ),
};

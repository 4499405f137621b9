import type { FaultEffect, Struck } from "./fault-effect.ts";

/** Of all names that the app is reached by with TLS. */
function set({ homelab, cluster }: Struck, app: string, hasEnded: boolean): void {
  for (const { routes } of Object.values(homelab.apps[app]!.services)) for (const { host, tls } of routes) if (tls) cluster.ingress.setCertificateEnded(host, hasEnded);
}

export const CERTIFICATE_NOT_RENEWED_EFFECT: FaultEffect = {
  begin: (struck, target) => set(struck, target, true),
  end: (struck, target) => set(struck, target, false),
};

/** A quick promise has a replica that is already there. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { AppService, Homelab } from "../config/homelab.ts";
import type { Check } from "./check.ts";
import { machinesToSurvive } from "./derived/promises.ts";
import { replicasMin } from "./derived/workloads.ts";

/** Default tolerationSeconds of not-ready and unreachable (admission plugin DefaultTolerationSeconds), s. */
const TOLERATION_S = 300;

/** Until an unreachable node is NotReady: node-monitor-grace-period, 40 s up to 1.31, 50 s from 1.32; less the 10 s since the last heartbeat, s. */
function detectionS(homelab: Homelab): number {
  const minor = parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? 32;
  return (minor >= 32 ? 50 : 40) - 10;
}

export const promiseBackInTime: Check = {
  id: "promise-back-in-time",
  severity: "warning",
  summary: "A service that must be back sooner than Kubernetes moves a pod has two replicas.",
  why: "A dead machine is noticed after 40 to 60 s, and its pods are replaced 300 s later (default tolerations): with one replica an app is away for more than 5 minutes. With two only the detection counts.",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, replicas: 2, promise: { survives: one machine, backWithin: 2m, byHand: true } }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 1
          promise: { survives: one machine, backWithin: 2m, byHand: true } # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.apps).flatMap((app) => {
      const lost = machinesToSurvive(homelab, app.promise);
      const withinMs = app.promise?.backWithin?.ms;
      if (withinMs === undefined || lost === 0) return [];
      return Object.values(app.services).flatMap((service) => {
        if (service.kind === "daemon-set" || service.ports.length === 0) return [];
        const detection = detectionS(homelab);
        const seconds = replicasMin(service) > lost ? detection : detection + toleration(service);
        if (withinMs >= seconds * 1000) return [];
        return [
          {
            path: ["apps", app.name, "promise"],
            value: app.promise?.backWithin?.text,
            message: `${service.name} cannot be back within ${app.promise?.backWithin?.text ?? ""}: with ${replicasMin(service)} replica${replicasMin(service) === 1 ? "" : "s"} it takes Kubernetes at least ${seconds} s to ${replicasMin(service) > lost ? "notice" : "replace a pod of"} a dead machine`,
            expected: replicasMin(service) > lost ? `backWithin of more than ${seconds}s` : `${lost + 1} replicas, or backWithin of more than ${Math.ceil(seconds / 60)}m`,
            fix: replicasMin(service) > lost ? "Promise a longer time." : `Set replicas: ${lost + 1}, add a toleration of node.kubernetes.io/unreachable with fewer seconds, or promise a longer time.`,
          },
        ];
      });
    });
  },
};

function toleration(service: AppService): number {
  const own = service.placement.tolerations.filter((entry) => entry.key === "node.kubernetes.io/unreachable" || entry.key === "").map((entry) => entry.seconds ?? TOLERATION_S);
  return Math.min(TOLERATION_S, ...own);
}

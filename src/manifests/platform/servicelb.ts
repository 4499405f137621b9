/** k3s' own load balancer: a DaemonSet for each Service of type LoadBalancer that takes the Service's ports on every node. */
import type { Homelab } from "../../config/homelab.ts";
import type { Footprint, FootprintWorkload } from "../footprint.ts";
import { contentHash, objectName } from "../names.ts";
import { isBundled, type Component } from "./component.ts";

/** The image that k3s 1.36 packages. */
const IMAGE = "rancher/klipper-lb:v0.4.13";

/** k3s names it after the Service and the first eight characters of its UID; ours are of its name, as there is no UID yet. */
function daemonSet(namespace: string, service: string, ports: readonly { port: number; protocol: "TCP" | "UDP" }[]): FootprintWorkload {
  const name = `svclb-${service}-${contentHash(`${namespace}/${service}`).slice(0, 8)}`;
  return {
    kind: "DaemonSet", namespace: "kube-system", name, tolerates: "control-plane", priorityClass: "system-node-critical", serviceAccount: "svclb",
    labels: { app: name, "svccontroller.k3s.cattle.io/svcname": service, "svccontroller.k3s.cattle.io/svcnamespace": namespace },
    containers: ports.map(({ port, protocol }) => ({ name: `lb-${protocol.toLowerCase()}-${port}`, image: IMAGE, ports: [{ name: `lb-${protocol.toLowerCase()}-${port}`, port, protocol, hostPort: port }] })),
  };
}

function footprint(homelab: Homelab): Footprint {
  const { ingress } = homelab.platform;
  const workloads: FootprintWorkload[] = [];
  if (ingress.by === "traefik" && ingress.exposure === "load-balancer") {
    workloads.push(daemonSet(ingress.bundled ? "kube-system" : "traefik", "traefik", [{ port: ingress.httpPort, protocol: "TCP" }, { port: ingress.httpsPort, protocol: "TCP" }]));
  }
  for (const app of Object.values(homelab.apps)) {
    for (const service of Object.values(app.services)) {
      if (service.exposure.kind === "load-balancer") workloads.push(daemonSet(app.namespace, objectName(app, service.name), service.ports));
    }
  }
  return { workloads };
}

export const servicelb: Component = {
  name: "servicelb",
  summary: "k3s' own load balancer: every node answers on a Service's ports",
  at: ["platform", "loadBalancer"],
  isUsed: (homelab) => homelab.platform.loadBalancer.by === "servicelb" && isBundled(homelab, "servicelb"),
  install: () => "bundled",
  footprint,
};

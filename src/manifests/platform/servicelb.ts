/** k3s' own load balancer: a DaemonSet for each Service of type LoadBalancer that takes the Service's ports on every node. k3s makes them as Services come, and so does the embedded cluster: nothing of it is among the manifests. */
import { isBundled, type Component } from "./component.ts";

export const servicelb: Component = {
  name: "servicelb",
  summary: "k3s' own load balancer: every node answers on a Service's ports",
  at: ["platform", "loadBalancer"],
  isUsed: (homelab) => homelab.platform.loadBalancer.by === "servicelb" && isBundled(homelab, "servicelb"),
  install: () => "bundled",
  footprint: () => ({ workloads: [] }),
};

/** MetalLB: gives Services of type LoadBalancer an address of the home network. */
import type { Homelab } from "../../config/homelab.ts";
import type { Advertisement, IPAddressPool } from "../kinds/metallb.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";

const AT = ["platform", "loadBalancer"];
const NAMESPACE = "metallb-system";

function renderPools(homelab: Homelab): RenderedObject[] {
  const { pools, mode } = homelab.platform.loadBalancer;
  const labels = componentLabels("metallb");
  const names = Object.keys(pools);
  const objects = Object.values(pools).map((pool) => rendered<IPAddressPool>([...AT, "pools", pool.name], {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name: pool.name, namespace: NAMESPACE, labels },
    // Some home routers drop traffic to .0 and .255.
    spec: { addresses: [...pool.addresses], autoAssign: pool.autoAssign, avoidBuggyIPs: true },
  }));
  if (names.length > 0) {
    objects.push(rendered<Advertisement>([...AT, "mode"], {
      apiVersion: "metallb.io/v1beta1",
      kind: mode === "bgp" ? "BGPAdvertisement" : "L2Advertisement",
      metadata: { name: "homelab", namespace: NAMESPACE, labels },
      spec: { ipAddressPools: names },
    }));
  }
  return objects;
}

export const metallb: Component = {
  name: "metallb",
  summary: "addresses of the home network for load balancers",
  at: AT,
  isUsed: (homelab) => homelab.platform.loadBalancer.by === "metallb",
  install: () => "chart",
  objects: renderPools,
  // Layer 2 needs no routing daemon beside the speaker; BGP is spoken by FRR.
  charts: (homelab) => [pinnedChart("metallb", AT, NAMESPACE, homelab.platform.loadBalancer.mode === "bgp" ? {} : { speaker: { frr: { enabled: false } }, frrk8s: { enabled: false } })],
  footprint: () => {
    const version = componentVersion("metallb").app;
    const labels = (component: string) => ({ "app.kubernetes.io/name": "metallb", "app.kubernetes.io/instance": "metallb", "app.kubernetes.io/component": component });
    return {
      workloads: [
        { kind: "Deployment", namespace: NAMESPACE, name: "metallb-controller", labels: labels("controller"), serviceAccount: "metallb-controller", containers: [{ name: "controller", image: `quay.io/metallb/controller:${version}`, ports: [{ name: "monitoring", port: 7472 }], ready: { path: "/metrics", port: 7472 } }] },
        {
          kind: "DaemonSet", namespace: NAMESPACE, name: "metallb-speaker", labels: labels("speaker"), serviceAccount: "metallb-speaker", hostNetwork: true, tolerates: "control-plane",
          containers: [{ name: "speaker", image: `quay.io/metallb/speaker:${version}`, ports: [{ name: "monitoring", port: 7472 }, { name: "memberlist-tcp", port: 7946 }], ready: { path: "/metrics", port: 7472 } }],
        },
      ],
    };
  },
  crds: ["metallb"],
};

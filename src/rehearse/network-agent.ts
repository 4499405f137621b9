/** The agent of the pods' network on each machine, and what its plugin does without it. Undefined where it is no pod: k3s' flannel ends with k3s itself. */
import type { Homelab } from "../config/homelab.ts";
import type { WithoutAgent } from "../sim/kubelet/pod-network.ts";

const HOUR_MS = 3_600_000;
/** The API token in `calico-kubeconfig` is good for a day and replaced after a quarter of it (calico `node/pkg/cni/token_watch.go`): it has at least so long left. */
const CALICO_TOKEN_MS = 18 * HOUR_MS;
/** How long others keep a neighbour's routes after its BGP daemon has gone: `graceful restart time` of BIRD, and kube-router's `--bgp-graceful-restart-time`. */
const BIRD_RESTART_MS = 120_000;
const KUBE_ROUTER_RESTART_MS = 90_000;
/** `client.NewDefaultClientWithTimeout` of cilium-cni. */
const CILIUM_WAIT_MS = 30_000;
/** Where packets to pods go by routes that machines tell each other. */
const BY_BGP: readonly Homelab["kubernetes"]["network"]["backend"][] = ["bgp", "ipip", "host-gw"];

export function networkAgentOf({ kubernetes: { distribution, network } }: Homelab): WithoutAgent | undefined {
  const proxy = network.proxy === "none" ? ({ isServiceProxy: true } as const) : {};
  switch (network.cni) {
    // Its plugin only asks for a file that the daemon writes to /run: gone with a boot.
    case "flannel":
      return distribution === "k3s"
        ? undefined
        : {
            namespace: "kube-flannel",
            labels: { app: "flannel" },
            refusal: { error: "plugin type=\"flannel\" failed (add): failed to load flannel 'subnet.env' file: open /run/flannel/subnet.env: no such file or directory. Check the flannel pod log for this node.", waitMs: 0, from: "boot" },
          };
    // Its plugin gives addresses and routes by itself; Felix alone lets packets of a new interface through.
    case "calico":
      return {
        namespace: "calico-system",
        labels: { "k8s-app": "calico-node" },
        refusal: { error: 'plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized', waitMs: 0, from: CALICO_TOKEN_MS },
        leavesUnwired: true,
        ...(BY_BGP.includes(network.backend) ? { routesLastMs: BIRD_RESTART_MS } : {}),
      };
    // Its plugin asks the agent for everything.
    case "cilium":
      return {
        ...proxy,
        namespace: "kube-system",
        labels: { "k8s-app": "cilium" },
        refusal: { error: 'plugin type="cilium-cni" failed (add): unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: Get "http://localhost/v1/config": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory', waitMs: CILIUM_WAIT_MS, from: 0 },
      };
    // The bridge plugin needs nobody.
    case "kube-router":
      return { ...proxy, namespace: "kube-system", labels: { "k8s-app": "kube-router" }, routesLastMs: KUBE_ROUTER_RESTART_MS };
    case "none":
      return undefined;
  }
}

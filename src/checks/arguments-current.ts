/** No component is given a flag that is gone: it would not start. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Path } from "../config/finding.ts";
import type { Argument, ExtraArgs } from "../config/homelab.ts";
import type { Check, CheckResult } from "./check.ts";

type Component = keyof ExtraArgs;

interface GoneFlag {
  component: Component;
  name: string;
  /** Matches the value where only some values are gone. */
  value?: RegExp;
  minor: number;
  what: string;
  instead: string;
}

const DOCKERSHIM = "Remove it: the runtime is found by its socket, and containerd is the default.";
const CNI = "Remove it: the container runtime reads /etc/cni/net.d itself.";

/** What is no longer in the flags of Kubernetes 1.36.3, with the release that took it away (CHANGELOGs). */
const GONE: readonly GoneFlag[] = [
  { component: "apiServer", name: "insecure-port", minor: 24, what: "The insecure port 8080", instead: "Use 6443 with a certificate or token." },
  { component: "apiServer", name: "insecure-bind-address", minor: 24, what: "The insecure port 8080", instead: "Use 6443 with a certificate or token." },
  { component: "apiServer", name: "basic-auth-file", minor: 19, what: "Password files", instead: "Use client certificates, service account tokens or OIDC." },
  { component: "apiServer", name: "kubelet-https", minor: 22, what: "Plain HTTP to kubelets", instead: "Remove it: HTTPS is always used." },
  { component: "apiServer", name: "enable-admission-plugins", value: /\bPodSecurityPolicy\b/, minor: 25, what: "PodSecurityPolicy", instead: "Remove PodSecurityPolicy from the list: namespaces carry Pod Security levels (apps' security: restricted)." },
  { component: "controllerManager", name: "port", minor: 24, what: "The insecure port 10252", instead: "Use 10257 (HTTPS)." },
  { component: "controllerManager", name: "address", minor: 24, what: "The insecure port 10252", instead: "Use bind-address." },
  { component: "controllerManager", name: "pod-eviction-timeout", minor: 27, what: "The eviction timeout of the controller", instead: "Pods say it themselves: a toleration of node.kubernetes.io/unreachable with seconds (300 by default)." },
  { component: "controllerManager", name: "enable-taint-manager", minor: 27, what: "The switch of taint-based eviction", instead: "Remove it: it is always on." },
  { component: "controllerManager", name: "experimental-cluster-signing-duration", minor: 25, what: "The flag", instead: "Use cluster-signing-duration." },
  { component: "scheduler", name: "port", minor: 24, what: "The insecure port 10251", instead: "Use 10259 (HTTPS)." },
  { component: "scheduler", name: "address", minor: 24, what: "The insecure port 10251", instead: "Use bind-address." },
  { component: "scheduler", name: "policy-config-file", minor: 23, what: "Scheduling policies", instead: "Use a KubeSchedulerConfiguration with config." },
  { component: "scheduler", name: "algorithm-provider", minor: 23, what: "Algorithm providers", instead: "Use a KubeSchedulerConfiguration with config." },
  { component: "kubelet", name: "container-runtime", minor: 27, what: "The choice of a runtime (dockershim)", instead: DOCKERSHIM },
  { component: "kubelet", name: "docker-endpoint", minor: 24, what: "dockershim", instead: DOCKERSHIM },
  { component: "kubelet", name: "container-runtime-endpoint", value: /lxe|rktlet|frakti|dockershim/, minor: 26, what: "Runtimes that speak only CRI v1alpha2 (LXE, rktlet, frakti, dockershim)", instead: "Use containerd or cri-o: containerRuntime: containerd." },
  { component: "kubelet", name: "image-service-endpoint", value: /lxe|rktlet|frakti|dockershim/, minor: 26, what: "Runtimes that speak only CRI v1alpha2 (LXE, rktlet, frakti, dockershim)", instead: "Use containerd or cri-o: containerRuntime: containerd." },
  { component: "kubelet", name: "network-plugin", minor: 24, what: "The kubelet's own network plugins", instead: CNI },
  { component: "kubelet", name: "cni-bin-dir", minor: 24, what: "The kubelet's own network plugins", instead: CNI },
  { component: "kubelet", name: "cni-conf-dir", minor: 24, what: "The kubelet's own network plugins", instead: CNI },
  { component: "kubelet", name: "pod-infra-container-image", minor: 35, what: "The pause image", instead: "Set sandbox_image in the container runtime's configuration." },
  { component: "kubelet", name: "dynamic-config-dir", minor: 24, what: "Dynamic kubelet configuration", instead: "Remove it: the configuration is a file, changed with kubernest up." },
  { component: "kubeProxy", name: "proxy-mode", value: /^userspace$/, minor: 26, what: "The userspace mode", instead: "Use network: { proxy: nftables }." },
  { component: "server", name: "no-deploy", minor: 25, what: "The flag", instead: "Use kubernetes.disable." },
  { component: "server", name: "cluster-secret", minor: 25, what: "The flag", instead: "Remove it: the token is kept in the secrets file." },
  { component: "server", name: "flannel-backend", value: /^(ipsec|wireguard)$/, minor: 27, what: "This backend", instead: "Use network: { backend: wireguard-native }." },
];

export const argumentsCurrent: Check = {
  id: "arguments-current",
  severity: "error",
  summary: "Extra arguments are ones that the component of this version still has.",
  why: "A component that is given an unknown flag exits at once, again and again: the API or a node never comes up. Old guides name many (dockershim, rktlet, LXE, PodSecurityPolicy, the ports 10251 and 10252).",
  examples: {
    good: `
      kubernetes:
        extraArgs: { apiServer: { enable-admission-plugins: NodeRestriction } }`,
    bad: `
      kubernetes:
        extraArgs:
          apiServer:
            enable-admission-plugins: NodeRestriction,PodSecurityPolicy # ✗
          kubelet:
            container-runtime: remote # ✗
            container-runtime-endpoint: unix:///run/lxe.sock # ✗
          scheduler:
            port: 10251 # ✗`,
  },
  check({ homelab }) {
    const minor = parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? 0;
    const { extraArgs } = homelab.kubernetes;
    const results: CheckResult[] = [];
    const look = (component: Component, list: readonly Argument[], base: Path): void => {
      for (const argument of list) {
        const gone = GONE.find((flag) => flag.component === component && flag.name === argument.name && minor >= flag.minor && (flag.value?.test(argument.value) ?? true));
        if (gone === undefined) continue;
        results.push({
          path: [...base, argument.name],
          value: argument.value,
          message: `${gone.what} left ${component === "server" || component === "agent" ? "k3s" : "Kubernetes"} with 1.${gone.minor}: --${argument.name}${gone.value === undefined ? "" : `=${argument.value}`} stops this component of 1.${minor}`,
          fix: gone.instead,
        });
      }
    };
    for (const component of Object.keys(extraArgs) as Component[]) look(component, extraArgs[component], ["kubernetes", "extraArgs", component]);
    for (const machine of Object.values(homelab.machines)) look("kubelet", machine.kubeletArgs, ["machines", machine.name, "kubeletArgs"]);
    return results;
  },
};

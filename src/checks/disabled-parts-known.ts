/** What is left out is something that the distribution has. */
import { nearestName } from "../lib/nearest-name.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";

/** k3s: --disable's components and its --disable-X flags (docs.k3s.io, server). kubeadm: addons that can be skipped. */
const PARTS = {
  k3s: ["coredns", "servicelb", "traefik", "local-storage", "metrics-server", "runtimes", "helm-controller", "kube-proxy", "network-policy", "cloud-controller", "scheduler", "controller-manager", "apiserver", "etcd"],
  kubeadm: ["coredns", "kube-proxy"],
} as const;

export const disabledPartsKnown: Check = {
  id: "disabled-parts-known",
  severity: "error",
  summary: "`kubernetes.disable` names parts that the distribution has, and none that the platform asks for.",
  why: "k3s ignores an unknown part in --disable without a word: what was to be left out runs.",
  examples: {
    good: `
      kubernetes: { distribution: k3s, disable: [helm-controller] }`,
    bad: `
      kubernetes:
        distribution: k3s
        disable:
          - service-lb # ✗`,
  },
  check({ homelab }) {
    const { distribution, disable } = homelab.kubernetes;
    const known: readonly string[] = PARTS[distribution];
    const { platform } = homelab;
    const needed: Readonly<Record<string, string | undefined>> = {
      servicelb: platform.loadBalancer.by === "servicelb" ? "platform.loadBalancer" : undefined,
      "metrics-server": platform.metrics.enabled ? "platform.metrics" : undefined,
    };
    return disable.flatMap((part, index): CheckResult[] => {
      const path = ["kubernetes", "disable", index];
      if (!known.includes(part)) {
        const didYouMean = part === "klipper-lb" ? "servicelb" : part === "local-path" ? "local-storage" : nearestName(part, known);
        return [{ path, value: part, message: `${distribution} has no part ${part} to leave out`, expected: `one of ${known.join(", ")}`, didYouMean, fix: didYouMean === undefined ? "Remove it." : `Write ${didYouMean}.` }];
      }
      const by = own(needed, part);
      if (by === undefined) return [];
      return [{ path, value: part, severity: part === "servicelb" ? "error" : "warning", message: `${part} is left out, and ${by} asks for it`, expected: `${by} without it`, fix: `Remove ${part} from disable, or change ${by}.` }];
    });
  },
};

/** A reader is told of kube-vip's own bootstrap trouble before meeting it. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check } from "./check.ts";

export const kubeVipFirstStart: Check = {
  id: "kube-vip-first-start",
  severity: "info",
  summary: "With kubeadm 1.29 and newer, kube-vip's first start needs super-admin.conf.",
  why: "admin.conf has no rights until `kubeadm init` has finished, but init waits for the endpoint that kube-vip carries: the first machine's kube-vip must read super-admin.conf until then (kube-vip #684, kubespray #11229).",
  examples: {
    good: `
      kubernetes: { distribution: k3s, endpoint: { address: 192.168.1.10, by: kube-vip } }`,
    bad: `
      kubernetes:
        distribution: kubeadm
        version: v1.36.3
        endpoint: { address: 192.168.1.10, by: kube-vip } # ✗`,
  },
  check({ homelab }) {
    const { distribution, endpoint, version } = homelab.kubernetes;
    const minor = parseKubernetesVersion(version)?.minor ?? 0;
    if (distribution !== "kubeadm" || endpoint.by !== "kube-vip" || minor < 29) return [];
    return [
      {
        path: ["kubernetes", "endpoint", "by"],
        value: "kube-vip",
        message: `on the first control plane kube-vip reads super-admin.conf until kubeadm init of 1.${minor} has finished, then admin.conf`,
        fix: "Nothing to do when Kubernest builds the cluster; by hand, change the kubeconfig in kube-vip's static pod for the time of init.",
      },
    ];
  },
};

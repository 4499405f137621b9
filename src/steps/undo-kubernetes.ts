/** Takes a machine out of its cluster and Kubernetes off the machine: kubeadm's own reset first, then what it leaves. Only what we put there. */
import { KUBELET_DROP_IN_PATH, KUBELET_UNIT_PATH } from "../manifests/cluster/kubelet-unit.ts";
import type { Homelab } from "../config/homelab.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Change } from "./change.ts";
import type { Decision, Step } from "./step.ts";
import { isItself, isThere } from "./wanted-file.ts";

const BINARIES = ["kubeadm", "kubelet", "kubectl"].map((name) => `/usr/local/bin/${name}`);
/** Data and configuration that only a node has. */
const DATA = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/etc/cni/net.d", "/opt/cni/bin", "/var/lib/cni", "/run/flannel", "/var/lib/calico", "/etc/calico"];
const LINKS = ["cni0", "flannel.1", "flannel-v6.1", "flannel-wg", "flannel-wg-v6", "kube-ipvs0", "cilium_host", "cilium_net", "cilium_vxlan", "vxlan.calico", "nodelocaldns"];
const RESET_DEADLINE_MS = 5 * 60_000;

/** Rules of kube-proxy, of the network plugins and of flannel; everybody else's stay. */
const RULES = `for command in iptables ip6tables; do
  command -v $command-save >/dev/null 2>&1 || continue
  $command-save 2>/dev/null | grep -q -e KUBE- -e CNI- -e FLANNEL -e cali- || continue
  $command-save | grep -v -e KUBE- -e CNI- -e FLANNEL -e cali- -e '10-flannel' | $command-restore
done
if command -v nft >/dev/null 2>&1; then for table in "ip kube-proxy" "ip6 kube-proxy" "inet flannel-ipv4" "inet flannel-ipv6"; do nft delete table $table 2>/dev/null || :; done; fi`;

/** kube-vip that is killed leaves the API's address behind: the machine would go on answering for it. */
export function letAddressGo(facts: MachineFacts, { kubernetes: { endpoint } }: Homelab): Change[] {
  if (endpoint.by !== "kube-vip" || endpoint.address === undefined) return [];
  return facts.network.interfaces.flatMap(({ name, addresses }) =>
    addresses.filter((own) => own.split("/")[0] === endpoint.address).map((own): Change => ({ step: "undo-kubernetes", summary: `let the API's address ${endpoint.address} go`, why: `${name} has it`, risk: "disrupts", run: [{ do: "script", script: { text: `ip address delete ${own} dev ${name} 2>/dev/null || :` }, shown: `ip address delete ${own} dev ${name}`, deadlineMs: 10_000 }] })),
  );
}

export const undoKubernetes: Step = {
  id: "undo-kubernetes",
  summary: "takes the machine out of the cluster, and Kubernetes off the machine",
  concerns: () => true,
  questions: () => ({ files: [...DATA, KUBELET_UNIT_PATH, KUBELET_DROP_IN_PATH], stamps: BINARIES, units: ["kubelet.service"], directories: ["/sys/class/net"] }),
  decide(facts, { homelab }): Decision {
    const { kubeadm, others, k3s } = facts.kubernetes;
    if (kubeadm !== undefined && !kubeadm.isOurs && !kubeadm.isHalfDone && (kubeadm.hasJoined || kubeadm.hasEtcdData)) return { refused: "its cluster was made by another hand", hint: "kubeadm reset on the machine itself takes it away" };
    if (others.length > 0 && kubeadm === undefined && k3s === undefined) return [];
    const changes: Change[] = [];
    const change = (summary: string, why: string, script: string, deadlineMs = 120_000): void => void changes.push({ step: "undo-kubernetes", summary, why, risk: "destroys", run: [{ do: "script", script: { text: script }, shown: summary, deadlineMs }] });
    if (kubeadm !== undefined && (kubeadm.hasJoined || kubeadm.hasEtcdData || kubeadm.isHalfDone || kubeadm.isControlPlane))
      // A cluster that does not answer any more must not keep the machine from leaving it.
      change(kubeadm.isControlPlane ? "leave the cluster, with its etcd member and its data (kubeadm reset)" : "leave the cluster (kubeadm reset)", "it is part of a cluster", "kubeadm reset --force || :\nctr -n k8s.io tasks ls -q 2>/dev/null | xargs -r -n1 ctr -n k8s.io tasks kill --signal SIGKILL 2>/dev/null || :", RESET_DEADLINE_MS);
    const kubelet = facts.units["kubelet.service"];
    const unitFiles = [KUBELET_DROP_IN_PATH, KUBELET_UNIT_PATH].filter((path) => isThere(facts, path));
    if (unitFiles.length > 0 || (kubelet !== undefined && kubelet.load !== "not-found"))
      change("take the kubelet's unit away", "it is there", `systemctl disable --now kubelet 2>/dev/null || :\nrm -rf ${KUBELET_UNIT_PATH} ${KUBELET_UNIT_PATH}.d\nsystemctl daemon-reload\nsystemctl reset-failed kubelet 2>/dev/null || :`);
    const data = DATA.filter((path) => isThere(facts, path));
    if (data.length > 0)
      // What is still mounted below is let go first: a volume's content must not be removed with its mount point.
      change(`remove ${data.join(", ")}`, "data and configuration of a node", `awk '$2 ~ "^(/var/lib/kubelet|/run/netns/cni-)" { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount "$mount" || umount -l "$mount"; done\nfor path in ${data.join(" ")}; do if mountpoint -q "$path"; then find "$path" -mindepth 1 -delete; else rm -rf -- "$path"; fi; done`);
    const links = LINKS.filter((name) => facts.network.interfaces.some((link) => link.name === name));
    if (links.length > 0 || data.length > 0) change(`remove ${[...links.map((name) => `the network link ${name}`), "the packet rules of Kubernetes"].join(", ")}`, "they are Kubernetes' own", `${links.map((name) => `ip link delete ${name} 2>/dev/null || :`).join("\n")}\n${RULES}`);
    changes.push(...letAddressGo(facts, homelab));
    const binaries = BINARIES.filter((path) => isItself(facts, path));
    if (binaries.length > 0) change(`remove ${binaries.join(", ")}`, "they are there", `rm -f -- ${binaries.join(" ")}`);
    return changes;
  },
};

/**
 * Takes our k3s off the machine: its pods live on when the service stops, so they are ended first; then mounts, data, the binary, and last what says that it is ours, so that
 * a reset that was interrupted can go on. The kubelet's data, network links and packet rules are as kubeadm's, and `undo-kubernetes` sees to them.
 */
import { shellWords } from "../lib/shell-quote.ts";
import type { Decision, Step } from "./step.ts";

const PROGRAM = "/usr/local/bin/k3s";
const UNITS = ["k3s", "k3s-agent"] as const;
const CONFIGURATION = ["/etc/rancher/k3s", "/etc/rancher/node"];
/** Made for what is below them; others of Rancher's may share them. */
const PARENTS = ["/etc/rancher", "/var/lib/rancher"];
const UNIT_FILES = UNITS.flatMap((name) => [`/etc/systemd/system/${name}.service`, `/etc/systemd/system/${name}.service.d`, `/etc/systemd/system/${name}.service.env`]);
const RUNTIME = "/run/k3s";

/** All of it is found out on the machine: what is gone already is no error. */
export function undoK3sScript(dataDir: string): string {
  const data = shellWords([dataDir]);
  return `for unit in ${UNITS.join(" ")}; do systemctl disable --now $unit 2>/dev/null || :; done
end_tree() {
  for child in $(pgrep -P "$1" || :); do end_tree "$child"; done
  kill -9 "$1" 2>/dev/null || :
}
for process in /proc/[0-9]*; do
  case $(readlink "$process/exe" 2>/dev/null || :) in ${data}/data/*/bin/containerd-shim*) end_tree "\${process#/proc/}" ;; esac
done
below() { while read -r _ mount _; do case $mount in "$1"*) printf '%s\\n' "$mount" ;; esac; done </proc/mounts | sort -r; }
for prefix in ${RUNTIME}/ ${data}/ /var/lib/kubelet/pods/ /var/lib/kubelet/plugins/ /run/netns/cni-; do
  below "$prefix" | while read -r mount; do umount "$mount" || umount -l "$mount"; done
done
for namespace in /run/netns/cni-*; do [ ! -e "$namespace" ] || ip netns delete "\${namespace##*/}" || :; done
for path in ${RUNTIME} ${data}; do
  if mountpoint -q "$path"; then find "$path" -xdev -mindepth 1 -delete; else rm -rf --one-file-system -- "$path"; fi
done
for name in kubectl crictl ctr; do
  case $(readlink "/usr/local/bin/$name" 2>/dev/null || :) in k3s | ${PROGRAM}) rm -f -- "/usr/local/bin/$name" ;; esac
done
rm -f -- ${PROGRAM}
rm -rf -- ${[...CONFIGURATION, ...UNIT_FILES].join(" ")}
rmdir -- ${PARENTS.join(" ")} 2>/dev/null || :
systemctl daemon-reload
for unit in ${UNITS.join(" ")}; do systemctl reset-failed $unit 2>/dev/null || :; done`;
}

export const undoK3s: Step = {
  id: "undo-k3s",
  summary: "takes k3s off the machine, with its pods and its data",
  concerns: () => true,
  decide(facts, want): Decision {
    const { k3s } = facts.kubernetes;
    if (k3s === undefined) return [];
    if (!k3s.isOurs) {
      // A program alone holds nothing, and is somebody's: it stays.
      if (!k3s.hasData) return [];
      return { refused: "its k3s was installed by another hand", hint: `${k3s.role === "agent" ? "k3s-agent-uninstall.sh" : "k3s-uninstall.sh"} on the machine itself takes it away` };
    }
    const { dataDir } = want.homelab.kubernetes;
    const what = k3s.role === "agent" ? "k3s' agent" : "k3s";
    return [
      {
        step: "undo-k3s",
        summary: k3s.hasData ? `take ${what} away, with its pods and ${dataDir}` : `take ${what} away`,
        why: "it was put here for Kubernetes",
        risk: "destroys",
        run: [{ do: "script", script: { text: undoK3sScript(dataDir) }, shown: `systemctl disable --now ${UNITS.join(" ")}; rm -rf ${[dataDir, PROGRAM, ...CONFIGURATION].join(" ")}`, deadlineMs: 5 * 60_000 }],
      },
    ];
  },
};

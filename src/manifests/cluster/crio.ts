/** CRI-O's configuration and unit: systemd's cgroups, the pause image that kubeadm names, registries as containers-registries.conf(5) has them. Its own defaults for all else. */
import type { Homelab } from "../../config/homelab.ts";
import { pauseImage } from "./artifacts.ts";
import { mirrorUrl } from "./registries.ts";

export const CRIO_CONFIG = "/etc/crio/crio.conf.d/90-kubernest.conf";
export const CRIO_POLICY = "/etc/crio/policy.json";
export const CRIO_REGISTRIES = "/etc/containers/registries.conf.d/90-kubernest.conf";
export const CRIO_UNIT_PATH = "/etc/systemd/system/crio.service";

/** Files are read in the order of their names: who writes one behind ours has the last word. */
export function crioConfigText(homelab: Homelab): string {
  return `# kubernest
[crio.image]
pause_image = "${pauseImage(homelab)}"
signature_policy = "${CRIO_POLICY}"

[crio.runtime]
cgroup_manager = "systemd"
conmon_cgroup = "pod"
default_runtime = "crun"
pinns_path = "/usr/local/bin/pinns"

[crio.runtime.runtimes.crun]
runtime_path = "/usr/local/bin/crio-crun"
runtime_root = "/run/crun"
monitor_path = "/usr/local/bin/crio-conmon"

[crio.network]
network_dir = "/etc/cni/net.d"
plugin_dirs = ["/opt/cni/bin"]
`;
}

/** As every distribution ships it; without one, CRI-O pulls nothing. */
export const CRIO_POLICY_TEXT = `${JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }, undefined, 2)}\n`;

const host = (url: string): string => mirrorUrl(url).replace(/^https?:\/\//, "").replace(/\/+$/, "");

/** Short names are Docker Hub's, as with containerd. A mirror's path stands before an image's own; the registry itself is asked last. Credentials are the pull secrets' business. */
export function crioRegistriesText(homelab: Homelab): string {
  const blocks = Object.values(homelab.registries).flatMap(({ name, mirrors, insecure }) => {
    if (mirrors.length === 0 && !insecure) return [];
    const entry = `[[registry]]\nprefix = "${name}"\nlocation = "${name}"\n${insecure ? "insecure = true\n" : ""}`;
    return [[entry, ...mirrors.map((mirror) => `[[registry.mirror]]\nlocation = "${host(mirror)}"\n${insecure || mirrorUrl(mirror).startsWith("http://") ? "insecure = true\n" : ""}`)].join("\n")];
  });
  return ["# kubernest\nunqualified-search-registries = [\"docker.io\"]\n", ...blocks].join("\n");
}

/** As upstream's own, for binaries in /usr/local/bin. Pods go on under their monitors while it is started anew. */
export const CRIO_UNIT = `# kubernest
[Unit]
Description=Container Runtime Interface for OCI (CRI-O)
Documentation=https://github.com/cri-o/cri-o
Wants=network-online.target
Before=kubelet.service
After=network-online.target

[Service]
Type=notify
ExecStart=/usr/local/bin/crio
ExecReload=/bin/kill -s HUP $MAINPID
TasksMax=infinity
LimitNOFILE=1048576
LimitNPROC=1048576
LimitCORE=infinity
OOMScoreAdjust=-999
TimeoutStartSec=0
Restart=on-failure
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

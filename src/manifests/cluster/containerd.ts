/** containerd's configuration and unit: systemd's cgroups, registries by directory, the pause image that kubeadm names. */
import type { Homelab } from "../../config/homelab.ts";
import { pauseImage } from "./artifacts.ts";

export const CONTAINERD_CONFIG = "/etc/containerd/config.toml";
export const CONTAINERD_CERTS = "/etc/containerd/certs.d";

/** containerd 2 reads version 3; 1.x reads version 2, where the same things stand elsewhere. */
export function containerdConfigText(homelab: Homelab, major: 1 | 2 = 2): string {
  const pause = pauseImage(homelab);
  if (major === 1)
    return `# kubernest
version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "${CONTAINERD_CERTS}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
  return `# kubernest
version = 3

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pause}"

[plugins."io.containerd.cri.v1.images".registry]
  config_path = "${CONTAINERD_CERTS}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
}

/** KillMode=process: containers outlive a restart of the daemon. */
export const CONTAINERD_UNIT = `# kubernest
[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service local-fs.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`;

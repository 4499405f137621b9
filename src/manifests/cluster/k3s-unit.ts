/** k3s' services as its own installer writes them, with what we know and it must ask: the version, and where secrets are. */
import type { Homelab } from "../../config/homelab.ts";
import { K3S_ENVIRONMENT_FILE } from "./k3s.ts";

export const K3S_PROGRAM = "/usr/local/bin/k3s";
export const K3S_UNITS = { server: "k3s.service", agent: "k3s-agent.service" } as const;
export type K3sRole = keyof typeof K3S_UNITS;

export function k3sUnitPath(role: K3sRole): string {
  return `/etc/systemd/system/${K3S_UNITS[role]}`;
}

/** By its description the version that a machine runs is known without starting it. */
export function k3sUnitText(homelab: Homelab, role: K3sRole): string {
  return `# kubernest
[Unit]
Description=k3s ${homelab.kubernetes.version} ${role}
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-${K3S_ENVIRONMENT_FILE}
# Pods live on while k3s is started anew.
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${K3S_PROGRAM} ${role}

[Install]
WantedBy=multi-user.target
`;
}

/** The version that a unit of ours was written for; undefined for anybody else's. */
export function k3sUnitVersion(text: string): string | undefined {
  return /^# kubernest\n(?:.*\n)*?Description=k3s (\S+) (?:server|agent)$/m.exec(text)?.[1];
}

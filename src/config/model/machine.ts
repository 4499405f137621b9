/** Machines: what a computer is, where it is reached, and what Kubernetes may use of it. */
import type { Labels, Quantity } from "./amounts.ts";
import type { Argument } from "./kubernetes.ts";

export type Role = "control-plane" | "worker" | "load-balancer";
export type Architecture = "amd64" | "arm64" | "arm";
export type OsName = "debian" | "raspberry-pi-os" | "ubuntu" | "arch" | "nixos";

export interface Machine {
  readonly name: string;
  /** Address or DNS name that SSH reaches; undefined while the machine is only planned. */
  readonly address: string | undefined;
  /** Empty for `none`. A control plane that is also a worker has both. */
  readonly roles: readonly Role[];
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  /** A name of the hardware table, such as `raspberry-pi-5`; undefined when unknown. */
  readonly hardware: string | undefined;
  readonly architecture: Architecture;
  readonly memory: Quantity;
  readonly cpu: Quantity;
  readonly disks: readonly Disk[];
  readonly os: { readonly name: OsName; readonly version: string | undefined; readonly bits: 32 | 64 };
  readonly ssh: { readonly user: string; readonly port: number; readonly key: string | undefined; readonly jump: string | undefined; /** Keys only. False: as the machine has it. */ readonly hardened: boolean };
  readonly sudo: "passwordless" | "password" | "root";
  /** Held back from pods on this machine. */
  readonly reserved: { readonly system: CpuMemory; readonly kubernetes: CpuMemory };
  readonly hostname: string;
  readonly fqdn: string | undefined;
  readonly network: MachineNetwork;
  readonly sysctls: Labels;
  readonly packages: readonly string[];
  /** systemd units to stop and disable: `bluetooth`. */
  readonly disableServices: readonly string[];
  readonly timeServers: readonly string[];
  /** As IANA names it; undefined: as the machine has it. */
  readonly timeZone: string | undefined;
  /** Of the journal on its disk; undefined: systemd's own limit. */
  readonly journalMax: Quantity | undefined;
  /** Extra kubelet arguments of this machine only. */
  readonly kubeletArgs: readonly Argument[];
}

export interface CpuMemory {
  readonly cpu: Quantity | undefined;
  readonly memory: Quantity | undefined;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface Disk {
  readonly kind: "sd" | "usb" | "hdd" | "ssd" | "nvme" | "virtual";
  readonly size: Quantity;
  readonly device: string | undefined;
  readonly use: "system" | "etcd" | "storage";
}

export interface MachineNetwork {
  readonly interface: string | undefined;
  /** With prefix length, `192.168.1.11/24`; several for dual stack. Empty: given by DHCP. */
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
  readonly resolvers: readonly string[];
  readonly search: readonly string[];
  /** The addresses Kubernetes knows the node by (`--node-ip`), without prefix. Empty: the node's own choice. */
  readonly nodeIps: readonly string[];
}

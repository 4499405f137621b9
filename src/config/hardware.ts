/**
 * Machines that people have at home, by name: what a machine is when the file says no more than `hardware:`. Memory is what the common
 * model has; `memory:` in the file wins. Sources: the makers' data sheets.
 */
import type { Architecture, Disk } from "./homelab.ts";

export interface Hardware {
  readonly title: string;
  readonly architecture: Architecture;
  /** Cores, as Kubernetes counts them (threads on x86). */
  readonly cpu: string;
  readonly memory: string;
  readonly disk: { readonly kind: Disk["kind"]; readonly size: string };
}

const table = {
  "raspberry-pi-2": { title: "Raspberry Pi 2", architecture: "arm", cpu: "4", memory: "1Gi", disk: { kind: "sd", size: "32G" } },
  // 924 MiB is what a 3B+ leaves after the GPU's share; not the 1 GiB on the box.
  "raspberry-pi-3": { title: "Raspberry Pi 3", architecture: "arm64", cpu: "4", memory: "924Mi", disk: { kind: "sd", size: "32G" } },
  "raspberry-pi-4": { title: "Raspberry Pi 4", architecture: "arm64", cpu: "4", memory: "4Gi", disk: { kind: "sd", size: "32G" } },
  "raspberry-pi-5": { title: "Raspberry Pi 5", architecture: "arm64", cpu: "4", memory: "8Gi", disk: { kind: "sd", size: "64G" } },
  "orange-pi-5": { title: "Orange Pi 5", architecture: "arm64", cpu: "8", memory: "8Gi", disk: { kind: "nvme", size: "256G" } },
  "rock-5b": { title: "Radxa Rock 5B", architecture: "arm64", cpu: "8", memory: "8Gi", disk: { kind: "nvme", size: "256G" } },
  "odroid-h4": { title: "ODROID-H4", architecture: "amd64", cpu: "4", memory: "16Gi", disk: { kind: "nvme", size: "256G" } },
  "mini-pc": { title: "mini PC (Intel N100 class)", architecture: "amd64", cpu: "4", memory: "16Gi", disk: { kind: "nvme", size: "512G" } },
  "thin-client": { title: "thin client", architecture: "amd64", cpu: "4", memory: "8Gi", disk: { kind: "ssd", size: "128G" } },
  pc: { title: "desktop PC (8 cores, 16 threads)", architecture: "amd64", cpu: "16", memory: "32Gi", disk: { kind: "nvme", size: "512G" } },
  vm: { title: "virtual machine", architecture: "amd64", cpu: "2", memory: "4Gi", disk: { kind: "virtual", size: "32G" } },
} as const satisfies Readonly<Record<string, Hardware>>;

export const HARDWARE: Readonly<Record<string, Hardware>> = table;

export const HARDWARE_NAMES = Object.keys(table) as [keyof typeof table, ...(keyof typeof table)[]];

/** What a machine is when the file says nothing: small enough that a plan for it fits on what people have. */
export const UNKNOWN_HARDWARE: Hardware = {
  title: "a machine that the file says nothing about",
  architecture: "amd64",
  cpu: "4",
  memory: "4Gi",
  disk: { kind: "ssd", size: "64G" },
};

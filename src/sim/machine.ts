import type { KubeletSettings } from "./kubelet/kubelet-settings.ts";

/** What the embedded cluster knows of a simulated machine. `rehearse` makes it from the homelab; `sim` never sees the file. */
export interface SimMachine {
  /** Node name. */
  name: string;
  isControlPlane: boolean;
  /** False for load balancers and machines that never become a node. */
  isNode: boolean;
  cpuMilli: number;
  memoryBytes: number;
  diskBytes: number;
  architecture: "amd64" | "arm64" | "arm" | "riscv64";
  osImage: string;
  kernelVersion: string;
  containerRuntime: string;
  kubeletVersion: string;
  labels: Record<string, string>;
  taints: { key: string; value?: string; effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute" }[];
  addresses: { type: "InternalIP" | "ExternalIP" | "Hostname"; address: string }[];
  podCidrs: string[];
  maxPods: number;
  /** What the operating system and the kubelet keep for themselves. */
  reserved: { cpuMilli: number; memoryBytes: number };
  kubelet: KubeletSettings;
  /** From power on to the kubelet's first heartbeat. */
  bootMs: number;
  /** Download and unpack speed for images. */
  pullBytesPerSecond: number;
}

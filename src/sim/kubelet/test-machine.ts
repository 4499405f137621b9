/** A small machine for tests. */
import type { SimMachine } from "../machine.ts";
import { KUBELET_DEFAULTS } from "./kubelet-settings.ts";

export function testMachine(name: string, overrides: Partial<SimMachine> = {}): SimMachine {
  const index = Number(/\d+$/.exec(name)?.[0] ?? 1);
  return {
    name,
    isControlPlane: false,
    isNode: true,
    cpuMilli: 4000,
    memoryBytes: 8 * 2 ** 30,
    diskBytes: 64e9,
    architecture: "arm64",
    osImage: "Debian GNU/Linux 12 (bookworm)",
    kernelVersion: "6.6.51+rpt-rpi-2712",
    containerRuntime: "containerd://2.1.4",
    kubeletVersion: "v1.36.1+k3s1",
    labels: {},
    taints: [],
    addresses: [{ type: "InternalIP", address: `192.0.2.${10 + index}` }],
    podCidrs: [`10.42.${index}.0/24`],
    maxPods: 110,
    reserved: { cpuMilli: 0, memoryBytes: 0 },
    kubelet: KUBELET_DEFAULTS,
    bootMs: 1000,
    pullBytesPerSecond: 10e6,
    ...overrides,
  };
}

/** The width of the system is one that the processor and Kubernetes have. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes } from "./derived/machines.ts";

const ARM_DROPPED_IN_MINOR = 27;

export const bitsMatchArchitecture: Check = {
  id: "bits-match-architecture",
  severity: "error",
  summary: "Nodes run a system of 64 bits, or are said to be 32-bit ARM under k3s.",
  why: "Images and binaries are chosen by the system's width, not the processor's: a 32-bit Raspberry Pi OS needs arm images. Kubernetes has no 32-bit x86 nodes, and since 1.27 no 32-bit ARM ones (kubernetes #115742); k3s still builds for 32-bit ARM.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12, architecture: arm, os: { name: raspberry-pi-os, bits: 32 } }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2:
          address: 192.168.1.12
          architecture: amd64
          os: { name: debian, bits: 32 } # ✗`,
  },
  check({ homelab }) {
    const { distribution, version } = homelab.kubernetes;
    const minor = parseKubernetesVersion(version)?.minor ?? 0;
    return nodes(homelab).flatMap((machine): CheckResult[] => {
      if (machine.os.bits === 32 && machine.architecture !== "arm") {
        const couldBeArm = machine.architecture === "arm64" && distribution === "k3s";
        return [
          {
            path: ["machines", machine.name, "os", "bits"],
            value: "32",
            message: `${machine.name} runs a 32-bit system, and its architecture is ${machine.architecture}`,
            expected: couldBeArm ? "64, or architecture: arm" : "64",
            fix: couldBeArm ? "Install the 64-bit image, or write architecture: arm so that arm images are chosen." : "Install a 64-bit system.",
          },
        ];
      }
      if (machine.architecture === "arm" && distribution === "kubeadm" && minor >= ARM_DROPPED_IN_MINOR) {
        return [
          {
            path: ["machines", machine.name, "architecture"],
            value: "arm",
            message: `${machine.name} is 32-bit ARM, for which Kubernetes 1.${minor} has no kubelet`,
            expected: "arm64",
            fix: "Install the 64-bit image (Raspberry Pi 3 and newer can), or use distribution: k3s.",
          },
        ];
      }
      return [];
    });
  },
};

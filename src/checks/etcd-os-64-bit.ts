/** etcd runs on 64 bits. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const etcdOs64Bit: Check = {
  id: "etcd-os-64-bit",
  severity: "error",
  summary: "Machines that run etcd have a 64-bit operating system.",
  why: "etcd publishes no 32-bit builds, and warns of data races on 32-bit platforms (etcd.io, supported platforms); Kubespray cannot install it there.",
  examples: {
    good: `
      kubernetes: { datastore: etcd }
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], disk: { kind: ssd, size: 64G }, os: { name: raspberry-pi-os, bits: 64 } }`,
    bad: `
      kubernetes: { datastore: etcd }
      machines:
        pi1:
          address: 192.168.1.11
          roles: [control-plane, worker]
          hardware: raspberry-pi-4
          disk: { kind: ssd, size: 64G }
          os: { name: raspberry-pi-os, bits: 32 } # ✗`,
  },
  check({ homelab }) {
    if (homelab.kubernetes.datastore.kind !== "etcd") return [];
    return controlPlanes(homelab)
      .filter((machine) => machine.os.bits === 32)
      .map((machine) => ({
        path: ["machines", machine.name, "os", "bits"],
        value: "32",
        message: `${machine.name} runs etcd on a 32-bit system`,
        expected: "64",
        fix: "Install the 64-bit image (Raspberry Pi 3 and newer can), or use datastore: sqlite on a single k3s server.",
      }));
  },
};

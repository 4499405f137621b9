/** etcd does not write to an SD card. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const etcdOnSolidDisk: Check = {
  id: "etcd-on-solid-disk",
  severity: "warning",
  summary: "Machines that run etcd keep its data on an SSD or NVMe disk, not on an SD card, USB stick or hard disk.",
  why: "etcd waits for every write to reach the disk; SD cards take 0.5 s and more, leader leases (10 s) expire and k3s restarts for ever, and the card wears out (k3s #1850, #2615; docs.k3s.io, SD cards; etcd.io, disks).",
  examples: {
    good: `
      kubernetes: { datastore: etcd }
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], hardware: raspberry-pi-5, disk: { kind: nvme, size: 256G } }`,
    bad: `
      kubernetes: { datastore: etcd }
      machines:
        pi1: # ✗
          address: 192.168.1.11
          roles: [control-plane, worker]
          hardware: raspberry-pi-5`,
  },
  check({ homelab }) {
    if (homelab.kubernetes.datastore.kind !== "etcd") return [];
    return controlPlanes(homelab).flatMap((machine) => {
      const index = Math.max(0, machine.disks.findIndex((disk) => disk.use === "etcd"));
      const disk = machine.disks[index];
      if (disk === undefined || (disk.kind !== "sd" && disk.kind !== "usb" && disk.kind !== "hdd")) return [];
      const kind = { sd: "an SD card", usb: "a USB stick", hdd: "a hard disk" }[disk.kind];
      return [
        {
          path: ["machines", machine.name, "disks", index],
          at: "key",
          value: disk.kind,
          message: `etcd on ${machine.name} writes to ${kind}`,
          expected: "an SSD or NVMe disk",
          fix: `Give ${machine.name} an SSD (disks: with use: etcd), make another machine the control plane, or use datastore: sqlite on a single k3s server.`,
        },
      ];
    });
  },
};

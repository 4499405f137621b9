import type { MachineFacts } from "../../facts/machine-facts.ts";
import type { LiveCheck } from "./live-check.ts";

/** Containers show the firmware of the computer they run on. */
const CONTAINERS: readonly string[] = ["systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman"];

const MARKS: readonly (readonly [what: string, of: (facts: MachineFacts) => readonly (string | undefined)[], fix: string])[] = [
  ["hostname", ({ names }) => [names.hostname], "`kubernest up` names them by the file; if it is one machine at two addresses, correct the file."],
  ["machine-id", ({ hardware }) => [hardware.machineId], "On all but one: `rm /etc/machine-id && systemd-machine-id-setup`, then restart: they were copied from one image."],
  ["product_uuid", ({ hardware }) => (CONTAINERS.includes(hardware.virtualisation) ? [] : [hardware.productUuid]), "Give each virtual machine a UUID of its own in its hypervisor: clones share one."],
  ["MAC address", ({ network }) => network.interfaces.filter(({ isVirtual, isUp }) => !isVirtual && isUp).map(({ mac }) => mac), "Give each virtual machine a MAC address of its own; otherwise it is one machine at two addresses."],
];

export const machinesDistinct: LiveCheck = {
  id: "machines-distinct",
  severity: "error",
  summary: "No two machines share a hostname, MAC address, machine-id or product_uuid.",
  why: "kubeadm asks for it: nodes, leases of addresses and network plugins tell machines apart by these. https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#verify-mac-address",
  check: ({ facts }) =>
    MARKS.flatMap(([what, of, fix]) => {
      const owners = new Map<string, string[]>();
      for (const fact of Object.values(facts)) for (const mark of new Set(of(fact))) if (mark !== undefined && mark !== "" && !/^(00:?)+$/.test(mark)) owners.set(mark, [...(owners.get(mark) ?? []), fact.machine]);
      return [...owners].filter(([, machines]) => machines.length > 1).map(([mark, machines]) => ({ path: ["machines", machines[1]!], at: "key" as const, message: `${machines.join(" and ")} have the same ${what}, ${mark}`, value: mark, fix }));
    }),
};

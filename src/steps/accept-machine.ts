/** Whether the machine can become what the file says at all. It changes nothing: what stands in the way is named before anything is done, all of it at once. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import { KUBELET_ARGUMENTS_FILE, toleratesCgroupV1 } from "../facts/kubelet-arguments.ts";
import type { FilesystemFact, MachineFacts } from "../facts/machine-facts.ts";
import type { Refusal, Step, Want } from "./step.ts";

/** The kubelet does not start on control groups of version 1 from here on, unless it is told to. */
const CGROUP_V2_MINOR = 35;

/** Binaries and the first images; with less the kubelet would evict pods from the first minute on. */
const FREE_BYTES_MIN = 1024 ** 3;

type Rule = (facts: MachineFacts, want: Want) => Refusal | undefined;

function isNode({ machine }: Want): boolean {
  return machine.roles.includes("control-plane") || machine.roles.includes("worker");
}

function isMember({ kubernetes }: MachineFacts): boolean {
  return kubernetes.kubeadm?.hasJoined === true || kubernetes.k3s?.hasData === true;
}

const system: Rule = ({ system: { id, init, prettyName } }) => {
  if (id === "nixos") return { refused: "NixOS is configured by its own files, which `up` leaves alone", hint: "kubernest export nixos writes them" };
  if (init !== "systemd") return { refused: `its init is ${init}, and ${prettyName} without systemd is not built on`, hint: "Debian, Raspberry Pi OS, Ubuntu and Arch are, with systemd" };
  return undefined;
};

const architecture: Rule = ({ system: { architecture: there, machine: kernel } }, want) => {
  const { name, architecture: wanted } = want.machine;
  if (there === undefined) return { refused: `Kubernetes is not built for its processor (${kernel})`, hint: "amd64, arm64 and arm are built for" };
  if (there !== wanted) {
    const is32On64 = there === "arm" && kernel === "aarch64";
    return { refused: `it is ${there}${is32On64 ? " (a 64-bit kernel under a 32-bit system)" : ""}, and the file calls it ${wanted}`, hint: is32On64 ? "install the 64-bit system" : `set machines.${name}.architecture to ${there}` };
  }
  if (there === "arm" && want.machine.roles.includes("control-plane")) return { refused: "a control plane needs 64 bits: etcd is not supported on 32", hint: "install a 64-bit system, or make it a worker" };
  return undefined;
};

const memory: Rule = (facts, want) => {
  const { memoryMin } = want.homelab.kubernetes.kubelet;
  if (!isNode(want) || facts.hardware.memoryBytes >= memoryMin.value) return undefined;
  return { refused: `it has ${Math.floor(facts.hardware.memoryBytes / 1024 ** 2)} MiB of memory, less than kubernetes.kubelet.memoryMin (${memoryMin.text})`, hint: "lower kubernetes.kubelet.memoryMin, or leave the machine out with roles: [none]" };
};

const controlGroups: Rule = (facts, want) => {
  const { version, extraArgs } = want.homelab.kubernetes;
  const minor = parseKubernetesVersion(version)?.minor;
  if (!isNode(want) || facts.cgroup.version === "v2" || minor === undefined || minor < CGROUP_V2_MINOR) return undefined;
  const isTold = toleratesCgroupV1(facts) || [...extraArgs.kubelet, ...want.machine.kubeletArgs].some(({ name, value }) => name === "fail-cgroupv1" && value === "false");
  if (isTold) return undefined;
  return { refused: `it mounts control groups of version 1 (${facts.cgroup.version}), and the kubelet of ${version} wants version 2`, hint: "take systemd.unified_cgroup_hierarchy=0 and cgroup_no_v1 from the kernel's parameters, or install a newer system; kubelet argument fail-cgroupv1: \"false\" bids it go on for now" };
};

/** What Debian brings is too old for what the file asks, and Docker's containers would run under a containerd that we replace. */
const foreignRuntime: Rule = (facts, want) => {
  const { distribution, containerRuntime } = want.homelab.kubernetes;
  if (!isNode(want)) return undefined;
  // k3s brings its own, and it lives beside others.
  if (distribution === "k3s") return undefined;
  if (isMember(facts)) return undefined;
  const { containerd, crio, docker } = facts.runtime;
  if (containerRuntime === "cri-o") return crio === undefined || crio === "unpackaged" ? undefined : { refused: `the system's own CRI-O (${crio}) is on it, and \`up\` installs upstream's`, hint: "apt-get remove cri-o; its images and containers stay on the disk" };
  if (docker !== undefined) return { refused: `Docker (${docker}) is on it, and shares the containerd that Kubernetes needs for itself`, hint: "if nobody needs it: apt-get remove docker.io docker-ce containerd containerd.io; else take another machine" };
  if (containerd !== undefined && containerd !== "unpackaged") return { refused: `the system's own containerd (${containerd}) is on it, and \`up\` installs upstream's`, hint: "apt-get remove containerd containerd.io; its images and containers stay on the disk" };
  return undefined;
};

function filesystemOf(facts: MachineFacts, path: string): FilesystemFact | undefined {
  const within = facts.filesystems.filter(({ mountPoint }) => mountPoint === "/" || path === mountPoint || path.startsWith(`${mountPoint}/`));
  return within.sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
}

const readOnly: Rule = (facts) => {
  const closed = [...new Set(["/etc", "/usr/local/bin", "/var/lib"].map((path) => filesystemOf(facts, path)).filter((found) => found?.isReadOnly === true).map((found) => found!.mountPoint))];
  if (closed.length === 0) return undefined;
  return { refused: `${closed.join(", ")} cannot be written`, hint: "a disk with errors is mounted so (dmesg says more); an overlay of Raspberry Pi OS is turned off with raspi-config" };
};

const room: Rule = (facts, want) => {
  const found = filesystemOf(facts, "/var/lib");
  if (!isNode(want) || isMember(facts) || found === undefined || found.freeBytes >= FREE_BYTES_MIN) return undefined;
  return { refused: `${found.mountPoint} has ${Math.floor(found.freeBytes / 1024 ** 2)} MiB left, and images need room`, hint: "make room: journalctl --vacuum-size=100M, apt-get clean; a card that was never grown to its size: raspi-config --expand-rootfs" };
};

/** Two addresses of one machine, or an address that is another's: it must not be given a second name. */
const another: Rule = (facts, want) => {
  const same = Object.entries(want.cluster.machines).find(([name, other]) => name !== want.machine.name && other.boot.id === facts.boot.id && other.hardware.machineId === facts.hardware.machineId);
  if (same === undefined) return undefined;
  return { refused: `it is the same machine as ${same[0]}: both addresses lead to it`, hint: `give machines.${want.machine.name}.address the address of a machine of its own` };
};

const RULES: readonly Rule[] = [another, system, architecture, memory, controlGroups, foreignRuntime, readOnly, room];

export const acceptMachine: Step = {
  id: "accept-machine",
  summary: "sees whether the machine can be what the file says",
  concerns: () => true,
  questions: () => ({ files: [KUBELET_ARGUMENTS_FILE] }),
  decide(facts, want) {
    const found = RULES.map((rule) => rule(facts, want)).filter((refusal) => refusal !== undefined);
    if (found.length === 0) return [];
    return { refused: found.map(({ refused }) => refused).join("; "), hint: found.map(({ hint }) => hint).join("; ") };
  },
};

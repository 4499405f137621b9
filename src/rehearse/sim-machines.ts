/** The machines of a homelab as the embedded cluster runs them. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { partsCarrying } from "../config/parts-carrying.ts";
import type { SimMachine } from "../sim/machine.ts";
import { kubeletSettings } from "./kubelet-settings.ts";

/** Seconds from power to the kubelet's first heartbeat, by board: a Pi boots from an SD card. Bounds taken from owners' reports, not guarantees. */
const BOOT_MS_PI = 25_000;
const BOOT_MS_PC = 15_000;
/** Download and unpacking on a home line: a Pi is bound by its card and cpu. */
const PULL_BYTES_PER_SECOND_PI = 8 * 1024 * 1024;
const PULL_BYTES_PER_SECOND_PC = 25 * 1024 * 1024;

const OS_IMAGES: Readonly<Record<Machine["os"]["name"], { image: string; kernel: string }>> = {
  debian: { image: "Debian GNU/Linux 13 (trixie)", kernel: "6.12.48+deb13" },
  "raspberry-pi-os": { image: "Debian GNU/Linux 13 (trixie)", kernel: "6.12.47+rpt-rpi-2712" },
  ubuntu: { image: "Ubuntu 24.04.3 LTS", kernel: "6.8.0-87-generic" },
  arch: { image: "Arch Linux", kernel: "6.17.9-arch1-1" },
  nixos: { image: "NixOS 26.05 (Yarara)", kernel: "6.12.50" },
};

const MASK_BITS_V4 = 24;

export function simMachines(homelab: Homelab): SimMachine[] {
  const machines = Object.values(homelab.machines);
  let nodeCount = 0;
  return machines.map((machine, index) => {
    const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
    const nodeIndex = isNode ? nodeCount++ : 0;
    const isPi = machine.hardware?.startsWith("raspberry-pi") ?? false;
    const { image, kernel } = OS_IMAGES[machine.os.name];
    const isControlPlane = machine.roles.includes("control-plane");
    const reserved = [machine.reserved.system, machine.reserved.kubernetes];
    return {
      name: machine.hostname,
      isControlPlane,
      isNode,
      cpuMilli: Math.round(machine.cpu.value * 1000),
      memoryBytes: machine.memory.value,
      diskBytes: machine.disks.find((disk) => disk.use === "system")?.size.value ?? machine.disks[0]?.size.value ?? DISK_BYTES_DEFAULT,
      architecture: machine.architecture,
      osImage: image,
      kernelVersion: machine.architecture === "amd64" ? kernel.replace("+rpt-rpi-2712", "") : kernel,
      containerRuntime: homelab.kubernetes.containerRuntime === "cri-o" ? "cri-o://1.36.0" : homelab.kubernetes.distribution === "k3s" ? "containerd://2.3.2-k3s2" : "containerd://2.3.7",
      kubeletVersion: homelab.kubernetes.version,
      labels: { ...roleLabels(homelab, machine), ...siteLabels(homelab, machine), ...machine.labels },
      taints: taintsOf(machine, isControlPlane),
      addresses: [
        ...nodeAddresses(machine, index).map((address) => ({ type: "InternalIP" as const, address })),
        { type: "Hostname" as const, address: machine.hostname },
      ],
      podCidrs: isNode ? homelab.kubernetes.network.pods.map((cidr) => sliceOf(cidr, nodeIndex, cidr.includes(":") ? homelab.kubernetes.network.nodePrefix.ipv6 : homelab.kubernetes.network.nodePrefix.ipv4)) : [],
      maxPods: homelab.kubernetes.kubelet.maxPods,
      reserved: {
        cpuMilli: sum(reserved.map((each) => Math.round((each.cpu?.value ?? 0) * 1000))),
        memoryBytes: sum(reserved.map((each) => each.memory?.value ?? 0)),
      },
      kubelet: kubeletSettings(homelab, machine),
      bootMs: isPi ? BOOT_MS_PI : BOOT_MS_PC,
      pullBytesPerSecond: isPi ? PULL_BYTES_PER_SECOND_PI : PULL_BYTES_PER_SECOND_PC,
    };
  });
}

const DISK_BYTES_DEFAULT = 32 * 1024 ** 3;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function roleLabels(homelab: Homelab, machine: Machine): Record<string, string> {
  const labels: Record<string, string> = {};
  if (machine.roles.includes("control-plane")) {
    // k3s says "true", kubeadm leaves the value empty; both are what `kubectl get nodes` reads.
    labels["node-role.kubernetes.io/control-plane"] = homelab.kubernetes.distribution === "k3s" ? "true" : "";
    if (homelab.kubernetes.distribution === "k3s" && homelab.kubernetes.datastore.kind === "etcd") labels["node-role.kubernetes.io/etcd"] = "true";
    if (homelab.kubernetes.distribution === "kubeadm") labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
  }
  return labels;
}

/** `site.kubernest.dev/KIND=NAME` for every part that this machine hangs on, directly or through another part. */
function siteLabels(homelab: Homelab, machine: Machine): Record<string, string> {
  const labels: Record<string, string> = {};
  const seen = new Set<string>();
  const climb = (name: string): void => {
    for (const part of partsCarrying(homelab.site, name)) {
      if (seen.has(part.name)) continue;
      seen.add(part.name);
      labels[`site.kubernest.dev/${part.kind}`] ??= part.name;
      climb(part.name);
    }
  };
  climb(machine.name);
  return labels;
}

function taintsOf(machine: Machine, isControlPlane: boolean): SimMachine["taints"] {
  const taints: SimMachine["taints"] = machine.taints.map(({ key, value, effect }) => ({ key, ...(value ? { value } : {}), effect }));
  if (isControlPlane && !machine.roles.includes("worker")) taints.push({ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" });
  return taints;
}

/** Planned machines have no address yet: they get one of the documentation range. */
function nodeAddresses(machine: Machine, index: number): readonly string[] {
  if (machine.network.nodeIps.length > 0) return machine.network.nodeIps;
  const address = machine.address;
  return [address !== undefined && /^[\d.]+$|:/.test(address) ? address : `192.0.2.${(index % 250) + 1}`];
}

/** The n-th slice of a pod range: `10.42.0.0/16`, 2, /24 → `10.42.2.0/24`. */
export function sliceOf(cidr: string, index: number, bits: number): string {
  const [base, text] = cidr.split("/") as [string, string];
  if (!base.includes(":")) {
    const [a, b, c, d] = base.split(".").map(Number) as [number, number, number, number];
    const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const slice = (number + index * 2 ** (32 - (bits || MASK_BITS_V4))) >>> 0;
    return `${slice >>> 24}.${(slice >>> 16) & 255}.${(slice >>> 8) & 255}.${slice & 255}/${bits || MASK_BITS_V4}`;
  }
  const width = bits || Math.max(64, Number(text));
  let number = parseV6(base) + (BigInt(index) << BigInt(128 - width));
  const groups: string[] = [];
  for (let i = 0; i < 8; i++) {
    groups.unshift((number & 0xffffn).toString(16));
    number >>= 16n;
  }
  // The longest run of zero groups is written `::`, as the API prints it.
  return `${groups.join(":").replace(/(^|:)0(:0)+(:|$)/, "::")}/${width}`;
}

function parseV6(text: string): bigint {
  const [head, tail] = text.split("::") as [string, string | undefined];
  const left = head ? head.split(":") : [];
  const right = tail ? tail.split(":") : [];
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return groups.reduce((number, group) => (number << 16n) | BigInt(parseInt(group, 16)), 0n);
}

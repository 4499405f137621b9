/** The computer itself: what it says it is, its processors and memory, its ids, and whether it is a virtual one. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { HardwareFact } from "./machine-facts.ts";
import { line, type Readings } from "./readings.ts";

const DMI = "/sys/class/dmi/id";
const CLOCKS = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
const CPUS = "/sys/devices/system/cpu/online";

/** By what the firmware's vendor or product begins with; as systemd's own table (src/basic/virt.c), with its names. */
const VENDORS: readonly (readonly [prefix: string, name: string])[] = [
  ["KVM", "kvm"],
  ["OpenStack", "kvm"],
  ["KubeVirt", "kvm"],
  ["Amazon EC2", "amazon"],
  ["QEMU", "qemu"],
  ["VMware", "vmware"],
  ["VMW", "vmware"],
  ["innotek GmbH", "oracle"],
  ["VirtualBox", "oracle"],
  ["Oracle Corporation", "oracle"],
  ["Xen", "xen"],
  ["Bochs", "bochs"],
  ["Parallels", "parallels"],
  ["BHYVE", "bhyve"],
  ["Hyper-V", "microsoft"],
  ["Apple Virtualization", "apple"],
  ["Google Compute Engine", "google"],
];

export const hardwareFact: Fact<HardwareFact> = {
  id: "hardware",
  reads: () => ({
    texts: ["/proc/device-tree/model", `${DMI}/sys_vendor`, `${DMI}/product_name`, `${DMI}/product_uuid`, `${DMI}/board_vendor`, `${DMI}/board_name`, CPUS, CLOCKS, "/proc/meminfo", "/etc/machine-id", "/run/systemd/container"],
  }),
  parse(readings) {
    const { texts } = readings;
    const memory = /^MemTotal:\s+(\d+) kB$/m.exec(texts["/proc/meminfo"] ?? "")?.[1];
    if (memory === undefined) throw new FactUnreadable("read the memory: /proc/meminfo has no MemTotal");
    return {
      model: modelOf(readings),
      cpuCount: parseCpuCount(line(texts[CPUS])),
      memoryBytes: Number(memory) * 1024,
      machineId: line(texts["/etc/machine-id"]),
      productUuid: line(texts[`${DMI}/product_uuid`])?.toLowerCase(),
      virtualisation: virtualisationOf(readings),
    };
  },
};

/** What vendors leave in boards that nobody has named. */
const UNNAMED = /^(to be filled by o\.?e\.?m\.?|system manufacturer|system product name|default string|not specified|none|unknown)$/i;

function modelOf({ texts }: Readings): string | undefined {
  const board = line(texts["/proc/device-tree/model"]);
  if (board !== undefined) return board;
  const words = [line(texts[`${DMI}/sys_vendor`]), line(texts[`${DMI}/product_name`])].filter((word) => word !== undefined && !UNNAMED.test(word));
  if (words.length > 0) return words.join(" ");
  const name = line(texts[`${DMI}/board_name`]);
  return name === undefined || UNNAMED.test(name) ? undefined : name;
}

/** `0-3`, `0,2-3` */
function parseCpuCount(text: string | undefined): number {
  let count = 0;
  for (const part of (text ?? "").split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) throw new FactUnreadable(`count processors: ${CPUS} is not a list of ranges`);
    count += Number(match[2] ?? match[1]) - Number(match[1]) + 1;
  }
  return count;
}

/** The names that `systemd-detect-virt` uses, which itself takes as long as all of this. */
function virtualisationOf({ texts }: Readings): string {
  const container = line(texts["/run/systemd/container"]);
  if (container !== undefined) return container;
  const clocks = line(texts[CLOCKS]) ?? "";
  if (clocks.includes("kvm-clock")) return "kvm";
  if (clocks.includes("hyperv_clocksource")) return "microsoft";
  const said = [`${DMI}/product_name`, `${DMI}/sys_vendor`, `${DMI}/board_vendor`].map((path) => line(texts[path]) ?? "");
  return VENDORS.find(([prefix]) => said.some((text) => text.startsWith(prefix)))?.[1] ?? "none";
}

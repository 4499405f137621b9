/** Where the lab's machines cannot be the machines that the file describes. Told by `lab up`, so that nobody takes the lab for more than it is. */
import type { Homelab, Machine } from "../config/homelab.ts";
import type { ComputerFacts } from "./computer-facts.ts";
import { isVersion1 } from "./control-groups.ts";
import { SUITE } from "./root-image.ts";

export interface ComputerSize {
  /** Node's name of the processor. */
  readonly processor: string;
  readonly memoryBytes: number;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm" };
/** Debian's number of the release that the machines run. */
const RELEASE = "12";
/** What systemd, logind, containerd, the kubelet and kube-proxy of one machine take as root. */
const INOTIFY_INSTANCES_PER_NODE = 16;
const INOTIFY_INSTANCES_OF_THE_COMPUTER = 16;

export function differences(homelab: Homelab, computer: ComputerSize, facts: ComputerFacts): readonly string[] {
  const machines = Object.values(homelab.machines);
  const told: string[] = [];
  const tell = (which: readonly Machine[], text: string): void => {
    if (which.length > 0) told.push(`${which.length === machines.length && machines.length > 1 ? "all machines" : which.map((machine) => machine.name).join(", ")}: ${text}`);
  };
  const architecture = ARCHITECTURES[computer.processor] ?? computer.processor;
  tell(machines.filter((machine) => machine.architecture !== architecture), `${architecture} as this computer, not the architecture of the file`);
  tell(machines.filter((machine) => machine.os.name === "nixos"), `Debian ${RELEASE} (${SUITE}), not NixOS: nothing of NixOS can be tried`);
  tell(machines.filter((machine) => machine.os.name !== "nixos" && (machine.os.name !== "debian" || (machine.os.version !== undefined && machine.os.version !== RELEASE))), `Debian ${RELEASE} (${SUITE}), not the system of the file`);
  tell(machines.filter((machine) => machine.os.name === "raspberry-pi-os"), "no boot partition: cmdline.txt and config.txt are not there to be changed");
  tell(machines.filter((machine) => machine.network.addresses.length === 0 && machine.address !== undefined && !/^[0-9a-f.:]+$/i.test(machine.address)), "reached by name in the file: the lab gives an address and makes the name known");
  tell(machines.filter((machine) => machine.ssh.jump !== undefined), "reached directly: the lab has no jump host");
  const wanted = machines.reduce((sum, machine) => sum + machine.memory.value, 0);
  const memory = `memory and processors are this computer's (${gib(computer.memoryBytes)}), shared by all and not limited to those of the file`;
  told.push(wanted > computer.memoryBytes ? `all machines: ${memory}, which together have ${gib(wanted)}` : `all machines: ${memory}`);
  told.push("all machines: one kernel and one clock, this computer's; disks are directories of its own disk, as fast or slow as that");
  const parts = Object.values(homelab.site).filter((part) => part.kind !== "internet" && part.kind !== "switch" && part.kind !== "router");
  if (parts.length > 0) told.push(`${parts.map((part) => part.name).join(", ")}: not there; of the site the lab has a switch and a router`);
  if (Object.values(homelab.site).some((part) => part.forwards.length > 0)) told.push("the router forwards no ports from outside");
  if (isVersion1(facts.hierarchies)) told.push("this computer keeps control groups on version 1: the kubelet and kubeadm are told to accept that, in the lab only");
  const needed = INOTIFY_INSTANCES_OF_THE_COMPUTER + machines.length * INOTIFY_INSTANCES_PER_NODE;
  if (needed > facts.inotifyInstancesMax) {
    told.push(`Kubernetes on ${machines.length} machines wants about ${needed} inotify instances of root's, and this computer allows ${facts.inotifyInstancesMax}: should programs say "too many open files", raise it with  sysctl fs.inotify.max_user_instances=512`);
  }
  return told;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 1 : 0)} GiB`;
}

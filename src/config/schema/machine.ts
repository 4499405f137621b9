/** A machine: what it is, how it is reached, what part it plays. */
import { z } from "zod";
import { HARDWARE_NAMES } from "../hardware.ts";
import { argumentMap } from "./arguments.ts";
import { structure } from "./structure.ts";
import {
  distinct,
  absolutePath,
  address,
  addressWithPrefix,
  cpu,
  domainName,
  ipAddress,
  labelKey,
  labels,
  labelValue,
  line,
  memory,
  name,
  oneOf,
  oneOrMore,
  port,
  scalarText,
  text,
  timeZone,
} from "./scalars.ts";

export const ROLES = ["control-plane", "worker", "load-balancer", "none"] as const;

const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** What the API tells taints of one node apart by: the value is not part of it. */
function taintIdentity(written: z.output<typeof taint>): string {
  return typeof written === "string" ? written.replace(/=[^:]*:/, ":") : `${written.key}:${written.effect}`;
}

export const taint = z.union([
  text(
    /^[A-Za-z0-9][-A-Za-z0-9_./]*(?:=[-A-Za-z0-9_.]*)?:(?:NoSchedule|PreferNoSchedule|NoExecute)$/,
    "a taint, such as storage=slow:NoSchedule",
  ),
  z.strictObject({
    key: labelKey.describe("The taint's key."),
    value: labelValue.optional().describe("The taint's value; empty by default."),
    effect: oneOf(TAINT_EFFECTS).describe("What happens to pods that do not tolerate it."),
  }),
]);

export const disk = z.union([
  memory,
  z.strictObject({
    kind: oneOf(["sd", "usb", "hdd", "ssd", "nvme", "virtual"]).optional().describe("What the disk is; an SD card is slow and wears out under etcd."),
    size: memory.describe("Its size, such as 64G."),
    device: absolutePath.optional().describe("Its device, such as /dev/nvme0n1."),
    use: oneOf(["system", "etcd", "storage"]).optional().describe("What it carries: the system, etcd alone, or volumes."),
  }),
]);

export const cpuMemory = z.strictObject({
  cpu: cpu.optional().describe("Cores, such as 250m."),
  memory: memory.optional().describe("Memory, such as 128Mi."),
});

const os = z.union([
  oneOf(["debian", "raspberry-pi-os", "ubuntu", "arch", "nixos"]),
  z.strictObject({
    name: oneOf(["debian", "raspberry-pi-os", "ubuntu", "arch", "nixos"]).describe("The distribution."),
    version: z.union([line, z.number()]).optional().describe("Its release, such as 13 or 25.05."),
    bits: z.union([z.literal(32), z.literal(64)]).optional().describe("Whether its user space is 32 or 64 bits wide; etcd needs 64."),
  }),
]);

const ssh = z.strictObject({
  user: text(/^[a-z_][a-z0-9_.-]{0,31}\$?$/, "a user name").optional().describe("Who logs in."),
  port: port.optional().describe("The SSH port."),
  key: line.optional().describe("Path of the private key; the agent and ~/.ssh/config are used by default."),
  jump: line.optional().describe("A jump host, as OpenSSH's ProxyJump takes it."),
  hardened: z.boolean().optional().describe("Whether its SSH server takes keys only: no passwords, root by key or not at all, no X11. Left as it is by default."),
});

const network = z.strictObject({
  interface: text(/^[A-Za-z0-9_.:-]{1,15}$/, "a network interface, such as eth0").optional().describe("The interface that carries the addresses."),
  addresses: oneOrMore(addressWithPrefix).optional().describe("Static addresses with their prefix length; without them the machine asks DHCP."),
  gateway: ipAddress.optional().describe("The default route."),
  resolvers: z.array(ipAddress).optional().describe("The DNS servers of /etc/resolv.conf."),
  search: oneOrMore(domainName).optional().describe("The DNS search domains."),
  nodeIps: oneOrMore(ipAddress).optional().describe("The addresses Kubernetes knows the node by; the IPv4 and the IPv6 one for dual stack."),
});

const unit = text(/^[A-Za-z0-9:_.@\\-]+$/, "a systemd unit, such as bluetooth");

const fields = {
  roles: oneOrMore(oneOf(ROLES)).optional().describe("What it does: control-plane, worker, load-balancer, or none. A worker by default."),
  labels: labels.optional().describe("Labels of the node."),
  taints: distinct(z.array(taint), taintIdentity, "a list with one taint for each key and effect").optional().describe("Taints of the node."),
  hardware: oneOf(HARDWARE_NAMES).optional().describe("A known machine: gives architecture, cores, memory and disk their defaults."),
  architecture: oneOf(["amd64", "arm64", "arm"]).optional().describe("The processor's architecture."),
  memory: memory.optional().describe("Its memory, such as 8Gi."),
  cpu: cpu.optional().describe("Its cores."),
  disk: disk.optional().describe("Its only disk: a size, or a map. Use disks for several."),
  disks: z.array(disk).min(1, { error: "expected:a list that is not empty" }).optional().describe("Its disks, the system's first."),
  os: os.optional().describe("Its operating system."),
  ssh: ssh.optional().describe("How it is reached; everything else is OpenSSH's own configuration."),
  sudo: oneOf(["passwordless", "password", "root"]).optional().describe("How commands become root: sudo without a password, sudo that asks, or logging in as root."),
  reserved: z
    .strictObject({
      system: cpuMemory.optional().describe("For the operating system (kubelet's system-reserved)."),
      kubernetes: cpuMemory.optional().describe("For Kubernetes itself (kubelet's kube-reserved)."),
    })
    .optional()
    .describe("What is held back from pods."),
  network: network.optional().describe("Its own network configuration."),
  sysctls: z.record(text(/^[a-z0-9_.-]+(?:\/[a-z0-9_.-]+)*$/, "a kernel setting, such as net.ipv4.ip_forward"), scalarText).optional().describe("Kernel settings beyond those Kubernetes needs."),
  packages: z.array(text(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, "a package's name")).optional().describe("Further packages of the system."),
  disableServices: z.array(unit).optional().describe("systemd units to stop and disable, such as bluetooth."),
  timeServers: z.array(address).optional().describe("NTP servers; the system's own by default."),
  timeZone: timeZone.optional().describe("The time zone of its clock and logs; left as it is by default."),
  journalMax: memory.optional().describe("What its journal may take of the disk, such as 500Mi; a tenth of the disk by default, systemd's own."),
  kubeletArgs: argumentMap.optional().describe("Further kubelet arguments on this machine."),
};

function onlyOneDisk(value: Record<string, unknown>, report: (path: (string | number)[], message: string, fix: string) => void): void {
  if (value["disk"] !== undefined && value["disks"] !== undefined) report(["disk"], "disk and disks are both given", "Keep disks and move the disk into it.");
  const roles = value["roles"];
  if (Array.isArray(roles) && roles.length > 1 && roles.includes("none")) report(["roles"], "none stands beside other roles", "Keep none alone, or remove it.");
}

export const machine = structure(
  z.strictObject({
    address: address.optional().describe("Where SSH reaches it. A machine may be planned before it has one."),
    hostname: name.optional().describe("Its host name; its name here by default."),
    fqdn: domainName.optional().describe("Its full DNS name."),
    ...fields,
  }),
  onlyOneDisk,
).meta({ id: "Machine", description: "A computer that SSH reaches." });

export const machineDefaults = structure(z.strictObject(fields), onlyOneDisk).meta({
  id: "MachineDefaults",
  description: "Fields that every machine has unless it says otherwise.",
});

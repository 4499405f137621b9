/** Machines: what the file says, then `machineDefaults`, then what the hardware is known to be. */
import type { z } from "zod";
import { HARDWARE, UNKNOWN_HARDWARE } from "../hardware.ts";
import type { Argument, Disk, Machine, OsName, Role, Taint } from "../homelab.ts";
import type { machine as machineSchema, machineDefaults as defaultsSchema, disk as diskSchema, taint as taintSchema } from "../schema/machine.ts";
import type { argumentMap } from "../schema/arguments.ts";
import { isMap } from "../schema/structure.ts";
import { list, mapNamed, optionalQuantity, quantity, type Expansion } from "./expansion.ts";

type MachineInput = z.input<typeof machineSchema>;
type DefaultsInput = z.input<typeof defaultsSchema>;
type DiskInput = z.input<typeof diskSchema>;

/** First user of the images that each distribution offers; it logs in over SSH. */
const FIRST_USERS: Readonly<Record<OsName, string>> = { debian: "debian", "raspberry-pi-os": "pi", ubuntu: "ubuntu", arch: "arch", nixos: "root" };

/** `loadBalancers`: machines that `endpoint.on` names for HAProxy. */
export function expandMachines(
  machines: Readonly<Record<string, MachineInput>>,
  defaults: DefaultsInput | undefined,
  loadBalancers: ReadonlySet<string>,
  e: Expansion,
): Record<string, Machine> {
  return mapNamed(machines, (name, input) => expandMachine(name, withDefaults(input, defaults, ["machines", name], e), loadBalancers.has(name), e));
}

function expandMachine(name: string, input: MachineInput, isLoadBalancer: boolean, e: Expansion): Machine {
  const path = ["machines", name];
  const hardware = input.hardware === undefined ? UNKNOWN_HARDWARE : HARDWARE[input.hardware]!;
  const why = input.hardware === undefined ? "a guess: say hardware, or this" : `what a ${hardware.title} has`;
  const os = expandOs(input, path, e);
  const addresses = list(input.network?.addresses);
  const sudo = input.sudo ?? (input.ssh?.user === "root" ? "root" : undefined);
  const ownAddress = addresses[0]?.split("/")[0];
  const user = e.or([...path, "ssh", "user"], input.ssh?.user, sudo === "root" ? "root" : FIRST_USERS[os.name], sudo === "root" ? "sudo is root" : `the first user of ${os.name} images`);
  return {
    name,
    address: ownAddress === undefined ? input.address : e.or([...path, "address"], input.address, ownAddress, "the first of network.addresses"),
    roles: expandRoles(input, isLoadBalancer, path, e),
    labels: e.labels([...path, "labels"], input.labels),
    taints: (input.taints ?? []).map((taint, index) => expandTaint(taint, [...path, "taints", index], e)),
    hardware: input.hardware,
    architecture: e.or([...path, "architecture"], input.architecture, hardware.architecture, why),
    memory: quantity(e.or([...path, "memory"], input.memory, hardware.memory, why)),
    cpu: quantity(e.or([...path, "cpu"], input.cpu, hardware.cpu, why)),
    disks: expandDisks(input.disks ?? (input.disk === undefined ? undefined : [input.disk]), hardware.disk, why, path, e),
    os,
    ssh: { user, port: e.or([...path, "ssh", "port"], input.ssh?.port, 22, "SSH's own port"), key: input.ssh?.key, jump: input.ssh?.jump, hardened: e.or([...path, "ssh", "hardened"], input.ssh?.hardened, false, "its SSH server is left as it is") },
    sudo: user === "root" ? e.or([...path, "sudo"], input.sudo, "root", "root logs in") : e.or([...path, "sudo"], input.sudo, "passwordless", "what the images of the distributions set up"),
    reserved: {
      system: { cpu: optionalQuantity(input.reserved?.system?.cpu), memory: optionalQuantity(input.reserved?.system?.memory) },
      kubernetes: { cpu: optionalQuantity(input.reserved?.kubernetes?.cpu), memory: optionalQuantity(input.reserved?.kubernetes?.memory) },
    },
    hostname: e.or([...path, "hostname"], input.hostname, name, "the machine's name here"),
    fqdn: input.fqdn,
    network: {
      interface: input.network?.interface,
      addresses,
      gateway: input.network?.gateway,
      resolvers: input.network?.resolvers ?? [],
      search: list(input.network?.search),
      nodeIps:
        addresses.length === 0
          ? list(input.network?.nodeIps)
          : list(e.or([...path, "network", "nodeIps"], input.network?.nodeIps, addresses.map((address) => address.split("/")[0]!), "network.addresses")),
    },
    sysctls: e.labels([...path, "sysctls"], input.sysctls),
    packages: input.packages ?? [],
    disableServices: input.disableServices ?? [],
    timeServers: input.timeServers ?? [],
    timeZone: input.timeZone,
    journalMax: optionalQuantity(input.journalMax),
    kubeletArgs: expandArguments(input.kubeletArgs, [...path, "kubeletArgs"], e),
  };
}

function expandRoles(input: MachineInput, isLoadBalancer: boolean, path: readonly string[], e: Expansion): readonly Role[] {
  if (input.roles === undefined) {
    const role: Role = isLoadBalancer ? "load-balancer" : "worker";
    e.note([...path, "roles"], [role], isLoadBalancer ? "kubernetes.endpoint.on names it" : "a machine is a worker unless it says otherwise");
    return [role];
  }
  return [...new Set(list(input.roles))].filter((role): role is Role => role !== "none");
}

function expandOs(input: MachineInput, path: readonly string[], e: Expansion): Machine["os"] {
  const written = typeof input.os === "string" ? { name: input.os } : input.os;
  const isRaspberry = input.hardware?.startsWith("raspberry-pi") ?? false;
  const version = isMap(written) && written.version !== undefined ? e.text([...path, "os", "version"], written.version) : undefined;
  const isNarrow = input.architecture === "arm" || (input.architecture === undefined && input.hardware !== undefined && HARDWARE[input.hardware]!.architecture === "arm");
  return {
    name: e.or<OsName>([...path, "os", "name"], written?.name, isRaspberry ? "raspberry-pi-os" : "debian", isRaspberry ? "what a Raspberry Pi comes with" : "the distribution that Kubernest is tried on most"),
    version,
    bits: e.or<32 | 64>([...path, "os", "bits"], written?.bits, isNarrow ? 32 : 64, isNarrow ? "its processor has 32 bits" : "etcd and most images need 64"),
  };
}

function expandTaint(taint: z.input<typeof taintSchema>, path: readonly (string | number)[], e: Expansion): Taint {
  if (typeof taint !== "string") return { key: taint.key, value: taint.value === undefined ? "" : e.text([...path, "value"], taint.value), effect: taint.effect };
  const colon = taint.lastIndexOf(":");
  const [key = "", value = ""] = taint.slice(0, colon).split("=");
  return { key, value, effect: taint.slice(colon + 1) as Taint["effect"] };
}

/** Disks of a machine or a site part. Without `own` and `known` there are none. */
export function expandDisks(
  own: readonly DiskInput[] | undefined,
  known: { readonly kind: Disk["kind"]; readonly size: string } | undefined,
  why: string,
  path: readonly (string | number)[],
  e: Expansion,
): readonly Disk[] {
  if (own === undefined) {
    if (known === undefined) return [];
    e.note([...path, "disks"], [{ kind: known.kind, size: known.size, use: "system" }], why);
    return [{ kind: known.kind, size: quantity(known.size), device: undefined, use: "system" }];
  }
  return own.map((disk, index) => {
    const written = typeof disk === "string" ? { size: disk } : disk;
    const at = [...path, "disks", index];
    return {
      kind: e.or<Disk["kind"]>([...at, "kind"], written.kind, known?.kind ?? "ssd", known === undefined ? "a guess: say kind" : why),
      size: quantity(written.size),
      device: written.device,
      use: e.or<Disk["use"]>([...at, "use"], written.use, index === 0 ? "system" : "storage", index === 0 ? "the first disk carries the system" : "not the first disk"),
    };
  });
}

/** Arguments by flag, a flag with several values given several times. */
export function expandArguments(written: z.input<typeof argumentMap> | undefined, path: readonly string[], e: Expansion): Argument[] {
  return Object.entries(written ?? {}).flatMap(([name, value]) =>
    Array.isArray(value)
      ? value.map((one, index) => ({ name, value: e.text([...path, name, index], one) }))
      : [{ name, value: e.text([...path, name], value as string | number | boolean) }],
  );
}

/** Maps that are merged field by field; everything else is taken whole. */
const MERGED: ReadonlySet<string> = new Set(["labels", "ssh", "reserved", "system", "kubernetes", "network", "sysctls", "kubeletArgs", "os"]);

function withDefaults(own: MachineInput, defaults: DefaultsInput | undefined, path: readonly string[], e: Expansion): MachineInput {
  if (defaults === undefined) return own;
  const ownDisks = own.disk !== undefined || own.disks !== undefined;
  // Another machine's hardware says nothing of this one's memory, and the other way round.
  return merge(own, ownDisks ? { ...defaults, disk: undefined, disks: undefined } : defaults, path, ["machineDefaults"], e) as MachineInput;
}

function merge(own: Record<string, unknown>, defaults: Record<string, unknown>, path: readonly string[], from: readonly string[], e: Expansion): Record<string, unknown> {
  const result = { ...own };
  for (const [key, value] of Object.entries(defaults)) {
    if (value === undefined) continue;
    const mine = own[key];
    if (MERGED.has(key) && isMap(mine) && isMap(value)) {
      result[key] = merge(mine, value, [...path, key], [...from, key], e);
    } else if (mine === undefined) {
      result[key] = value;
      noteLeaves(value, key, path, from, e);
    }
  }
  return result;
}

/** Notes what a default gives, under the name that the long form has for it. */
function noteLeaves(value: unknown, key: string, path: readonly string[], from: readonly string[], e: Expansion): void {
  const to = [...path, key === "disk" ? "disks" : key];
  e.comesFrom(to, [...from, key]);
  if (isMap(value) && MERGED.has(key)) {
    for (const [inner, one] of Object.entries(value)) noteLeaves(one, inner, to, [...from, key], e);
  } else if (key === "os" && typeof value === "string") {
    e.note([...to, "name"], value, "machineDefaults.os");
  } else {
    e.note(to, key === "disk" ? [value] : value, [...from, key].join("."));
  }
}

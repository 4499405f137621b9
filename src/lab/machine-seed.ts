/** What makes a machine itself, put between the common layer and what it writes: its name, network, host keys, and who may log in. */
import { createHash } from "node:crypto";
import { shellQuote } from "../lib/shell-quote.ts";
import { type LabMachine, withoutPrefix } from "./lab-plan.ts";
import type { LabPaths } from "./lab-paths.ts";
import { MACHINE_NUMBER_FILE } from "./shims.ts";

export interface SeedOptions {
  readonly layer: string;
  /** A line of authorized_keys; machines that are fresh do not get it. */
  readonly publicKey: string;
  /** Names that the home's router would resolve: `ADDRESS NAME…`. */
  readonly hostLines: readonly string[];
}

/** Files of the seed with their modes, all root's. Their directories are Debian's own. */
export function seedFiles(machine: LabMachine, options: SeedOptions): Readonly<Record<string, { readonly text: string; readonly mode: number }>> {
  const names = [machine.fqdn, machine.hostname].filter((name) => name !== undefined).join(" ");
  const hosts = ["127.0.0.1 localhost", `127.0.1.1 ${names}`, "::1 localhost ip6-localhost ip6-loopback", "ff02::1 ip6-allnodes", "ff02::2 ip6-allrouters", ...options.hostLines];
  const sshd = [...(machine.port === 22 ? [] : [`Port ${machine.port}`]), ...(machine.isFresh && machine.user === "root" ? ["PermitRootLogin yes"] : [])];
  return {
    "etc/hostname": { text: `${machine.hostname}\n`, mode: 0o644 },
    "etc/hosts": { text: lines(hosts), mode: 0o644 },
    "etc/resolv.conf": { text: lines([...machine.resolvers.map((address) => `nameserver ${address}`), ...(machine.search.length > 0 ? [`search ${machine.search.join(" ")}`] : [])]), mode: 0o644 },
    "etc/machine-id": { text: `${machine.machineId}\n`, mode: 0o444 },
    "etc/network/interfaces": { text: interfaces(machine), mode: 0o644 },
    [MACHINE_NUMBER_FILE.slice(1)]: { text: `${machine.number}\n`, mode: 0o644 },
    "usr/lib/kubernest-lab/product-uuid": { text: `${machine.machineId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}\n`, mode: 0o400 },
    ...(sshd.length === 0 ? {} : { "etc/ssh/sshd_config.d/10-machine.conf": { text: lines(sshd), mode: 0o644 } }),
    ...(machine.sudo === "passwordless" ? { "etc/sudoers.d/10-machine": { text: `${machine.user} ALL=(ALL) NOPASSWD: ALL\n`, mode: 0o440 } } : {}),
  };
}

/** As Debian's installer writes it. */
function interfaces(machine: LabMachine): string {
  const stanzas = machine.addresses.map((address) => {
    const family = address.includes(":") ? "inet6" : "inet";
    const isFirst = machine.addresses.find((one) => one.includes(":") === address.includes(":")) === address;
    const gateway = isFirst ? machine.gateways.find((one) => one.includes(":") === address.includes(":")) : undefined;
    return [`iface ${machine.interface} ${family} static`, `    address ${address}`, ...(gateway === undefined ? [] : [`    gateway ${gateway}`])].join("\n");
  });
  return `auto lo\niface lo inet loopback\n\nauto ${machine.interface}\n${stanzas.join("\n\n")}\n`;
}

/**
 * sh that makes the seed anew, below the lab's directory, in a mount namespace of its own. Its input is the password's line for chpasswd, or empty:
 * a password stands in no argument.
 */
export function seedScript(machine: LabMachine, paths: LabPaths, options: SeedOptions): string {
  const own = paths.machine(machine.name);
  const home = machine.user === "root" ? "/root" : `/home/${machine.user}`;
  const user = shellQuote(machine.user);
  const write = Object.entries(seedFiles(machine, options)).map(
    ([path, { text, mode }]) => `mkdir -p "${path.replace(/\/[^/]*$/, "")}"; printf %s ${shellQuote(text)} >"${path}"; chmod ${mode.toString(8)} "${path}"`,
  );
  const login = machine.isFresh
    ? []
    : [`mkdir -p -m 700 .${home}/.ssh`, `printf '%s\\n' ${shellQuote(options.publicKey)} >.${home}/.ssh/authorized_keys`, `chmod 600 .${home}/.ssh/authorized_keys`, `chroot . chown -R ${user}: ${home}/.ssh`];
  return `set -e
umask 022
rm -rf ${shellQuote(own.seed)} ${shellQuote(own.work)} ${shellQuote(own.seedHash)}
mkdir -p ${[own.seed, own.work, `${own.root}/root`].map(shellQuote).join(" ")}
cd ${shellQuote(paths.root)}
mount -t overlay overlay -o lowerdir=${options.layer}:image,upperdir=machines/${machine.name}/seed,workdir=machines/${machine.name}/work machines/${machine.name}/root
cd machines/${machine.name}/root
${write.join("\n")}
${machine.user === "root" ? ":" : `chroot . useradd --create-home --shell /bin/bash --groups sudo ${user}`}
${login.join("\n")}
chroot . chpasswd --crypt-method SHA512
ssh-keygen -q -t ed25519 -N '' -C '' -f etc/ssh/ssh_host_ed25519_key
ssh-keygen -q -t rsa -b 2048 -N '' -C '' -f etc/ssh/ssh_host_rsa_key
`;
}

/** Changes whenever the seed would be another. */
export function seedHash(machine: LabMachine, options: SeedOptions, password: string): string {
  return createHash("sha256").update(JSON.stringify([machine, options, password])).digest("hex");
}

/** Addresses and names that the home's router would resolve. */
export function hostLines(machines: readonly LabMachine[]): string[] {
  return machines.flatMap((machine) => {
    const names = [machine.reachedAs, machine.fqdn].filter((name): name is string => name !== undefined && name !== machine.address);
    return names.length === 0 ? [] : [`${machine.address} ${[...new Set(names)].join(" ")}`];
  });
}

/** What the user's computer resolves inside the lab: the machines by name, too. */
export function labHosts(machines: readonly LabMachine[], ownHosts: string): string {
  const known = machines.map((machine) => `${withoutPrefix(machine.address)} ${[...new Set([machine.fqdn, machine.hostname, machine.name, machine.reachedAs])].filter((name) => name !== undefined && name !== machine.address).join(" ")}`);
  return `${ownHosts.trimEnd()}\n${lines(known)}`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

/** `lab up`: from whatever is there to the lab that the file describes. What is right already stays as it is, running machines too. */
import { shellQuote } from "../lib/shell-quote.ts";
import { aptSettings, type AptSettings } from "./apt-settings.ts";
import { assertComputerFits } from "./computer-fits.ts";
import { processesScript } from "./control-groups.ts";
import { exclusively, holderOf, type Lab, machineLock, type PlannedLab, readPlan, runScript } from "./lab.ts";
import { LabFailed } from "./lab-failed.ts";
import { holderCommand, inNetwork, networkScript, uplinkCommand, uplinkGroup, uplinkResolver } from "./lab-network.ts";
import type { LabMachine, LabPlan } from "./lab-plan.ts";
import { type LayerFile, layerFiles, layerHash } from "./layer.ts";
import { bootScript, supplyScript } from "./machine-power.ts";
import { hostLines, labHosts, seedHash, type SeedOptions, seedScript } from "./machine-seed.ts";
import { isOn, powerCut, powerOff, powerOn } from "./power.ts";
import { ensureImage, SUITE } from "./root-image.ts";
import { knownHostLines, sshConfig } from "./ssh-settings.ts";

export interface UpOptions {
  readonly cache: string;
  /** Debian mirror; this computer's own by default. */
  readonly mirror: string | undefined;
  /** Password of every machine's user, where one is asked for. */
  readonly password: string;
  /** Who `lab run` runs commands as: owns the lab's SSH settings. */
  readonly owner: { readonly uid: number; readonly gid: number };
  onProgress(text: string): void;
}

/** Machines that are prepared, or started, at the same time. */
const AT_ONCE_MAX = 6;
const HOLDER_WITHIN_MS = 5_000;
const POLL_MS = 20;

export async function labUp(lab: Lab, plan: LabPlan, options: UpOptions): Promise<PlannedLab> {
  return exclusively(lab, async () => {
    const planned: PlannedLab = { ...lab, plan };
    if ((await holderOf(lab)) !== undefined && (await readPlan(lab)) === undefined) {
      throw new LabFailed("busy", `a lab ${lab.name} is there already, kept in another directory than ${lab.paths.root}`, "Name that directory with --state, or this lab with --name.");
    }
    await assertComputerFits(lab);
    const apt = await readAptSettings(lab, options.mirror);
    const image = await ensureImage(lab.computer, { cache: options.cache, mirror: apt.mirror, onBuild: () => options.onProgress(`installing Debian ${SUITE} once, for all labs: about a minute`) });
    await removeStrangers(planned, options);
    // Written before anything runs: an interrupted `up` can be taken away by `down`, or finished by another.
    await lab.computer.writeText(lab.paths.plan, `${JSON.stringify(plan, null, 2)}\n`, 0o644);
    await runScript(lab, "link the root filesystem", `ln -sfn ${shellQuote(image)} ${shellQuote(lab.paths.image)}`, { failure: "image-failed" });
    const layer = await ensureLayer(lab, layerFiles(lab.facts, apt));
    const publicKey = await ensureKey(lab);
    const seed: SeedOptions = { layer, publicKey, hostLines: hostLines(plan.machines) };
    await ensureNetwork(planned, options);
    const changed = new Set<string>();
    await forEach(plan.machines, async (machine) => {
      if (await ensureMachine(planned, machine, seed, options)) changed.add(machine.name);
    });
    await writeSshSettings(planned, options);
    await forEach(plan.machines, async (machine) => {
      const wasOn = await isOn(lab, machine.name);
      await powerOn(planned, machine);
      if (!wasOn) options.onProgress(`${machine.name}: answers at ${machine.address}`);
    });
    return planned;
  });
}

async function readAptSettings(lab: Lab, mirror: string | undefined): Promise<AptSettings> {
  const files = ["/etc/apt/sources.list", ...(await lab.computer.list("/etc/apt/sources.list.d")).filter((name) => /\.(list|sources)$/.test(name)).map((name) => `/etc/apt/sources.list.d/${name}`)];
  const lists: Record<string, string> = {};
  for (const file of files) lists[file] = (await lab.computer.readText(file)) ?? "";
  // Another distribution has no apt: debootstrap knows where Debian is.
  const hasApt = (await lab.computer.find("apt-config")) !== undefined;
  const dump = hasApt ? await runScript(lab, "read apt's settings", "apt-config dump", { failure: "image-failed" }) : "";
  return aptSettings(SUITE, lists, dump, mirror);
}

/** Machines that the last plan had and this one has not. */
async function removeStrangers(lab: PlannedLab, options: UpOptions): Promise<void> {
  const before = await readPlan(lab);
  for (const machine of before?.machines ?? []) {
    if (lab.plan.machines.some((one) => one.name === machine.name)) continue;
    options.onProgress(`${machine.name}: the file no longer has it; taken away`);
    await powerCut(lab, machine);
    await runScript(lab, `remove ${machine.name}`, `rm -rf ${shellQuote(lab.paths.machine(machine.name).root)}`, { failure: "machine-failed" });
  }
}

/** The layer's directory, relative to the lab's. */
async function ensureLayer(lab: Lab, files: readonly LayerFile[]): Promise<string> {
  const name = `layers/${layerHash(files)}`;
  const directory = `${lab.paths.root}/${name}`;
  if ((await lab.computer.list(directory)).length > 0) return name;
  const building = `${directory}.new`;
  const links: string[] = [];
  await runScript(lab, "make the machines' layer", `rm -rf ${shellQuote(building)}`, { failure: "machine-failed" });
  for (const file of files) {
    if ("link" in file) links.push(`mkdir -p "$(dirname ${shellQuote(building + file.path)})"; ln -s ${shellQuote(file.link)} ${shellQuote(building + file.path)}`);
    else await lab.computer.writeText(building + file.path, file.text, file.mode);
  }
  // The layer's directories show through as the machines' own: their modes must not follow our umask.
  await runScript(lab, "make the machines' layer", ["set -e", ...links, `find ${shellQuote(building)} -type d -exec chmod 755 {} +`, `mv ${shellQuote(building)} ${shellQuote(directory)}`].join("\n"), { failure: "machine-failed" });
  return name;
}

async function ensureKey(lab: Lab): Promise<string> {
  const key = shellQuote(lab.paths.sshKey);
  await runScript(lab, "make the lab's SSH key", `mkdir -p -m 700 ${shellQuote(lab.paths.ssh)} && { [ -s ${key}.pub ] || { rm -f ${key}; ssh-keygen -q -t ed25519 -N '' -C kubernest-lab -f ${key}; }; }`, { failure: "machine-failed" });
  return ((await lab.computer.readText(`${lab.paths.sshKey}.pub`)) ?? "").trim();
}

async function ensureNetwork(lab: PlannedLab, options: UpOptions): Promise<void> {
  const { computer, name, facts, register, paths, plan } = lab;
  let holder = await holderOf(lab);
  if (holder === undefined) {
    await computer.start(holderCommand(name, facts.hierarchies), { logFile: `${paths.root}/network.log` });
    holder = await waitForHolder(lab);
  }
  const hasWayOut = (await runScript(lab, "look at the way out", processesScript(register, uplinkGroup(name)), { failure: "network-failed" })).trim() !== "";
  if (plan.hasUplink && !hasWayOut) await computer.start(uplinkCommand(plan, facts.hierarchies, register), { logFile: `${paths.root}/uplink.log` });
  await runScript(lab, "lay the lab's network", networkScript(plan), { failure: "network-failed", before: inNetwork(holder, []) });
  const ownHosts = (await computer.readText("/etc/hosts")) ?? "";
  await computer.writeText(paths.hosts, labHosts(plan.machines, ownHosts), 0o644);
  await computer.writeText(paths.resolvers, plan.hasUplink ? `nameserver ${uplinkResolver(plan)}\n` : "", 0o644);
  if (!plan.hasUplink) options.onProgress("machines have no way out to the internet, as asked");
}

/** The holder counts once it is in the namespace it made: before that, it stands in the computer's own. */
async function waitForHolder(lab: PlannedLab): Promise<string> {
  const deadlineMs = lab.computer.nowMs() + HOLDER_WITHIN_MS;
  for (;;) {
    const holder = await holderOf(lab);
    if (holder !== undefined) {
      const script = `[ "$(cat /proc/${holder}/comm)" = sleep ] && [ "$(readlink /proc/${holder}/ns/net)" != "$(readlink /proc/self/ns/net)" ]`;
      if ((await lab.computer.run({ argv: ["sh", "-c", script], deadlineMs: HOLDER_WITHIN_MS })).code === 0) return holder;
    }
    if (lab.computer.nowMs() > deadlineMs) {
      throw new LabFailed("network-failed", `no network namespace for the lab: ${((await lab.computer.readText(`${lab.paths.root}/network.log`)) ?? "").trim()}`, "See that unshare --net works for root here.");
    }
    await lab.computer.sleep(POLL_MS);
  }
}

/** Makes the machine's seed and scripts where they are not what they should be. True where something was changed; the machine is off then. */
async function ensureMachine(lab: PlannedLab, machine: LabMachine, seed: SeedOptions, options: UpOptions): Promise<boolean> {
  const { computer, paths, facts, register } = lab;
  const own = paths.machine(machine.name);
  const hash = seedHash(machine, seed, options.password);
  const boot = bootScript(machine, lab.name, paths, facts, register, seed.layer);
  const supply = supplyScript(machine, lab.name, paths, facts);
  const isSame = (await computer.readText(own.seedHash)) === hash && (await computer.readText(own.boot)) === boot && (await computer.readText(own.supply)) === supply;
  if (isSame) return false;
  if (await isOn(lab, machine.name)) {
    options.onProgress(`${machine.name}: its description changed; started again`);
    await powerOff(lab, machine);
  }
  const locked = await machineLock(lab, machine);
  const hasPassword = machine.isFresh || machine.sudo === "password";
  await runScript(lab, `prepare ${machine.name}`, seedScript(machine, paths, seed), { failure: "machine-failed", input: hasPassword ? `${machine.user}:${options.password}\n` : "", before: [...locked, "unshare", "--mount", "--propagation", "private"] });
  const fill = `set -e
mkdir -p ${shellQuote(own.upper)}
[ -d ${shellQuote(own.varLib)} ] || { rm -rf ${shellQuote(own.varLib)}.new; cp -a ${shellQuote(`${paths.image}/var/lib`)} ${shellQuote(own.varLib)}.new; mv ${shellQuote(own.varLib)}.new ${shellQuote(own.varLib)}; }`;
  await runScript(lab, `prepare ${machine.name}`, fill, { failure: "machine-failed", before: locked });
  await computer.writeText(own.boot, boot, 0o644);
  await computer.writeText(own.supply, supply, 0o644);
  await computer.writeText(own.seedHash, hash, 0o600);
  return true;
}

async function writeSshSettings(lab: PlannedLab, options: UpOptions): Promise<void> {
  const { computer, paths, plan } = lab;
  const known = (await computer.readText(paths.knownHosts)) ?? "";
  const lines: string[] = [];
  for (const machine of plan.machines) {
    if (machine.isFresh) continue;
    const keys = await Promise.all(["ed25519", "rsa"].map((kind) => computer.readText(`${paths.machine(machine.name).seed}/etc/ssh/ssh_host_${kind}_key.pub`)));
    lines.push(...knownHostLines(machine, keys.filter((key) => key !== undefined)));
  }
  // What `trust` learnt of fresh machines stays, as in a user's own file.
  const learnt = plan.machines.some((machine) => machine.isFresh) ? known : lines.map((line) => `${line}\n`).join("");
  await computer.writeText(paths.knownHosts, learnt, 0o600);
  await computer.writeText(paths.sshConfig, sshConfig(plan, paths), 0o644);
  const { uid, gid } = options.owner;
  await runScript(lab, "hand over the SSH settings", `chown -R ${uid}:${gid} ${shellQuote(paths.ssh)}`, { failure: "machine-failed" });
}

/** Over all, a few at a time; the first failure is thrown once all that began has ended. */
export async function forEach<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined && failures.length === 0; one = queue.shift()) {
      await work(one).catch((error: unknown) => void failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, worker));
  if (failures.length > 0) throw failures[0];
}

/** A lab on this computer: what is known of it, and how its scripts are run. */
import type { Computer } from "../ports/computer.ts";
import type { ComputerFacts } from "./computer-facts.ts";
import { gatherComputerFacts } from "./computer-facts.ts";
import { type Hierarchy, registerOf } from "./control-groups.ts";
import { LabFailed, type LabFailure } from "./lab-failed.ts";
import { holderScript } from "./lab-network.ts";
import { type LabPaths, labPaths } from "./lab-paths.ts";
import type { LabMachine, LabPlan } from "./lab-plan.ts";
import { nearestName } from "../lib/nearest-name.ts";

export interface Lab {
  readonly computer: Computer;
  readonly name: string;
  readonly paths: LabPaths;
  readonly facts: ComputerFacts;
  readonly register: Hierarchy;
}

/** A lab with the machines that the last `lab up` was told. */
export interface PlannedLab extends Lab {
  readonly plan: LabPlan;
}

const SCRIPT_WITHIN_MS = 60_000;

/** What the lab's programs belong to, in Debian's names. */
const PROGRAMS: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  "systemd-nspawn": "systemd-container",
  nft: "nftables",
  slirp4netns: "slirp4netns",
  ip: "iproute2",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  unshare: "util-linux",
  nsenter: "util-linux",
  flock: "util-linux",
  setpriv: "util-linux",
};

/** Throws `LabFailed` where this user or this computer cannot have a lab. */
export async function openLab(computer: Computer, state: string, name: string): Promise<Lab> {
  if (!computer.isRoot) throw new LabFailed("not-root", "the lab makes machines out of namespaces, mounts and control groups: only root may", "Run it again with sudo.");
  const missing = (await Promise.all(Object.keys(PROGRAMS).map(async (program) => ((await computer.find(program)) === undefined ? program : undefined)))).filter((program) => program !== undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => PROGRAMS[program]))].join(" ");
    throw new LabFailed("programs-missing", `not installed: ${missing.join(", ")}`, `On Debian and Ubuntu:  apt-get install ${packages}`);
  }
  const facts = await gatherComputerFacts(computer);
  const register = registerOf(facts.hierarchies);
  if (register === undefined) throw new LabFailed("computer-unfit", "no control groups are mounted on this computer", "Mount them:  mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  return { computer, name, paths: labPaths(state, name), facts, register };
}

/** Adds the plan that `lab up` wrote. */
export async function withPlan(lab: Lab): Promise<PlannedLab> {
  const plan = await readPlan(lab);
  if (plan === undefined) throw new LabFailed("unknown-lab", `there is no lab ${lab.name}`, "Make one:  kubernest lab up");
  return { ...lab, plan };
}

export async function readPlan(lab: Lab): Promise<LabPlan | undefined> {
  const text = await lab.computer.readText(lab.paths.plan);
  return text === undefined ? undefined : (JSON.parse(text) as LabPlan);
}

export function machineOf(lab: PlannedLab, name: string): LabMachine {
  const found = lab.plan.machines.find((machine) => machine.name === name);
  if (found !== undefined) return found;
  const names = lab.plan.machines.map((machine) => machine.name);
  const meant = nearestName(name, names);
  throw new LabFailed("unknown-machine", `the lab ${lab.name} has no machine ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`, `It has ${names.join(", ")}.`);
}

/** Runs a script of ours; throws `LabFailed` with what it said when it fails. */
export async function runScript(lab: Lab, what: string, script: string, options: { readonly failure: LabFailure; readonly input?: string; readonly deadlineMs?: number; readonly before?: readonly string[] }): Promise<string> {
  const { code, stdout, stderr } = await lab.computer.run({ argv: [...(options.before ?? []), "sh", "-c", script], deadlineMs: options.deadlineMs ?? SCRIPT_WITHIN_MS, ...(options.input === undefined ? {} : { input: options.input }) });
  if (code === 0) return stdout;
  const tail = stderr.trim().split("\n").slice(-5).join("\n  ");
  throw new LabFailed(options.failure, `${what}: exit code ${code}\n  ${tail}`, `Take the lab away and make it anew:  kubernest lab down --name ${lab.name}`);
}

/** Program and arguments before a script that works on a machine's files: it waits for what an interrupted command may have left at work there. */
export async function machineLock(lab: Lab, machine: LabMachine): Promise<readonly string[]> {
  const { lock } = lab.paths.machine(machine.name);
  if ((await lab.computer.readText(lock)) === undefined) await lab.computer.writeText(lock, "", 0o600);
  return ["flock", "--wait", String(SCRIPT_WITHIN_MS / 2000), lock];
}

/** Process that holds the lab's network; undefined while there is none. */
export async function holderOf(lab: Lab): Promise<string | undefined> {
  const found = await runScript(lab, "look for the lab's network", `${holderScript(lab.name, lab.register)}\nprintf %s "$holder"`, { failure: "network-failed" });
  return found === "" ? undefined : found;
}

/** Holds the lab for one command; throws where another command has it. */
export async function exclusively<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  await runScript(lab, "make room for a lock", "mkdir -p /run/lock", { failure: "computer-unfit" });
  const release = await lab.computer.lock(lab.paths.lock);
  if (release === undefined) throw new LabFailed("busy", `another command is at work on the lab ${lab.name}`, "Wait for it to end.");
  try {
    return await work();
  } finally {
    await release();
  }
}

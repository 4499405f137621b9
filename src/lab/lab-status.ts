/** `lab status`: what of a lab is there now, as observed: machines, power, cables, the way out. */
import { processesScript } from "./control-groups.ts";
import { holderOf, type PlannedLab, runScript } from "./lab.ts";
import { inNetwork, uplinkGroup } from "./lab-network.ts";
import { isOn } from "./power.ts";
import { snapshotNames } from "./snapshots.ts";

export interface LabStatus {
  readonly name: string;
  readonly network: "up" | "down";
  readonly internet: "up" | "down" | "none";
  readonly machines: readonly MachineStatus[];
  readonly snapshots: readonly string[];
}

export interface MachineStatus {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly power: "on" | "off";
  readonly cable: "plugged" | "unplugged";
  /** Whether its SSH server greets; undefined while it is off or unplugged. */
  readonly ssh: boolean | undefined;
}

const GREETING_WITHIN_SECONDS = 2;

export async function labStatus(lab: PlannedLab): Promise<LabStatus> {
  const holder = await holderOf(lab);
  const way = (await runScript(lab, "look at the way out", processesScript(lab.register, uplinkGroup(lab.name)), { failure: "network-failed" })).trim() !== "";
  const machines = await Promise.all(
    lab.plan.machines.map(async (machine): Promise<MachineStatus> => {
      const on = await isOn(lab, machine.name);
      const isUnplugged = (await lab.computer.readText(lab.paths.machine(machine.name).unplugged)) !== undefined;
      const probe = ["ssh-keyscan", "-T", String(GREETING_WITHIN_SECONDS), "-t", "ed25519", "-p", String(machine.port), machine.address];
      const answers = !on || isUnplugged || holder === undefined ? undefined : (await lab.computer.run({ argv: inNetwork(holder, probe), deadlineMs: (GREETING_WITHIN_SECONDS + 5) * 1000 })).stdout.includes(" ssh-");
      return { name: machine.name, address: machine.address, user: machine.user, power: on ? "on" : "off", cable: isUnplugged ? "unplugged" : "plugged", ssh: answers };
    }),
  );
  return { name: lab.name, network: holder === undefined ? "down" : "up", internet: !lab.plan.hasUplink ? "none" : way ? "up" : "down", machines, snapshots: await snapshotNames(lab) };
}

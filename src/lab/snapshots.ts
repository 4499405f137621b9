/**
 * Copies of machines' disks, by name, to put a machine back to; and the fresh disk that every machine begins with. A machine is shut down for its copy
 * and cut off for its return, and runs again afterwards if it ran before.
 */
import { shellQuote } from "../lib/shell-quote.ts";
import { exclusively, type Lab, machineLock, machineOf, type PlannedLab, runScript } from "./lab.ts";
import { LabFailed } from "./lab-failed.ts";
import type { LabMachine } from "./lab-plan.ts";
import { forEach } from "./lab-up.ts";
import { isOn, powerCut, powerOff, powerOn } from "./power.ts";

/** What a machine has written: its overlay and its /var/lib. */
const PARTS = ["upper", "var-lib"] as const;
const COPY_WITHIN_MS = 30 * 60_000;
const NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/;

export async function snapshotNames(lab: Lab): Promise<readonly string[]> {
  return (await lab.computer.list(lab.paths.snapshots)).filter((name) => NAME.test(name));
}

/** Copies the disks of the named machines, or of all. A snapshot of that name is replaced, machine by machine. */
export async function saveSnapshot(lab: PlannedLab, snapshot: string, machines: readonly string[]): Promise<void> {
  if (!NAME.test(snapshot)) throw new LabFailed("unknown-snapshot", `${snapshot}: not a name for a snapshot`, "Use small letters, digits, dots and dashes.");
  await exclusively(lab, () =>
    forEach(chosen(lab, machines), async (machine) => {
      const target = `${lab.paths.snapshots}/${snapshot}/${machine.name}`;
      const from = lab.paths.machine(machine.name).root;
      const wasOn = await isOn(lab, machine.name);
      if (wasOn) await powerOff(lab, machine);
      const script = `set -e
rm -rf ${shellQuote(target)}.new
mkdir -p ${shellQuote(target)}.new
${PARTS.map((part) => `cp -a --reflink=auto ${shellQuote(`${from}/${part}`)} ${shellQuote(target)}.new/${part}`).join("\n")}
rm -rf ${shellQuote(target)}
mv ${shellQuote(target)}.new ${shellQuote(target)}`;
      await runScript(lab, `copy the disk of ${machine.name}`, script, { failure: "machine-failed", deadlineMs: COPY_WITHIN_MS, before: await machineLock(lab, machine) });
      if (wasOn) await powerOn(lab, machine);
    }),
  );
}

/** Puts the named machines, or all that the snapshot has, back to it. */
export async function restoreSnapshot(lab: PlannedLab, snapshot: string, machines: readonly string[]): Promise<void> {
  await exclusively(lab, async () => {
    const has = await lab.computer.list(`${lab.paths.snapshots}/${snapshot}`);
    const all = chosen(lab, machines).filter((machine) => machines.length > 0 || has.includes(machine.name));
    const missing = all.filter((machine) => !has.includes(machine.name));
    if (!NAME.test(snapshot) || all.length === 0 || missing.length > 0) {
      const names = await snapshotNames(lab);
      throw new LabFailed("unknown-snapshot", `there is no snapshot ${snapshot}${missing.length === 0 ? "" : ` of ${missing.map((machine) => machine.name).join(", ")}`}`, names.length === 0 ? "Make one:  kubernest lab save NAME" : `There are ${names.join(", ")}.`);
    }
    await forEach(all, (machine) =>
      putBack(lab, machine, (own) => PARTS.map((part) => `cp -a --reflink=auto ${shellQuote(`${lab.paths.snapshots}/${snapshot}/${machine.name}/${part}`)} ${shellQuote(`${own}/${part}`)}.new`)),
    );
  });
}

/** Puts a machine back to how `lab up` made it. */
export async function resetMachines(lab: PlannedLab, machines: readonly string[]): Promise<void> {
  await exclusively(lab, () =>
    forEach(chosen(lab, machines), (machine) =>
      putBack(lab, machine, (own) => [`mkdir ${shellQuote(own)}/upper.new`, `chmod 755 ${shellQuote(own)}/upper.new`, `cp -a ${shellQuote(`${lab.paths.image}/var/lib`)} ${shellQuote(own)}/var-lib.new`]),
    ),
  );
}

async function putBack(lab: PlannedLab, machine: LabMachine, fill: (own: string) => readonly string[]): Promise<void> {
  const own = lab.paths.machine(machine.name).root;
  const wasOn = await isOn(lab, machine.name);
  await powerCut(lab, machine);
  const quoted = shellQuote(own);
  const script = `set -e
rm -rf ${PARTS.map((part) => `${quoted}/${part}.new`).join(" ")}
${fill(own).join("\n")}
rm -rf ${PARTS.map((part) => `${quoted}/${part}`).join(" ")} ${quoted}/work
${PARTS.map((part) => `mv ${quoted}/${part}.new ${quoted}/${part}`).join("\n")}`;
  await runScript(lab, `put ${machine.name} back`, script, { failure: "machine-failed", deadlineMs: COPY_WITHIN_MS, before: await machineLock(lab, machine) });
  if (wasOn) await powerOn(lab, machine);
}

function chosen(lab: PlannedLab, names: readonly string[]): readonly LabMachine[] {
  return names.length === 0 ? lab.plan.machines : names.map((name) => machineOf(lab, name));
}

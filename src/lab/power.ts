/** Power and cables of a lab's machines: on, off, cut, cycle; plugged and unplugged. Asking for what already is changes nothing. */
import { shellQuote } from "../lib/shell-quote.ts";
import { ComputerFailed } from "../ports/computer.ts";
import { processesScript } from "./control-groups.ts";
import { type Lab, type PlannedLab, holderOf, runScript } from "./lab.ts";
import { LabFailed } from "./lab-failed.ts";
import { inNetwork } from "./lab-network.ts";
import type { LabMachine } from "./lab-plan.ts";
import { cutScript, machineGroup, shutDownScript } from "./machine-power.ts";

const SHUT_DOWN_WITHIN_SECONDS = 90;
const ANSWERS_WITHIN_MS = 180_000;
const ANSWER_INTERVAL_MS = 50;
const ANSWER_ATTEMPT_MS = 10_000;
/** Exit code of the script that waits, when the machine is still there. */
const STILL_ON = 3;

export async function isOn(lab: Lab, machine: string): Promise<boolean> {
  return (await runScript(lab, `look at ${machine}`, processesScript(lab.register, machineGroup(lab.name, machine)), { failure: "machine-failed" })).trim() !== "";
}

/** Starts the machine and, unless told otherwise, waits until SSH answers. */
export async function powerOn(lab: PlannedLab, machine: LabMachine): Promise<void> {
  const own = lab.paths.machine(machine.name);
  if (!(await isOn(lab, machine.name))) await lab.computer.start(["sh", own.supply], { logFile: own.console });
  if ((await lab.computer.readText(own.unplugged)) === undefined) await waitForAnswer(lab, machine);
}

/** As its power button does. One that does not go down in time is cut off. */
export async function powerOff(lab: PlannedLab, machine: LabMachine): Promise<void> {
  const script = shutDownScript(lab.name, machine.name, lab.register, SHUT_DOWN_WITHIN_SECONDS);
  const { code, stderr } = await lab.computer.run({ argv: ["sh", "-c", script], deadlineMs: (SHUT_DOWN_WITHIN_SECONDS + 30) * 1000 });
  if (code !== 0 && code !== STILL_ON) throw new LabFailed("machine-failed", `${machine.name}: not shut down: ${stderr.trim()}`, `Cut its power:  kubernest lab power cut ${machine.name}`);
  await powerCut(lab, machine);
}

/** In the middle of whatever it does. What the kernel had not written to its disk is written all the same: the computer goes on. */
export async function powerCut(lab: PlannedLab, machine: LabMachine): Promise<void> {
  await runScript(lab, `cut the power of ${machine.name}`, cutScript(machine, lab.name, lab.facts.hierarchies, lab.register), { failure: "machine-failed" });
}

/** Pulls the machine's cable, or puts it back. It stays pulled when the machine is switched off and on. */
export async function setLink(lab: PlannedLab, machine: LabMachine, isUp: boolean): Promise<void> {
  const own = lab.paths.machine(machine.name);
  if (isUp) await runScript(lab, `plug ${machine.name} in`, `rm -f ${shellQuote(own.unplugged)}`, { failure: "network-failed" });
  else await lab.computer.writeText(own.unplugged, "", 0o600);
  if (!(await isOn(lab, machine.name))) return;
  const holder = await holderOf(lab);
  if (holder === undefined) throw new LabFailed("network-failed", `the network of the lab ${lab.name} is gone`, "Make it anew:  kubernest lab up");
  await runScript(lab, `set the cable of ${machine.name}`, `ip link set ${machine.link} ${isUp ? "up" : "down"}`, { failure: "network-failed", before: inNetwork(holder, []) });
}

/** Waits until SSH answers; with our key, until it lets the machine's user in. */
export async function waitForAnswer(lab: PlannedLab, machine: LabMachine): Promise<void> {
  const holder = await holderOf(lab);
  if (holder === undefined) throw new LabFailed("network-failed", `the network of the lab ${lab.name} is gone`, "Make it anew:  kubernest lab up");
  const own = lab.paths.machine(machine.name);
  const deadlineMs = lab.computer.nowMs() + ANSWERS_WITHIN_MS;
  const probe = machine.isFresh
    ? ["ssh-keyscan", "-T", "5", "-t", "ed25519", "-p", String(machine.port), machine.address]
    : ["ssh", "-F", lab.paths.sshConfig, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "StrictHostKeyChecking=yes", "-p", String(machine.port), "-l", machine.user, machine.address, "true"];
  for (;;) {
    // On a busy computer an attempt may get no turn at all: the next may.
    const { code, stdout, stderr } = await lab.computer.run({ argv: inNetwork(holder, probe), deadlineMs: ANSWER_ATTEMPT_MS }).catch((error: unknown) => {
      if (error instanceof ComputerFailed && error.code === "timed-out") return { code: -1, stdout: "", stderr: error.message };
      throw error;
    });
    if (code === 0 && (!machine.isFresh || stdout.includes(" ssh-"))) return;
    const last = stderr.trim().split("\n").at(-1) ?? "";
    if (!(await isOn(lab, machine.name))) {
      const console = ((await lab.computer.readText(own.console)) ?? "").trim().split("\n").slice(-5).join("\n  ");
      throw new LabFailed("machine-failed", `${machine.name} went off while it started:\n  ${console}`, `Its console is in ${own.console}.`);
    }
    if (lab.computer.nowMs() > deadlineMs) throw new LabFailed("machine-failed", `${machine.name}: no answer over SSH in ${ANSWERS_WITHIN_MS / 1000} s; the last was: ${last}`, `Its console is in ${own.console}.`);
    await lab.computer.sleep(ANSWER_INTERVAL_MS);
  }
}

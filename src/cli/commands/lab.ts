/** `kubernest lab`: real Linux machines on this one computer, as the file describes them, to try `check --live`, `plan` and `up` on. */
import { Option } from "commander";
import { localComputer } from "../../adapters/local-computer.ts";
import type { Homelab } from "../../config/homelab.ts";
import { differences } from "../../lab/differences.ts";
import { enterCommand, type Visitor, visitorEnv } from "../../lab/enter-lab.ts";
import { exclusively, holderOf, type Lab, machineOf, openLab, type PlannedLab, withPlan } from "../../lab/lab.ts";
import { labDown } from "../../lab/lab-down.ts";
import { LabFailed } from "../../lab/lab-failed.ts";
import { STATE_DEFAULT } from "../../lab/lab-paths.ts";
import { labPlan } from "../../lab/lab-plan.ts";
import { labStatus, type LabStatus } from "../../lab/lab-status.ts";
import { labUp } from "../../lab/lab-up.ts";
import { powerCut, powerOff, powerOn, setLink } from "../../lab/power.ts";
import { imageCache } from "../../lab/root-image.ts";
import { resetMachines, restoreSnapshot, saveSnapshot } from "../../lab/snapshots.ts";
import { type Computer, ComputerFailed } from "../../ports/computer.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { type LabRequest, labRequest, PASSWORD_DEFAULT } from "../lab-settings.ts";
import { loadOrReport } from "../load-or-report.ts";
import { textTable } from "../text-table.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";

const HELP = `
What to do:
  up                        make the machines, or what is missing of them, and wait until SSH answers
  down                      take everything away: machines, network, files; --orderly shuts the machines down first
  status [-o json]          what is there, as observed
  run -- COMMAND…           run a command in the lab: its network, its SSH key and known hosts; the file is used as it is
  shell                     the same, with your shell
  power on|off MACHINE…     switch on and wait for SSH; shut down, as the power button does
  power cut MACHINE…        take the power away in the middle of whatever it does
  power cycle MACHINE…      cut, then on
  link MACHINE up|down      plug its network cable in, or pull it
  save NAME [MACHINE…]      copy the disks; restore NAME [MACHINE…] puts machines back to the copy
  reset MACHINE…            put machines back to how  up  made them

Root is needed. The machines and their network are in namespaces of their own: your own network is not touched, even where it has the same addresses.
Machines are no prison: root in one of them can reach this computer. Run in them what you would run here.

Exit codes:
  0  done
  1  failed, or this computer cannot have a lab, with the reason; with run, the command's own
  3  the file is invalid
`;

export const labCommand: CommandModule = {
  configure(command) {
    command
      .argument("<action>", "up, down, status, run, shell, power, link, save, restore, reset")
      .argument("[words...]", "what the action is about")
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .option("--name <name>", "the lab's name (default: the homelab's)")
      .option("--state <directory>", `where labs are kept (default: ${STATE_DEFAULT}, or KUBERNEST_LAB_STATE)`)
      .option("--fresh", "up: machines as out of their box: a password only, and a host key that nobody knows yet")
      .option("--password <password>", `up: the password of machines that ask for one (default: ${PASSWORD_DEFAULT})`)
      .option("--sudo-password <password>", "up: sudo asks for this password on every machine")
      .option("--offline", "up: machines have no way to the internet")
      .option("--mirror <url>", "up: a Debian mirror (default: the one this computer uses)")
      .option("--orderly", "down: shut the machines down before they are taken away")
      .addOption(new Option("-o, --output <format>", "status: how it is written").choices(["table", "json"]).default("table"))
      .addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const request = labRequest(args, options);
    if (typeof request === "string") return complain(io, request);
    const computer = localComputer(io.env);
    const stop = request.action === "run" || request.action === "shell" ? () => undefined : io.onInterrupt(() => computer.interrupt());
    try {
      return await perform(request, options, computer, io);
    } catch (error) {
      if (error instanceof ComputerFailed && error.code === "interrupted") {
        io.stderr("lab: interrupted; the same command finishes what began, and  kubernest lab down  takes it away\n");
        return EXIT.interrupted;
      }
      if (!(error instanceof LabFailed) && !(error instanceof ComputerFailed)) throw error;
      io.debug(error.stack ?? error.message);
      return complain(io, error instanceof LabFailed ? `${error.message}\n${error.hint}` : error.message);
    } finally {
      stop();
    }
  },
};

async function perform(request: LabRequest, options: Readonly<Record<string, unknown>>, computer: Computer, io: CommandIo): Promise<number> {
  const state = (options["state"] as string | undefined) ?? (io.env["KUBERNEST_LAB_STATE"] || STATE_DEFAULT);
  if (/[:,\\\s]/.test(state)) return complain(io, `${state}: an overlay takes no path with blanks, colons, commas or backslashes; choose another with --state`);
  const inside = io.env["KUBERNEST_LAB"];
  if (inside !== undefined && ["up", "down", "run", "shell"].includes(request.action)) {
    throw new LabFailed("inside", `lab ${request.action}: this is the inside of the lab ${inside}`, "Leave it first.");
  }
  if (request.action === "up") {
    const file = fileOf(options, io);
    const homelab = await loadOrReport(file, io);
    if (typeof homelab === "number") return homelab;
    return up(request, homelab, await openLab(computer, state, (options["name"] as string | undefined) ?? homelab.name), io);
  }
  const name = await nameOf(state, options, computer, io);
  if (typeof name === "number") return name;
  const lab = await openLab(computer, state, name);
  if (request.action === "down") {
    const wasThere = await labDown(lab, request);
    io.stderr(wasThere ? `${name}: taken away\n` : `${name}: there is no such lab; nothing to do\n`);
    return EXIT.done;
  }
  return performOn(request, await withPlan(lab), io);
}

async function up(request: Extract<LabRequest, { action: "up" }>, homelab: Homelab, lab: Lab, io: CommandIo): Promise<number> {
  const plan = labPlan(homelab, lab.name, request.wishes);
  const startMs = io.now();
  for (const line of differences(homelab, lab.computer, lab.facts)) io.stderr(`  ${line}\n`);
  const visitor = await visitorOf(lab.computer, io);
  const planned = await labUp(lab, plan, { cache: imageCache(io.env), mirror: request.mirror, password: request.password, owner: visitor, onProgress: (text) => io.stderr(`${text}\n`) });
  io.stderr(`${lab.name}: ${plan.machines.length} machines after ${((io.now() - startMs) / 1000).toFixed(1)} s\n`);
  io.stdout(`${statusTable(await labStatus(planned))}\n`);
  io.stderr("\nNext:  kubernest lab run -- kubernest check --live    kubernest lab shell    kubernest lab down\n");
  return EXIT.done;
}

async function performOn(request: Exclude<LabRequest, { action: "up" | "down" }>, lab: PlannedLab, io: CommandIo): Promise<number> {
  switch (request.action) {
    case "status": {
      const status = await labStatus(lab);
      io.stdout(request.output === "json" ? `${JSON.stringify(status, null, 2)}\n` : `${statusTable(status)}\n`);
      return EXIT.done;
    }
    case "run":
    case "shell": {
      const holder = await holderOf(lab);
      if (holder === undefined) throw new LabFailed("network-failed", `the lab ${lab.name} is not up`, "Start it:  kubernest lab up");
      const visitor = await visitorOf(lab.computer, io);
      const argv = request.action === "run" ? request.argv : [io.env["SHELL"] || "/bin/sh"];
      return lab.computer.attach(enterCommand(lab, holder, visitor, argv), { env: visitorEnv(lab, visitor, visitor.uid === 0) });
    }
    case "power": {
      const machines = request.machines.map((name) => machineOf(lab, name));
      const { power } = request;
      await exclusively(lab, async () => {
        if (power === "off") await Promise.all(machines.map((machine) => powerOff(lab, machine)));
        if (power === "cut" || power === "cycle") await Promise.all(machines.map((machine) => powerCut(lab, machine)));
        if (power === "on" || power === "cycle") await Promise.all(machines.map((machine) => powerOn(lab, machine)));
      });
      return EXIT.done;
    }
    case "link":
      await exclusively(lab, () => setLink(lab, machineOf(lab, request.machine), request.isUp));
      return EXIT.done;
    case "save":
      await saveSnapshot(lab, request.snapshot, request.machines);
      return EXIT.done;
    case "restore":
      await restoreSnapshot(lab, request.snapshot, request.machines);
      return EXIT.done;
    case "reset":
      await resetMachines(lab, request.machines);
      return EXIT.done;
  }
}

function statusTable(status: LabStatus): string {
  const rows = status.machines.map((machine) => [machine.name, machine.address, machine.user, machine.power, machine.cable, machine.ssh === undefined ? "-" : machine.ssh ? "answers" : "silent"]);
  const more = [`network ${status.network}`, `internet ${status.internet}`, ...(status.snapshots.length === 0 ? [] : [`snapshots ${status.snapshots.join(", ")}`])];
  return `${textTable([["MACHINE", "ADDRESS", "USER", "POWER", "CABLE", "SSH"], ...rows])}\n${more.join(" · ")}`;
}

function fileOf(options: Readonly<Record<string, unknown>>, io: CommandIo): string {
  return homelabFile(options, io);
}

/** The lab that is meant: as named, of the file that is named, the only one there is, or of the file that lies here. */
async function nameOf(state: string, options: Readonly<Record<string, unknown>>, computer: Computer, io: CommandIo): Promise<string | number> {
  const named = (options["name"] as string | undefined) ?? io.env["KUBERNEST_LAB"];
  if (named !== undefined) return named;
  const labs = (await computer.list(state)).filter((name) => !name.startsWith("."));
  if (options["config"] === undefined && labs.length === 1) return labs[0]!;
  const file = fileOf(options, io);
  if (options["config"] === undefined && !io.exists(file)) {
    return complain(io, labs.length === 0 ? "there is no lab; make one with  kubernest lab up" : `which lab? There are ${labs.join(", ")}; name one with --name`);
  }
  const homelab = await loadOrReport(file, io);
  return typeof homelab === "number" ? homelab : homelab.name;
}

/** Who commands in the lab run as: with sudo, the user who called it, so that what they write is that user's. */
async function visitorOf(computer: Computer, io: CommandIo): Promise<Visitor> {
  const id = io.env["SUDO_UID"] ?? "0";
  const { stdout } = await computer.run({ argv: ["getent", "passwd", id], deadlineMs: 10_000 });
  const [user, , uid, gid, , home] = stdout.trim().split(":");
  if (user === undefined || home === undefined) throw new LabFailed("computer-unfit", `this computer knows no user ${id}`, "Run it as root, without SUDO_UID.");
  return { user, uid: Number(uid), gid: Number(gid), home };
}

function complain(io: CommandIo, text: string): number {
  io.stderr(`lab: ${text}\n`);
  return EXIT.failed;
}

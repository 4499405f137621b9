/** `kubernest node remove`: a machine leaves the cluster and the file. Shows what will be done and the file's diff first, and asks. */
import { createTwoFilesPatch } from "diff";
import { Argument } from "commander";
import { checkFile } from "../../checks/check-file.ts";
import { plainReport } from "../../checks/report/plain.ts";
import { withoutMachine } from "../../config/edit-machines.ts";
import type { Homelab } from "../../config/homelab.ts";
import { StepFailed } from "../../engine/step-failed.ts";
import { nearestName } from "../../lib/nearest-name.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../../operations/perform-up.ts";
import { planUp } from "../../operations/plan-up.ts";
import { describeRemoval, performRemoval, planRemoval, type PlannedRemoval } from "../../operations/remove-node.ts";
import { resetWork } from "../../operations/reset.ts";
import { changeCount } from "../../plan/plan.ts";
import { describePlan } from "../../plan/describe-plan.ts";
import { checkOptions } from "../check-options.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { failureText, refusalText } from "../failure-text.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { operationView } from "../operation-view.ts";
import { realOperationPorts } from "../real-operation-ports.ts";
import { planStyle } from "./plan.ts";

const HELP = `
remove  Moves the pods off, lets the etcd member go, deletes the node, puts the machine back as it was, and takes it out of the file
        (comments stay). A machine that does not answer is taken out all the same. Refused where etcd would lose its majority.
        Afterwards kubernest up brings the machines that stay in line: load balancers, hosts.

Without a terminal: --yes, and --allow-destroy NAME.

Exit codes:
  0    done
  1    it must not be done, or something failed
  3    the file is invalid, or would be without the machine
  130  interrupted
`;

export const nodeCommand: CommandModule = {
  configure(command) {
    command
      .addArgument(new Argument("<action>", "what to do").choices(["remove"]))
      .argument("<machine>", "a machine of the file")
      .option("-c, --config <file>", "the homelab file")
      .option("-y, --yes", "do not ask")
      .option("--allow-destroy <machine...>", "machines on which data may be destroyed")
      .addHelpText("after", HELP);
  },

  async run([, name = ""], options, io) {
    const file = homelabFile(options, io);
    const homelab = await loadOrReport(file, io);
    if (typeof homelab === "number") return homelab;
    const machine = Object.hasOwn(homelab.machines, name) ? homelab.machines[name] : undefined;
    if (machine === undefined) {
      const meant = nearestName(name, Object.keys(homelab.machines));
      return complain(io, `${name} is no machine of ${homelab.name}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
    }
    if (options["yes"] !== true && !io.canAsk) return complain(io, `There is no terminal to ask in: approve with --yes --allow-destroy ${name}.`);
    if (options["yes"] === true && !((options["allowDestroy"] as string[] | undefined) ?? []).includes(name)) return complain(io, `This destroys what is on ${name}: allow it with --allow-destroy ${name}`);
    const text = file.endsWith(".ts") ? undefined : withoutMachine(io.readFile(file), name);
    if (text === undefined) return complain(io, `${name} cannot be taken out of ${file} from here, as it is a program or makes its machines in another way: take it out by hand, then delete the node with kubectl and run kubernest up.`);
    const rest = await homelabOf(file, text, io);
    if (typeof rest === "number") return rest;
    const ports = realOperationPorts(homelab, io, operationView(io), () => undefined);
    const undone = await planUp(homelab, ports, "node remove", resetWork(homelab, [machine]));
    let removal: PlannedRemoval | undefined;
    let isInterrupted = false;
    const unlisten = io.onInterrupt(() => {
      isInterrupted = true;
      io.stderr("\nStopping after what is under way.\n");
    });
    try {
      const isDead = undone.observed.failures.length > 0;
      if (undone.refusals.length > 0) {
        io.stderr(refusalText(undone.refusals, io));
        return EXIT.failed;
      }
      removal = await planRemoval(homelab, rest, machine, isDead, ports);
      io.stdout(`${describeRemoval(removal)}\n\n`);
      if (isDead) io.stderr(`${undone.observed.failures[0]!.message}\nIt is left as it is: keep it off, or kubernest reset it before it comes back.\n\n`);
      else if (changeCount(undone.plan) > 0) io.stdout(describePlan(undone.plan, planStyle(io), { brief: true }));
      io.stdout(`\n${createTwoFilesPatch(file, file, io.readFile(file), text, "", "", { context: 2 }).split("\n").slice(1).join("\n")}\n`);
      if (options["yes"] !== true && !(await asked(name))) return complain(io, "Nothing was changed.");
      await performRemoval(rest, removal, ports, () => isInterrupted);
      if (isInterrupted) return EXIT.interrupted;
      if (!isDead && changeCount(undone.plan) > 0) {
        const { failures } = await performUp(homelab, undone.plan, undone, ports, [], { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted: () => isInterrupted });
        if (failures.length > 0) throw failures[0]!;
      }
      io.writeFile(file, text);
      io.stderr(`${name} is no part of ${homelab.name} any more. Next:  kubernest up   brings the others in line.\n`);
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      io.stderr(`${failureText([error], io)}The file was not changed: run the same command again to go on.\n`);
      return EXIT.failed;
    } finally {
      unlisten();
      await removal?.observed.close();
      await undone.close();
    }
  },
};

/** The homelab as it would be; what would be wrong with it is printed, as nothing must be done then. */
async function homelabOf(file: string, text: string, io: CommandIo): Promise<Homelab | number> {
  const options = checkOptions(io);
  const { findings, homelab } = await checkFile(file, { ...options, readFile: (path) => (path === file ? Promise.resolve(text) : options.readFile(path)) });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (homelab !== undefined && errors.length === 0) return homelab;
  io.stderr(`Without it the file would be invalid; change this first:\n${plainReport(errors)}`);
  return EXIT.fileInvalid;
}

async function asked(name: string): Promise<boolean> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({ message: `This destroys what is on it. Write the machine's name (${name}) to go on`, output: process.stderr });
  return !isCancel(answer) && answer.trim() === name;
}

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}

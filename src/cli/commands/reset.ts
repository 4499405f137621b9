/** `kubernest reset`: Kubernetes off the machines, and back what was there before. Lists everything first, and asks by name. */
import { describePlan, summaryLine } from "../../plan/describe-plan.ts";
import { changeCount, destroyedMachines } from "../../plan/plan.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../../operations/perform-up.ts";
import { planUp } from "../../operations/plan-up.ts";
import { resetWork } from "../../operations/reset.ts";
import { askName } from "../ask.ts";
import { chosenMachines } from "../chosen-machines.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { failureText, refusalText } from "../failure-text.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { operationView } from "../operation-view.ts";
import { realOperationPorts } from "../real-operation-ports.ts";
import { planStyle } from "./plan.ts";

const HELP = `
Takes away what up put there: units, binaries, images, the cluster's data, network links and rules, our files; files, names and
kernel settings that were there before are put back. Packages stay. The data of the cluster and of local volumes is lost.
A second up then builds it anew. Machines that do not answer are named, and left.

Without a terminal: --yes, and --allow-destroy MACHINE for each machine.

Exit codes:
  0    done, or nothing to do
  1    something failed, or was not allowed
  3    the file is invalid
  130  interrupted
`;

export const resetCommand: CommandModule = {
  configure(command) {
    command
      .argument("[machines...]", "machines, roles, or all (default: all)")
      .option("-c, --config <file>", "the homelab file")
      .option("-y, --yes", "do not ask")
      .option("--allow-destroy <machine...>", "machines on which data may be destroyed; all for all of them")
      .addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const homelab = await loadOrReport(homelabFile(options, io), io);
    if (typeof homelab === "number") return homelab;
    const machines = chosenMachines(homelab, args.length === 0 ? ["all"] : args);
    if (typeof machines === "string") return complain(io, machines);
    if (options["yes"] !== true && !io.canAsk) return complain(io, "There is no terminal to ask in: approve with --yes and --allow-destroy MACHINE.");
    const ports = realOperationPorts(homelab, io, operationView(io), () => undefined);
    const planned = await planUp(homelab, ports, "reset", resetWork(homelab, machines));
    let isInterrupted = false;
    const unlisten = io.onInterrupt(() => {
      isInterrupted = true;
      io.stderr("\nStopping after what is under way.\n");
    });
    try {
      if (planned.refusals.length > 0) {
        io.stderr(refusalText(planned.refusals, io));
        return EXIT.failed;
      }
      if (planned.failures.length > 0) io.stderr(failureText(planned.failures, io));
      if (planned.failures.length === machines.length) return EXIT.failed;
      if (changeCount(planned.plan) === 0) {
        io.stderr(`${summaryLine(planned.plan).replace("everything is as the file says", "nothing of ours is there")}\n`);
        return planned.failures.length > 0 ? EXIT.failed : EXIT.done;
      }
      io.stdout(describePlan(planned.plan, planStyle(io)));
      const destroyed = destroyedMachines(planned.plan);
      const allowed = new Set((options["allowDestroy"] as string[] | undefined) ?? []);
      const unallowed = destroyed.filter((machine) => !allowed.has(machine) && !allowed.has("all"));
      if (options["yes"] === true && unallowed.length > 0) return complain(io, `This destroys data on ${unallowed.join(", ")}: allow it with --allow-destroy ${unallowed.join(" ")}`);
      if (options["yes"] !== true && !(await askName("the homelab's name", homelab.name))) return complain(io, "Nothing was changed.");
      const result = await performUp(homelab, planned.plan, planned, ports, [], { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted: () => isInterrupted });
      if (result.failures.length > 0) {
        io.stderr(`\n${failureText(result.failures, io)}`);
        return EXIT.failed;
      }
      if (isInterrupted) return EXIT.interrupted;
      io.stderr("Done: nothing of ours is there any more.\n");
      return planned.failures.length > 0 ? EXIT.failed : EXIT.done;
    } finally {
      unlisten();
      await planned.close();
    }
  },
};

function complain(io: CommandIo, message: string): number {
  io.stderr(`${message}\n`);
  return EXIT.failed;
}

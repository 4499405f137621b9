/** `kubernest up`: shows the plan, asks, and makes it so. */
import { changeCount, deletedObjects, destroyedMachines, type Plan, PLAN_FORMAT, planHash, stableJson } from "../../plan/plan.ts";
import { describePlan, summaryLine } from "../../plan/describe-plan.ts";
import { clusterStages } from "../../operations/perform-cluster.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../../operations/perform-up.ts";
import { generatedSecrets } from "../../operations/generated-secrets.ts";
import { upRefusal, upRefusalText } from "../../operations/up-refusal.ts";
import { planUp } from "../../operations/plan-up.ts";
import { appTable } from "../app-table.ts";
import { askYes } from "../ask.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { failureText, refusalText } from "../failure-text.ts";
import { homelabFile } from "../homelab-file.ts";
import { openSecretsOf } from "../homelab-secrets.ts";
import { loadOrReport } from "../load-or-report.ts";
import { operationView } from "../operation-view.ts";
import { realOperationPorts } from "../real-operation-ports.ts";
import { planPath } from "../state-files.ts";
import { planStyle } from "./plan.ts";

const HELP = `
Shows the plan first, then asks; without a terminal, --yes or --plan approves it. What is needed is decided again on the
machines: an approved plan is never exceeded. Interrupted, run it again: it goes on where the machines are.

Exit codes:
  0    done, or nothing to do
  1    something failed: what, and what to do next, is printed last
  3    the file is invalid
  130  interrupted
`;

export const upCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", "the homelab file")
      .option("-y, --yes", "do not ask")
      .option("--plan <hash|file>", "do what this plan says, and nothing beyond it")
      .option("--prune", "take away what left the file, without asking")
      .option("--allow-destroy <machine...>", "machines on which data may be destroyed")
      .addHelpText("after", HELP);
  },

  async run(_args, options, io) {
    const file = homelabFile(options, io);
    const homelab = await loadOrReport(file, io);
    if (typeof homelab === "number") return homelab;
    const refusal = upRefusal(homelab);
    if (refusal !== undefined) {
      io.stderr(upRefusalText(refusal, "up"));
      return EXIT.failed;
    }
    const approved = options["plan"] === undefined ? undefined : readPlan(String(options["plan"]), homelab.name, io);
    if (approved === null) return EXIT.failed;
    if (approved === undefined && options["yes"] !== true && !io.canAsk) {
      io.stderr("There is no terminal to ask in: approve with --yes, or with --plan HASH after kubernest plan.\n");
      return EXIT.failed;
    }
    const secrets = await openSecretsOf(homelab, io);
    if (typeof secrets === "number") return secrets;
    const ports = realOperationPorts(homelab, io, operationView(io), (name) => secrets.get(name));
    const planned = await planUp(homelab, ports, "up");
    let interruptCount = 0;
    const unlisten = io.onInterrupt(() => {
      interruptCount++;
      io.stderr(interruptCount === 1 ? "\nStopping after what is under way; once more to leave at once.\n" : "\n");
      if (interruptCount > 1) void planned.close();
    });
    try {
      const { failures } = planned;
      if (failures.length > 0) io.stderr(failureText(failures, io));
      if (planned.refusals.length > 0) io.stderr(refusalText(planned.refusals, io));
      if (failures.length > 0 || planned.refusals.length > 0) return EXIT.failed;
      for (const note of planned.notes) io.stderr(`${note}\n`);
      if (changeCount(planned.plan) === 0) {
        io.stderr(`${summaryLine(planned.plan)}\n`);
        return EXIT.done;
      }
      const plan = approved ?? planned.plan;
      const destroyed = destroyedMachines(plan).filter((machine) => !((options["allowDestroy"] as string[] | undefined) ?? []).includes(machine));
      io.stdout(describePlan(planned.plan, planStyle(io), { brief: approved !== undefined || options["yes"] === true }));
      if (destroyed.length > 0) {
        io.stderr(`This destroys data on ${destroyed.join(", ")}: allow it with --allow-destroy ${destroyed.join(" ")}\n`);
        return EXIT.failed;
      }
      io.writeFile(planPath(io, homelab.name, planHash(plan)), stableJson(plan), { mode: 0o600 });
      if (approved === undefined && options["yes"] !== true && !(await askYes("Do this?"))) {
        io.stderr("Nothing was changed.\n");
        return EXIT.failed;
      }
      const deletions = deletedObjects(plan);
      const prunes = options["prune"] === true || (deletions.length > 0 && io.canAsk && options["yes"] !== true && (await askYes(`Take away what left the file (${deletions.join(", ")})?`)));
      if (deletions.length > 0 && !prunes) io.stderr(`Left in the cluster: ${deletions.join(", ")}. kubernest up --prune takes away what left the file.\n`);
      if (!(await secrets.ensure(generatedSecrets(homelab, (bytes) => ports.randomWord(bytes))))) return EXIT.failed;
      const beganMs = io.now();
      const isInterrupted = (): boolean => interruptCount > 0;
      const inCluster = clusterStages({ homelab, plan, planned, ports, prunes, isInterrupted });
      const result = await performUp(homelab, plan, planned, ports, inCluster.stages, { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted });
      const apps = await inCluster.apps();
      if (result.failures.length > 0) {
        io.stderr(`\n${failureText(result.failures, io)}`);
        return EXIT.failed;
      }
      if (interruptCount > 0) {
        io.stderr("Interrupted. Run kubernest up again: it goes on where the machines are.\n");
        return EXIT.interrupted;
      }
      if (apps.length > 0) io.stdout(appTable(apps));
      io.stderr(`Done in ${((io.now() - beganMs) / 1000).toFixed(1)} s.\n`);
      return EXIT.done;
    } finally {
      unlisten();
      await planned.close();
    }
  },
};

/** Null, after a word about it, when there is no such plan. */
function readPlan(name: string, homelab: string, io: CommandIo): Plan | null {
  const path = /^[0-9a-f]{12}$/.test(name) ? planPath(io, homelab, name) : name;
  try {
    const plan = JSON.parse(io.readFile(path)) as Plan & { hash?: string };
    delete plan.hash;
    if (plan.format !== PLAN_FORMAT || plan.homelab !== homelab) {
      io.stderr(`${path} is a plan of ${plan.homelab ?? "something else"}, not of ${homelab}.\n`);
      return null;
    }
    return plan;
  } catch (error) {
    io.stderr(`--plan ${name}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such plan: kubernest plan makes one" : "this is no plan"}\n`);
    return null;
  }
}

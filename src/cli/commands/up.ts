/** `kubernest up`: shows the plan, asks, and makes it so. */
import { changeCount, deletedObjects, destroyedMachines, type Plan, PLAN_FORMAT, planHash, stableJson } from "../../plan/plan.ts";
import { describePlan, summaryLine } from "../../plan/describe-plan.ts";
import type { Homelab } from "../../config/homelab.ts";
import { appAddresses } from "../../manifests/app-addresses.ts";
import type { PlannedUp } from "../../operations/plan-up.ts";
import { unreadyContents } from "../../operations/unready-contents.ts";
import { clusterStages } from "../../operations/perform-cluster.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../../operations/perform-up.ts";
import { generatedSecrets } from "../../operations/generated-secrets.ts";
import { appTable } from "../app-table.ts";
import { askYes } from "../ask.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { failureText } from "../failure-text.ts";
import { loadFor, planFor } from "../plan-for.ts";
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
    const homelab = await loadFor("up", options, io);
    if (typeof homelab === "number") return homelab;
    const approved = options["plan"] === undefined ? undefined : readPlan(String(options["plan"]), homelab.name, io);
    if (approved === null) return EXIT.failed;
    if (approved === undefined && options["yes"] !== true && !io.canAsk) {
      io.stderr("There is no terminal to ask in: approve with --yes, or with --plan HASH after kubernest plan.\n");
      return EXIT.failed;
    }
    const found = await planFor("up", homelab, io);
    if (typeof found === "number") return found;
    const { planned, ports, secrets } = found;
    let interruptCount = 0;
    const unlisten = io.onInterrupt(() => {
      interruptCount++;
      io.stderr(interruptCount === 1 ? "\nStopping after what is under way; once more to leave at once.\n" : "\n");
      if (interruptCount > 1) void planned.close();
    });
    try {
      const leaving = deletedObjects(planned.plan);
      // What left the file stays unless somebody wants it gone: alone, it is no reason to begin.
      const isAsked = io.canAsk && options["yes"] !== true && approved === undefined;
      if (changeCount(planned.plan) === (isAsked || options["prune"] === true ? 0 : leaving.length)) {
        if (leaving.length > 0) io.stderr(leftText(leaving));
        return await nothingToDo(homelab, planned, io);
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
      const prunes = options["prune"] === true || (deletions.length > 0 && io.canAsk && options["yes"] !== true && (await askYes(`Take away what left the file (${briefly(deletions)})?`)));
      if (deletions.length > 0 && !prunes) io.stderr(leftText(deletions));
      if (!(await secrets.ensure(generatedSecrets(homelab, (bytes) => ports.randomWord(bytes))))) return EXIT.failed;
      const beganMs = io.now();
      const isInterrupted = (): boolean => interruptCount > 0;
      const inCluster = clusterStages({ homelab, plan, planned, ports, prunes, isInterrupted });
      const result = await performUp(homelab, plan, planned, ports, inCluster.stages, { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted });
      const apps = await inCluster.apps();
      if (apps.length > 0) io.stdout(appTable(apps));
      if (result.failures.length > 0) {
        io.stderr(`\n${failureText(result.failures, io)}`);
        if (prunes && result.skipped.includes("prune")) io.stderr(`Left in the cluster until all else is well: ${briefly(deletions)}.\n`);
        return EXIT.failed;
      }
      if (interruptCount > 0) {
        io.stderr("Interrupted. Run kubernest up again: it goes on where the machines are.\n");
        return EXIT.interrupted;
      }
      io.stderr(`Done in ${((io.now() - beganMs) / 1000).toFixed(1)} s.\n`);
      return EXIT.done;
    } finally {
      unlisten();
      await planned.close();
    }
  },
};

/** One look, without a wait: what is as the file says may still not work. */
async function nothingToDo(homelab: Homelab, { plan, cluster }: PlannedUp, io: CommandIo): Promise<number> {
  const missing = cluster?.access === undefined ? [] : await unreadyContents(cluster.access.client, cluster.wanted);
  if (missing.length === 0) {
    const urls = appAddresses(homelab).map(({ url }) => url);
    io.stderr(`${changeCount(plan) === 0 ? summaryLine(plan) : "Everything else is as the file says."}${urls.length === 0 ? "" : ` ${briefly(urls)}`}\n`);
    return EXIT.done;
  }
  io.stderr("Nothing to change: everything is as the file says. Not all of it works:\n");
  for (const { what, why, hint } of missing) io.stderr(`${what}: ${why}\n${hint === undefined ? "" : `  → ${hint}\n`}`);
  return EXIT.failed;
}

const NAMES_SHOWN_MAX = 4;

function briefly(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN_MAX;
  return `${names.slice(0, NAMES_SHOWN_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function leftText(names: readonly string[]): string {
  return `Left in the cluster: ${briefly(names)}.\n  → kubernest up --prune takes away what left the file; kubernest plan lists it\n`;
}

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

/** `kubernest up`: shows the plan, asks, and makes it so. */
import { type Plan, PLAN_FORMAT } from "../../plan/plan.ts";
import { bringUp, bringUpWishes } from "../bring-up.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { loadFor } from "../plan-for.ts";
import { planPath } from "../state-files.ts";

const HELP = `
Shows the plan first, then asks; without a terminal, --yes or --plan approves it. What is needed is decided again on the
machines: an approved plan is never exceeded. Interrupted, run it again: it goes on where the machines are.
Machines that do not answer are named, and the others go on; what would need them waits, so that etcd keeps its majority.

Exit codes:
  0    done, or nothing to do
  1    something failed, or a machine did not answer: what, and what to do next, is printed last
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
    return bringUp(homelab, { ...bringUpWishes(options, io), approved }, io);
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

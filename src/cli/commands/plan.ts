/** `kubernest plan`: what `up` would do, machine by machine, before anything happens. Reads machines; changes nothing. */
import { Option } from "commander";
import { describePlan, type PlanStyle } from "../../plan/describe-plan.ts";
import { changeCount, planHash, stableJson } from "../../plan/plan.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadFor, planFor } from "../plan-for.ts";
import { painter } from "../paint.ts";
import { planPath } from "../state-files.ts";

const HELP = `
Reads every machine over SSH, all at once, and asks the cluster what applying the file would change: shows what is not as
the file says, each file and object as a diff, each command. Machines that do not answer are named, and left out.
The plan is kept: \`kubernest up --plan HASH\` does exactly that, and stops where more would be needed.

Exit codes:
  0  nothing to do
  1  a machine could not be reached or read, or must not be touched
  2  the plan has changes, of the machines that answer
  3  the file is invalid
`;

export const planCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", "the homelab file")
      .addOption(new Option("-o, --output <format>", "text, or the plan itself as JSON").choices(["text", "json"]).default("text"))
      .option("--brief", "without diffs and commands")
      .addHelpText("after", HELP);
  },

  async run(_args, options, io) {
    const homelab = await loadFor("plan", options, io);
    if (typeof homelab === "number") return homelab;
    const found = await planFor("plan", homelab, { file: homelabFile(options, io) }, io);
    if (typeof found === "number") return found;
    const { planned } = found;
    await planned.close();
    const { plan } = planned;
    const hash = planHash(plan);
    if (options["output"] === "json") io.stdout(`${JSON.stringify({ hash, ...plan }, null, 2)}\n`);
    else io.stdout(describePlan(plan, planStyle(io), { brief: options["brief"] === true }));
    if (changeCount(plan) === 0) return plan.away === undefined ? EXIT.done : EXIT.failed;
    io.writeFile(planPath(io, homelab.name, hash), stableJson(plan), { mode: 0o600 });
    return EXIT.planHasChanges;
  },
};

export function planStyle(io: Pick<CommandIo, "colour">): PlanStyle {
  const paint = painter(io.colour);
  return { heading: paint.bold, added: paint.green, removed: paint.red, warned: paint.yellow, dim: paint.dim };
}

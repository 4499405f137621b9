/** `kubernest plan`: what `up` would do, machine by machine, before anything happens. Reads machines; changes nothing. */
import { Option } from "commander";
import { describePlan, type PlanStyle } from "../../plan/describe-plan.ts";
import { changeCount, planHash, stableJson } from "../../plan/plan.ts";
import { upRefusal, upRefusalText } from "../../operations/up-refusal.ts";
import { planUp } from "../../operations/plan-up.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { failureText, refusalText } from "../failure-text.ts";
import { homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { operationView } from "../operation-view.ts";
import { painter } from "../paint.ts";
import { realOperationPorts } from "../real-operation-ports.ts";
import { openSecretsOf } from "../homelab-secrets.ts";
import { planPath } from "../state-files.ts";

const HELP = `
Reads every machine over SSH, all at once, and asks the cluster what applying the file would change: shows what is not as
the file says, each file and object as a diff, each command.
The plan is kept: \`kubernest up --plan HASH\` does exactly that, and stops where more would be needed.

Exit codes:
  0  nothing to do
  1  a machine could not be reached or read, or must not be touched
  2  the plan has changes
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
    const file = homelabFile(options, io);
    const homelab = await loadOrReport(file, io);
    if (typeof homelab === "number") return homelab;
    const refusal = upRefusal(homelab);
    if (refusal !== undefined) {
      io.stderr(upRefusalText(refusal, "plan"));
      return EXIT.failed;
    }
    const secrets = await openSecretsOf(homelab, io);
    if (typeof secrets === "number") return secrets;
    const planned = await planUp(homelab, realOperationPorts(homelab, io, operationView(io), (name) => secrets.get(name)), "plan");
    await planned.close();
    if (planned.failures.length > 0) io.stderr(failureText(planned.failures, io));
    if (planned.refusals.length > 0) io.stderr(refusalText(planned.refusals, io));
    if (planned.failures.length > 0 || planned.refusals.length > 0) return EXIT.failed;
    for (const note of planned.notes) io.stderr(`${note}\n`);
    const { plan } = planned;
    const hash = planHash(plan);
    if (options["output"] === "json") io.stdout(`${JSON.stringify({ hash, ...plan }, null, 2)}\n`);
    else io.stdout(describePlan(plan, planStyle(io), { brief: options["brief"] === true }));
    if (changeCount(plan) === 0) return EXIT.done;
    io.writeFile(planPath(io, homelab.name, hash), stableJson(plan), { mode: 0o600 });
    return EXIT.planHasChanges;
  },
};

export function planStyle(io: Pick<CommandIo, "colour">): PlanStyle {
  const paint = painter(io.colour);
  return { heading: paint.bold, added: paint.green, removed: paint.red, warned: paint.yellow, dim: paint.dim };
}

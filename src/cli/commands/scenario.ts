/** `kubernest scenario`: what happened to others, as files: list them, show one, run one in virtual time, begin a new one. */
import { Argument, Option } from "commander";
import { templateText } from "../../config/templates.ts";
import { shellQuote } from "../../lib/shell-quote.ts";
import { timeText } from "../../lib/time-text.ts";
import { wrapText } from "../../lib/wrap-text.ts";
import { COME_TO_REST_MS } from "../../rehearse/prove/warm-up.ts";
import { lineText, tellScenario } from "../../rehearse/tell/tell-scenario.ts";
import { turnToEnd } from "../../rehearse/tell/turn-to-end.ts";
import { ACT_IDS, ACTS } from "../../scenarios/act.ts";
import { FAULT_IDS, FAULTS, faultText } from "../../scenarios/fault.ts";
import { NAME_PATTERN, readScenario } from "../../scenarios/read-scenario.ts";
import { authorityFor, breakableRehearsal, waitingText } from "../breakable-rehearsal.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { homelabFile } from "../homelab-file.ts";
import { progressLine } from "../progress-line.ts";
import { painter } from "../paint.ts";
import { allScenarios, findScenario, type FoundScenario, loadScenario, nameOf, OWN_DIRECTORY } from "../scenario-files.ts";
import { newScenarioText } from "../scenario-template.ts";
import { judgedText, scenarioResult } from "../scenario-report.ts";
import { textTable } from "../text-table.ts";

const ACTIONS = ["list", "show", "run", "new"] as const;

const HELP_WIDTH = 80;

/** For each target, in the order of their coming, what goes with it. */
function listed(pairs: readonly (readonly [target: string, id: string])[]): string {
  const targets = [...new Set(pairs.map(([target]) => target))];
  return targets.flatMap((target) => wrapText(`${target}: ${pairs.flatMap(([of, id]) => (of === target ? id : [])).join(", ")}`, HELP_WIDTH - 2, "  ").map((row) => `  ${row}`)).join("\n");
}

const HELP = `
Actions:
  list        the scenarios that come with kubernest, and yours below ${OWN_DIRECTORY}/
  show NAME   the text of one
  run NAME    tell it in virtual time, and say whether what it expects came true
  new NAME    begin one: writes ${OWN_DIRECTORY}/NAME.yaml

NAME may be the path of a file, or a loss of your homelab as prove calls it;
what is lost is given back after a quarter of an hour:
  kubernest scenario run "pi2 off"
  kubernest scenario new "pi2's disk lost and switch off"
Live, to watch with kubectl:
  kubernest rehearse --scenario NAME
What can be written in one: docs/scenarios.md

Faults (begin: FAULT TARGET, end: FAULT TARGET), by what they strike:
${listed(FAULT_IDS.map((id) => [FAULTS[id].strikes, id]))}

What a person does (do: WHAT TARGET):
${listed(ACT_IDS.map((id) => [ACTS[id].on, id]))}

Exit codes:
  0    done; what was expected came true
  1    no such scenario, or its homelab is not ready before anything happens
  3    the scenario or its homelab is invalid
  4    something came otherwise than expected
  130  interrupted
`;

export const scenarioCommand: CommandModule = {
  configure(command) {
    command
      .addArgument(new Argument("<action>", "what to do").choices(ACTIONS))
      .argument("[name]", "a scenario by its name, a file, or a loss as prove calls it")
      .option("-c, --config <file>", "run: this homelab instead of the scenario's own")
      .option("--seed <seed>", "run: what chance starts from (default: the scenario's own)")
      .addOption(new Option("-o, --output <format>", "list, run: how the result is written").choices(["text", "json"]).default("text"))
      .addHelpText("after", HELP);
  },

  async run([action = "", name], options, io) {
    if (action === "list") return name === undefined ? list(options, io) : complain(io, "scenario list takes no name");
    if (name === undefined) return complain(io, `scenario ${action} needs a name; see those there are with  kubernest scenario list`);
    if (action === "new" && NAME_PATTERN.test(name)) return create(name, newScenarioText(name), io);
    if (action === "new" && !/\s/.test(name)) return complain(io, `${name} is not a name: lower-case letters, digits and hyphens`);
    const found = await findScenario(name, homelabFile(options, io), io);
    if (typeof found === "number") return found;
    if (action === "new") return create(nameOf(found.file), found.text, io);
    if (action === "show") {
      io.stdout(templateText(found.text));
      return EXIT.done;
    }
    return run(name, found, options, io);
  },
};

function list(options: Readonly<Record<string, unknown>>, io: CommandIo): number {
  const all = allScenarios(io).map(({ file, text, isOwn }) => ({ name: nameOf(file), isOwn, file, scenario: readScenario(text).scenario }));
  if (options["output"] === "json") {
    io.stdout(`${JSON.stringify(all.map(({ name, isOwn, file, scenario }) => ({ name, own: isOwn, file, title: scenario?.title ?? null, sources: scenario?.sources ?? [], steps: (scenario?.steps ?? []).map((step) => `${step.does} ${step.does === "act" ? `${step.act.id} ${step.act.target}` : faultText(step.fault)}`), untilMs: scenario?.untilMs ?? null })), null, 2)}\n`);
    return EXIT.done;
  }
  const width = Math.max(...all.map(({ name }) => name.length));
  io.stdout(`${textTable(all.map(({ name, isOwn, scenario }) => [name, cut(`${isOwn ? "(yours) " : ""}${scenario?.title ?? "(invalid: run it to see why)"}`, io.width - width - 2)]))}\n`);
  return EXIT.done;
}

/** With … where there is more. */
function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1)).trimEnd()}…`;
}

async function run(asked: string, found: FoundScenario, options: Readonly<Record<string, unknown>>, io: CommandIo): Promise<number> {
  const loaded = await loadScenario(found, options["config"] as string | undefined, io);
  if (typeof loaded === "number") return loaded;
  const { scenario, homelab } = loaded;
  const isJson = options["output"] === "json";
  const seed = (options["seed"] as string | undefined) ?? scenario.seed;
  let isStopped = false;
  io.onInterrupt(() => (isStopped = true));
  const rehearsal = breakableRehearsal(homelab, seed, authorityFor("kubernest-scenario", io.now()), io);
  try {
    const ready = await rehearsal.settle(() => isStopped);
    progressLine(io, undefined);
    if (isStopped) return EXIT.interrupted;
    if (!ready.isReady) {
      io.stderr(`The homelab is not ready even before anything happens (${ready.why}).\n${waitingText(ready)}`);
      return EXIT.failed;
    }
    rehearsal.cluster.run(COME_TO_REST_MS);
    if (!isJson) io.stderr(`${scenario.title}\n${homelab.name}, ${Object.keys(homelab.machines).length} machines, Kubernetes ${homelab.kubernetes.version}, seed ${seed}; watched for ${timeText(scenario.untilMs)}\n\n`);
    const telling = tellScenario({ homelab, cluster: rehearsal.cluster, site: rehearsal.site }, scenario, (line) => !isJson && io.stdout(`${lineText(line, io.width)}\n`));
    await turnToEnd(rehearsal, telling, async () => {
      await new Promise<void>((resolve) => void setImmediate(resolve));
      return !isStopped;
    });
    const { told } = telling;
    if (told === undefined) return EXIT.interrupted;
    if (isJson) io.stdout(`${JSON.stringify(scenarioResult(scenario, homelab.kubernetes.version, seed, told), null, 2)}\n`);
    else {
      const paint = painter(io.colour && io.stdoutIsTerminal);
      io.stdout(`\n${told.judged.map((one) => judgedText(one, paint)).join("\n")}\n`);
      io.stderr(`\nLive, to watch with kubectl:  kubernest rehearse --scenario ${shellQuote(asked)}\n`);
    }
    return told.judged.every(({ isMet }) => isMet) ? EXIT.done : EXIT.promiseBroken;
  } finally {
    await rehearsal.close();
  }
}

function create(name: string, text: string, io: CommandIo): number {
  const file = `${OWN_DIRECTORY}/${name}.yaml`;
  if (io.exists(file)) return complain(io, `${file} is there already`);
  try {
    io.makeDirectory(OWN_DIRECTORY);
    io.writeFile(file, text);
  } catch (error) {
    return complain(io, `${file} cannot be written: ${(error as Error).message}`);
  }
  io.stderr(`Wrote ${file}\nNext:  kubernest scenario run ${name}\n`);
  return EXIT.done;
}

function complain(io: CommandIo, text: string): number {
  io.stderr(`${text}\n`);
  return EXIT.failed;
}

/** `kubernest prove`: every loss that the homelab can have, tried on the embedded cluster in virtual time, against what its apps promise. */
import { InvalidArgumentError, Option } from "commander";
import { realClock } from "../../adapters/real-clock.ts";
import { changedHomelab } from "../../checks/check-file.ts";
import type { Homelab } from "../../config/homelab.ts";
import { type Change, parseChange, WrongChange } from "../../config/what-if.ts";
import { timeText } from "../../lib/time-text.ts";
import { type Advice, advise } from "../../rehearse/prove/advice/advise.ts";
import { type FaultSet, NoSuchPlacement, type Placements, type Proof, prove, scenariosOf } from "../../rehearse/prove/prove.ts";
import { NotReady } from "../../rehearse/prove/warm-up.ts";
import { scenarioTitle } from "../../scenarios/scenario.ts";
import type { TieBreak } from "../../sim/scheduler/tie-break.ts";
import { scenarioThreads } from "../prove/scenario-threads.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { painter } from "../paint.ts";
import { adviceReport } from "../advice-report.ts";
import { authorityFor, unreadRehearsal, validityFrom, waitingText } from "../breakable-rehearsal.ts";
import { checkOptions } from "../check-options.ts";
import { explainReport, unknownToExplain, WORST } from "../explain-report.ts";
import { compareProofs, comparisonReport } from "../proof-comparison.ts";
import { proofReport, worthSeeing } from "../proof-report.ts";
import { leftBroken, walkReport } from "../walk-report.ts";
import { FORMATS, type Format } from "../proof-formats/formats.ts";
import { progressLine } from "../progress-line.ts";
import { proofResult } from "../proof-result.ts";
import { fitText } from "../../lib/wrap-text.ts";
import { shellQuote } from "../../lib/shell-quote.ts";

const HELP = `
Each machine loses its power, its network, its disk; each part of the site fails.
Each loss is watched until all is at rest, then what was lost is given back. What
users see follows from what the embedded cluster does: nothing is assumed of it.

--faults degraded loses one thing, lets all come to rest without it, and then loses
another: what a home is like in which nobody has mended the first one yet.
--faults all tries every kind of fault of docs/scenarios.md, once for each of its
targets. --faults random lets faults come and go, up to three at a time; promises
are not judged by that, but whether all comes back once all is given back. The
walks follow from --seed alone.

Where the scheduler sees several machines as equally good it draws. Each loss is
tried where the draw is worst: with as much as can be of what an app needs on the
machines that are lost. The report says how many placements that took, and a
promise that is broken on another than the seed's names it. That one alone:
  --placements 2

--what-if takes YAML; += adds to a list or a map, =null takes a field away. The
file itself stays as it is. A second copy, and a machine more:
  --what-if apps.gazette.replicas=2
  --what-if 'machines.pi4={}' --what-if 'site.switch.connects+=pi4'

--explain unfolds times into what they were made of, step by step as it happened,
with the constants of this Kubernetes version that each rests on. Of the worst
loss for each promise and app, or of what is named:
  --explain     --explain pi3     --explain 'pi3 off'     --explain gazette

Output:
  table  for people, at a terminal
  json   all of it; its shape is schema/proof.schema.json
  md     for a comment on a pull request
  html   one page, which needs nothing else
  sarif  SARIF 2.1.0, for code hosts: promises that are not kept, at their lines

Exit codes:
  0  every promise is kept, or none is made
  1  failed: the homelab is not ready even without a loss, or a change cannot be
     made
  3  the file is invalid
  4  a promise is broken or needs a human, or a walk ends with something broken
`;

export const proveCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .addOption(new Option("--faults <set>", "one loss at a time, two of them together as well, one that stays away and then one more, every kind of fault there is, or faults that come and go by chance").choices(["single", "pairs", "degraded", "all", "random"]).default("single"))
      .option("--seed <seed>", "what chance starts from", "1")
      .addOption(new Option("--placements <which>", "where pods are put where several machines are as good: worst for each loss, all of the worst whatever it takes, or one alone by its number, 0 for the seed's").argParser(parsePlacements).default("worst"))
      .option("--what-if <path=value>", "prove the file as if it said this, and show what that changes; again for more", (value: string, before: string[] = []) => [...before, value])
      .option("--explain [what]", "unfold outages into their causes: of a machine, a site part, a loss or an app; alone: of the worst")
      .option("--no-advice", "do not look for changes that would keep broken promises, which takes a while")
      .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", ...Object.keys(FORMATS)]).default("table"))
      .addHelpText("after", HELP);
  },

  async run(_args, given, io) {
    const file = homelabFile(given, io);
    let changes: Change[];
    let homelab: Homelab | number;
    try {
      changes = ((given["whatIf"] ?? []) as string[]).map(parseChange);
      homelab = await loadOrReport(file, io, { changes });
    } catch (error) {
      if (!(error instanceof WrongChange)) throw error;
      io.stderr(`${error.message}\n`);
      return EXIT.failed;
    }
    if (typeof homelab === "number") return homelab;
    const explained = given["explain"] === true ? WORST : (given["explain"] as string | undefined);
    const wrong = explained === undefined ? undefined : given["output"] === "table" ? unknownToExplain(explained, homelab, scenariosOf(homelab, given["faults"] as FaultSet, String(given["seed"]))) : "--explain is for people; -o json has the causes of every outage.";
    if (wrong !== undefined) {
      io.stderr(`${fitText(wrong, io.width).join("\n")}\n`);
      return EXIT.failed;
    }
    const startMs = io.now();
    const settings: Settings = { seed: String(given["seed"]), faults: given["faults"] as FaultSet, placements: given["placements"] as Placements, startMs };
    try {
      // Only what is compared is proved twice.
      const unchanged = changes.length === 0 ? undefined : await loadOrReport(file, io);
      if (typeof unchanged === "number") return unchanged;
      const isStopped = interruption(io);
      const before = unchanged === undefined ? undefined : await proofOf(unchanged, settings, io, isStopped, "as it is, ");
      const proof = isStopped() ? undefined : await proofOf(homelab, settings, io, isStopped, changes.length === 0 ? "" : "changed, ");
      const advice = proof === undefined || given["advice"] === false || explained !== undefined ? [] : await adviceFor(file, homelab, proof, changes, settings, io, isStopped);
      progressLine(io, undefined);
      if (proof === undefined || advice === undefined) return EXIT.interrupted;
      const told = { homelab, proof, before, changes, advice, explained };
      const fileArgument = given["config"] === undefined ? "" : ` -c ${shellQuote(file)}`;
      if (given["output"] === "table") tell(told, fileArgument, settings, io);
      else io.stdout(await written(file, given, told, fileArgument, settings, io));
      const isBack = settings.faults !== "random" || proof.outcomes.every((outcome) => leftBroken(outcome).length === 0);
      return isBack && proof.judged.every(({ verdict }) => verdict === "kept") ? EXIT.done : EXIT.promiseBroken;
    } catch (error) {
      if (!(error instanceof NotReady || error instanceof NoSuchPlacement)) throw error;
      progressLine(io, undefined);
      if (error instanceof NoSuchPlacement) io.stderr(`--placements: ${error.message}.\n`);
      else io.stderr(`Nothing can be proved: the homelab is not ready even without a loss (${error.message}).\n${waitingText(error.outcome)}See it with  kubernest rehearse\n`);
      return EXIT.failed;
    }
  },
};

function parsePlacements(text: string): Placements {
  if (text === "worst" || text === "all") return text;
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It is worst, all, or the number of a placement: 0 for the seed's, others as a report numbers them.");
  return Number(text);
}

interface Settings {
  seed: string;
  faults: FaultSet;
  placements: Placements;
  startMs: number;
}

function interruption(io: CommandIo): () => boolean {
  let isStopped = false;
  io.onInterrupt(() => (isStopped = true));
  return () => isStopped;
}

function proofOf(homelab: Homelab, settings: Settings, io: CommandIo, isStopped: () => boolean, which: string): Promise<Proof | undefined> {
  const ways = waysOf(settings, io, isStopped);
  return prove({
    ...ways,
    homelab,
    faults: settings.faults,
    placements: settings.placements,
    threads: (start, countMax, busyCount) => scenarioThreads({ homelab, start, ...validityFrom(settings.startMs) }, countMax, busyCount),
    newRehearsal: (ties) => ways.newRehearsal(homelab, ties),
    onProgress: (done, total, scenario) => progressLine(io, `${which}${done + 1} of ${total}: ${scenarioTitle(scenario)}`),
  });
}

/** For each promise that is not kept, what would keep it; undefined when it was interrupted. */
async function adviceFor(file: string, homelab: Homelab, { judged }: Proof, changes: readonly Change[], settings: Settings, io: CommandIo, isStopped: () => boolean): Promise<Advice[] | undefined> {
  const found: Advice[] = [];
  for (const one of judged.filter(({ verdict, worst }) => verdict !== "kept" && worst !== undefined)) {
    const advice = await advise(
      {
        ...waysOf(settings, io, isStopped),
        homelab,
        placements: settings.placements,
        changed: (more) => changedHomelab(file, [...changes, ...more.map(parseChange)], checkOptions(io)),
        scenariosOf: (changed) => scenariosOf(changed, settings.faults, settings.seed),
        onTry: (text) => progressLine(io, `would it help? ${text}`),
      },
      one,
    );
    if (advice === undefined) return undefined;
    found.push(advice);
  }
  return found;
}

function waysOf({ seed, startMs }: Settings, io: CommandIo, isStopped: () => boolean) {
  const certificates = authorityFor("kubernest-proof", startMs);
  return { seed, certificates, clock: realClock, log: io.debug, isStopped, newRehearsal: (homelab: Homelab, ties: TieBreak) => unreadRehearsal(homelab, seed, certificates, io, ties) };
}

interface Told {
  homelab: Homelab;
  proof: Proof;
  before: Proof | undefined;
  changes: readonly Change[];
  advice: readonly Advice[];
  /** What is to be unfolded instead of a report. */
  explained: string | undefined;
}

/** For other programs and for pages. */
function written(file: string, given: Readonly<Record<string, unknown>>, { homelab, proof, before, changes, advice }: Told, fileArgument: string, { seed, faults }: Settings, io: CommandIo): string | Promise<string> {
  const whatIf = before === undefined ? undefined : { changes, difference: compareProofs(before, proof) };
  const result = proofResult({ homelab, proof, seed, faults, advice, whatIf, fileArgument });
  return FORMATS[given["output"] as Format](result, { homelab, file, fileArgument, changes, io });
}

function tell({ homelab, proof, before, changes, advice, explained }: Told, fileArgument: string, { seed, startMs, faults }: Settings, io: CommandIo): void {
  const difference = before === undefined ? undefined : compareProofs(before, proof);
  const paint = painter(io.colour && io.stdoutIsTerminal);
  const head = `${homelab.name}${changes.length === 0 ? "" : ` with ${changes.map(({ text }) => text).join(" and ")}`}: ${countsOf(proof, faults)} in ${timeText(io.now() - startMs)}, Kubernetes ${homelab.kubernetes.version}, seed ${seed}`;
  io.stderr(`${fitText(head, io.width, "  ").join("\n")}\n\n`);
  if (explained !== undefined) return io.stdout(explainReport(explained, proof, paint, io.width));
  if (difference !== undefined) io.stdout(`${comparisonReport(difference, paint, io.width)}\n`);
  io.stdout(faults === "random" ? walkReport(homelab, proof.outcomes, paint, io.width) : proofReport(homelab, proof, fileArgument, paint, io.width));
  if (advice.length > 0) io.stdout(`\n${adviceReport(advice, paint, io.width)}`);
  const worst = changes.length > 0 || faults === "random" ? undefined : worthSeeing(proof);
  if (worst !== undefined) io.stderr(`\nWatch the worst happen, with kubectl beside it:\n  kubernest rehearse${fileArgument}${seed === "1" ? "" : ` --seed ${shellQuote(seed)}`} --scenario ${shellQuote(scenarioTitle(worst))}\n`);
}

const COUNTED: Readonly<Record<FaultSet, readonly [one: string, many: string]>> = { single: ["loss", "losses"], pairs: ["loss", "losses"], degraded: ["loss", "losses"], all: ["fault", "faults"], random: ["walk", "walks"] };

function countsOf({ counts: { run, shared, skipped } }: Proof, faults: FaultSet): string {
  return `${run} ${COUNTED[faults][run === 1 ? 0 : 1]} tried${shared === 0 ? "" : `, ${shared} more shared with them`}${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

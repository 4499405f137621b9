/**
 * Where scenarios are: those that come with the program, the user's own below `scenarios/`, a file by its path, or what `prove` calls a loss of the user's
 * homelab. A name means the user's own first.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { checkFile } from "../checks/check-file.ts";
import { plainReport } from "../checks/report/plain.ts";
import type { Finding } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import { nearestName } from "../lib/nearest-name.ts";
import { faultTargetsOf } from "../rehearse/prove/fault-targets.ts";
import { elementsOf } from "../rehearse/tell/elements-of.ts";
import { checkTargets } from "../scenarios/check-targets.ts";
import { isLossText, readLosses } from "../scenarios/read-losses.ts";
import { readScenario } from "../scenarios/read-scenario.ts";
import type { ScenarioFile, ScenarioProblem } from "../scenarios/scenario-file.ts";
import { checkOptions } from "./check-options.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { loadOrReport } from "./load-or-report.ts";
import { packageRoot } from "./package-version.ts";
import { lossScenarioText } from "./scenario-template.ts";

/** Of the user, below the working directory. */
export const OWN_DIRECTORY = "scenarios";
const SUFFIX = ".yaml";

export interface FoundScenario {
  /** As it is shown and read: a path, or for those that come with the program their name alone. */
  readonly file: string;
  readonly isOwn: boolean;
  readonly text: string;
  /** Where it was read to know what the scenario is. */
  readonly homelab?: Homelab;
}

function shipped(): Map<string, FoundScenario> {
  const directory = join(packageRoot(), "scenarios");
  const found = new Map<string, FoundScenario>();
  for (const name of readdirSync(directory).filter((one) => one.endsWith(SUFFIX)).sort()) {
    found.set(name.slice(0, -SUFFIX.length), { file: join(directory, name), isOwn: false, text: readFileSync(join(directory, name), "utf8") });
  }
  return found;
}

const isShippedDirectory = (cwd: string): boolean => resolve(cwd, OWN_DIRECTORY) === join(packageRoot(), "scenarios");

/** The user's own, then those of the program, each sorted by name. */
export function allScenarios(io: Pick<CommandIo, "cwd" | "exists" | "list" | "readFile">): FoundScenario[] {
  // In the program's own directory those that come with it are not the user's.
  const own = io.exists(OWN_DIRECTORY) && !isShippedDirectory(io.cwd) ? io.list(OWN_DIRECTORY).filter((name) => name.endsWith(SUFFIX)).sort().map((name): FoundScenario => ({ file: `${OWN_DIRECTORY}/${name}`, isOwn: true, text: io.readFile(`${OWN_DIRECTORY}/${name}`) })) : [];
  const taken = new Set(own.map(({ file }) => nameOf(file)));
  return [...own, ...[...shipped().values()].filter(({ file }) => !taken.has(nameOf(file)))];
}

export const nameOf = (file: string): string => file.split("/").at(-1)!.slice(0, -SUFFIX.length);

/** By name, by the path of a file, or by a loss of the homelab in that file; a number is the exit code, and then it was said why. */
export async function findScenario(asked: string, homelabFile: string, io: CommandIo): Promise<FoundScenario | number> {
  if (asked.endsWith(SUFFIX) || asked.endsWith(".yml") || (asked.includes("/") && !isLossText(asked))) {
    try {
      return { file: asked, isOwn: true, text: io.readFile(asked) };
    } catch (error) {
      io.stderr(`${asked}: ${(error as { code?: string }).code === "ENOENT" ? "there is no such file" : `it cannot be read (${(error as Error).message})`}\n`);
      return EXIT.failed;
    }
  }
  const all = allScenarios(io);
  const found = all.find(({ file }) => nameOf(file) === asked);
  if (found !== undefined) return found;
  if (isLossText(asked) && io.exists(homelabFile)) return lossScenario(asked, homelabFile, io);
  const near = nearestName(asked, all.map(({ file }) => nameOf(file)));
  io.stderr(`There is no scenario ${asked}${near === undefined ? `${/\s/.test(asked) ? ": no homelab is here whose loss it could be" : ""}.\nSee those there are with  kubernest scenario list\n` : `; did you mean ${near}?\n`}`);
  return EXIT.failed;
}

/** As if it had been written below the user's scenarios. */
async function lossScenario(asked: string, homelabFile: string, io: CommandIo): Promise<FoundScenario | number> {
  const homelab = await loadOrReport(homelabFile, io);
  if (typeof homelab === "number") return homelab;
  const read = readLosses(asked, faultTargetsOf(homelab));
  if ("unknown" in read) {
    io.stderr(`${homelab.name} has no loss ${read.unknown}${read.didYouMean === undefined ? ".\nSee those there are with  kubernest prove,  and scenarios with  kubernest scenario list\n" : `; did you mean ${read.didYouMean}?\n`}`);
    return EXIT.failed;
  }
  const name = lossName(asked);
  const text = lossScenarioText(name, read, isAbsolute(homelabFile) ? homelabFile : join("..", homelabFile), Object.keys(homelab.apps));
  return { file: `${OWN_DIRECTORY}/${name}${SUFFIX}`, isOwn: true, text, homelab };
}

/** `pi2's disk lost` → `pi2-disk-lost` */
const lossName = (asked: string): string => asked.toLowerCase().replace(/'s\b/g, "").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

/** Read, with its homelab; a number is the exit code, and then it was said what is wrong. `homelabFile`: instead of the scenario's own. */
export async function loadScenario(found: FoundScenario, homelabFile: string | undefined, io: CommandIo): Promise<{ scenario: ScenarioFile; homelab: Homelab } | number> {
  const { scenario, problems } = readScenario(found.text);
  if (scenario === undefined) return complain(found.file, problems, io);
  const homelab = found.homelab ?? (await homelabOf(found, scenario, homelabFile, io));
  if (typeof homelab === "number") return homelab;
  const wrong = checkTargets(scenario, elementsOf(homelab));
  return wrong.length > 0 ? complain(found.file, wrong, io) : { scenario, homelab };
}

async function homelabOf(found: FoundScenario, { homelab: written }: ScenarioFile, homelabFile: string | undefined, io: CommandIo): Promise<Homelab | number> {
  if (homelabFile !== undefined) return loadOrReport(homelabFile, io);
  if ("file" in written) return loadOrReport(join(dirname(found.file), written.file), io);
  const { homelab, findings } = await checkFile(found.file, { ...checkOptions(io), readFile: (path) => Promise.resolve(path === found.file ? written.text : io.readFile(path)) });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (homelab !== undefined && errors.length === 0) return homelab;
  io.stderr(plainReport(errors));
  return EXIT.fileInvalid;
}

function complain(file: string, problems: readonly ScenarioProblem[], io: CommandIo): number {
  io.stderr(plainReport(problems.map(({ place, ...rest }): Finding => ({ id: "scenario", severity: "error", path: [], file, ...place, ...rest }))));
  return EXIT.fileInvalid;
}

/** What a proof by chance found: the walks after which something stays broken, step by step, then what each app came through. */
import type { Homelab } from "../config/homelab.ts";
import { timeText } from "../lib/time-text.ts";
import type { ScenarioOutcome } from "../rehearse/prove/run-scenario.ts";
import { badness } from "../rehearse/prove/verdict.ts";
import { FAULTS } from "../scenarios/fault.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Painter } from "./paint.ts";
import { appSection, wrapped } from "./proof-report.ts";

/** What was not well when all had been given back. Empty also where the cluster's own state was lost: nobody expects that back. */
export function leftBroken({ apps, unwell, isStateLost }: ScenarioOutcome): string[] {
  if (isStateLost) return [];
  return [...apps.filter(({ recoveryMs }) => recoveryMs === undefined).map(({ app }) => `${app} is not served`), ...unwell.map((what) => `${what} is not ready`)];
}

export function walkReport(homelab: Homelab, outcomes: readonly ScenarioOutcome[], paint: Painter, width: number): string {
  const broken = outcomes.filter((outcome) => leftBroken(outcome).length > 0);
  const stateless = outcomes.filter(({ isStateLost }) => isStateLost).map(({ scenario }) => scenario.name);
  const head = `${outcomes.length - broken.length - stateless.length} of ${outcomes.length} walks: all is well again once all is given back.${stateless.length === 0 ? "" : ` The cluster's own state is lost in ${stateless.join(", ")}.`}`;
  const sections = [
    wrapped(broken.length === 0 ? paint.green(head) : head, width, "").join("\n"),
    ...broken.map((outcome) => [paint.red(`${outcome.scenario.name}: not well in the end`), ...steps(outcome.scenario, width), ...leftBroken(outcome).flatMap((what) => wrapped(`in the end: ${what}`, width, "  "))].join("\n")),
    ...Object.keys(homelab.apps).flatMap((app) => [appSection(app, outcomes, paint, width, ["walk", "walks"]), ...worstFor(app, outcomes, width)]),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** What happened in the one that an app felt most. */
function worstFor(app: string, outcomes: readonly ScenarioOutcome[], width: number): string[] {
  const bad = (outcome: ScenarioOutcome): number => badness(outcome, outcome.apps.find((one) => one.app === app)!);
  const worst = outcomes.toSorted((a, b) => bad(b) - bad(a))[0];
  return worst === undefined || bad(worst) === 0 || leftBroken(worst).length > 0 ? [] : [[`  ${worst.scenario.name} was:`, ...steps(worst.scenario, width)].join("\n")];
}

const steps = ({ steps: all }: Scenario, width: number): string[] => all.flatMap(({ atMs, fault, does }) => wrapped(`+${timeText(atMs)}: ${does === "begin" ? FAULTS[fault.id].begins(fault.target) : FAULTS[fault.id].ends(fault.target)}`, width, "  "));

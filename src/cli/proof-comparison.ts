/** What a change of the file changes for its users: promises whose verdict turns, and losses that are felt otherwise. */
import type { Proof } from "../rehearse/prove/prove.ts";
import type { AppOutcome, ScenarioOutcome } from "../rehearse/prove/run-scenario.ts";
import { badness, FELT_MS_MIN, passageOf } from "../rehearse/prove/verdict.ts";
import { scenarioTitle } from "../scenarios/scenario.ts";
import type { Painter } from "./paint.ts";
import { painted, passageText, wrapped } from "./proof-report.ts";

export interface ProofDifference {
  promises: { app: string; survives: string; before: string; after: string }[];
  /** Losses that both tried. */
  losses: { app: string; title: string; before: string; after: string; isBetter: boolean }[];
  /** Losses that only the changed file has, and that are felt. */
  news: { app: string; title: string; after: string }[];
}

export function compareProofs(before: Proof, after: Proof): ProofDifference {
  const judged = new Map(before.judged.map((one) => [`${one.app}|${one.survives}`, one.verdict]));
  const outcomes = new Map(before.outcomes.map((outcome) => [outcome.scenario.name, outcome]));
  const difference: ProofDifference = { promises: [], losses: [], news: [] };
  for (const { app, survives, verdict } of after.judged) {
    const was = judged.get(`${app}|${survives}`) ?? "not promised";
    if (was !== verdict) difference.promises.push({ app, survives, before: was, after: verdict });
  }
  for (const outcome of after.outcomes) {
    const old = outcomes.get(outcome.scenario.name);
    for (const mine of outcome.apps) {
      const title = scenarioTitle(outcome.scenario);
      const was = old?.apps.find(({ app }) => app === mine.app);
      if (old === undefined || was === undefined) {
        if (badness(outcome, mine) > 0) difference.news.push({ app: mine.app, title, after: told(outcome, mine) });
      } else if (isOtherwise([old, was], [outcome, mine])) {
        difference.losses.push({ app: mine.app, title, before: told(old, was), after: told(outcome, mine), isBetter: badness(outcome, mine) < badness(old, was) });
      }
    }
  }
  return difference;
}

type Told = readonly [outcome: ScenarioOutcome, app: AppOutcome];

function isOtherwise(before: Told, after: Told): boolean {
  return Math.abs(badness(...before) - badness(...after)) >= FELT_MS_MIN;
}

function told(outcome: ScenarioOutcome, app: AppOutcome): string {
  return [outcome.isStateLost ? "the cluster's own state is lost" : passageText(passageOf(app), app), ...app.lost.map(({ what }) => `${what} loses data`)].join("; ");
}

export function comparisonReport({ promises, losses, news }: ProofDifference, paint: Painter, width: number): string {
  if (promises.length + losses.length + news.length === 0) return "Nothing changes that anybody would feel.\n";
  const lines = promises.map(({ app, survives, before, after }) => painted(wrapped(`${app} survives ${survives}: ${before} -> ${after}`, width, "  "), after, paint.bold, true));
  for (const { app, title, before, after, isBetter } of losses) {
    lines.push(...wrapped(`${app}, ${title}: ${before}`, width, "  "), ...wrapped(`now: ${after}`, width, "      ").map(isBetter ? paint.green : paint.red));
  }
  for (const { app, title, after } of news) lines.push(...wrapped(`${app}, ${title} (new): ${after}`, width, "  "));
  return `${paint.bold("What changes")}\n${lines.join("\n")}\n`;
}

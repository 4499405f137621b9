/** What all written reports of a proof say in the same words. */
import { stringify } from "yaml";
import { shellQuote } from "../../lib/shell-quote.ts";
import { timeText } from "../../lib/time-text.ts";
import { tiesText } from "../ties-text.ts";
import type { AppResult, ProofDocument, PromiseResult, ScenarioResult } from "../proof-schema.ts";

type Loss = AppResult["lost"][number];
export type Figure = AppResult["figures"][number];
type Cause = Figure["causes"][number];

export function promiseText({ app, survives, backWithin }: PromiseResult): string {
  return `${app} survives ${survives}${backWithin === null ? "" : `, back within ${backWithin}`}`;
}

export function lossText({ what, extent, withinMs }: Loss): string {
  if (extent === "everything") return `${what}: all lost, no backup`;
  return extent === "last writes" ? `${what}: last writes lost${withinMs === undefined ? "" : ` (${timeText(withinMs)} at most)`}` : `${what}: lost since its last backup${withinMs === undefined ? "" : ` (${timeText(withinMs)} at most)`}`;
}

const COUNTED: Readonly<Record<ProofDocument["faults"], string>> = { single: "losses", pairs: "losses", degraded: "losses", all: "faults", random: "walks" };

export function countsText({ counts, ties, faults, kubernetes, seed }: ProofDocument): string {
  return `${counts.run} ${COUNTED[faults]} run, ${counts.shared} shared with another, ${counts.skipped} skipped. Kubernetes ${kubernetes}, seed ${seed}. ${tiesText(ties)}`;
}

/** `1 of 2 promises broken, 1 needs a human` */
export function verdictText({ promises, faults }: ProofDocument): string {
  if (faults === "random") return "Walks at random, held against no promise";
  if (promises.length === 0) return "Nothing is promised";
  const count = (verdict: PromiseResult["verdict"]): number => promises.filter((one) => one.verdict === verdict).length;
  const parts = (["broken", "needs a human", "not tried"] as const).filter((verdict) => count(verdict) > 0).map((verdict) => `${count(verdict)} ${verdict === "needs a human" && count(verdict) > 1 ? "need a human" : verdict}`);
  return parts.length === 0 ? (promises.length === 1 ? "The promise is kept" : `All ${promises.length} promises are kept`) : `Of ${promises.length} ${promises.length === 1 ? "promise" : "promises"} ${parts.join(", ")}`;
}

const RANK: Readonly<Record<PromiseResult["verdict"], number>> = { broken: 0, "needs a human": 1, "not tried": 2, kept: 3 };

/** The most important first. */
export const byVerdict = (promises: readonly PromiseResult[]): PromiseResult[] => [...promises].sort((a, b) => RANK[a.verdict] - RANK[b.verdict]);

export function constantsText({ constants }: Cause): string {
  return constants.map(({ name, value }) => `${name} ${value}`).join("; ");
}

/** Seconds to the millisecond, as short as they can be: that sums may be checked. */
export const secondsText = (ms: number): string => `${Number((ms / 1000).toFixed(3))} s`;

export const appOf = (scenario: ScenarioResult | undefined, app: string): AppResult | undefined => scenario?.apps.find((one) => one.app === app);

/** As typed into a shell. */
export function adviceCommand(changes: readonly string[], fileArgument: string): string {
  return `kubernest prove${fileArgument} ${changes.map((change) => `--what-if ${shellQuote(change)}`).join(" \\\n  ")}`;
}

/** Where there is no verdict: why, what would be kept as YAML ("" where nothing is), and what is in the way of more. */
export function withoutPromises({ faults, deserved }: ProofDocument): { text: string; yaml: string; not: string[] } {
  if (faults === "random") return { text: "What walks at random go through is more than any promise speaks of.", yaml: "", not: [] };
  const worthy = deserved.filter(({ promise }) => promise !== null);
  const not = deserved.flatMap(({ app, not: ways }) => ways.map(({ survives, why }) => `${app}: not ${survives}: ${why}`));
  if (worthy.length === 0) return { text: "The file promises nothing, and no promise would be kept.", yaml: "", not };
  return { text: "The file promises nothing yet. This would be kept:", yaml: stringify({ apps: Object.fromEntries(worthy.map(({ app, promise }) => [app, { promise }])) }), not };
}

/** Losses that users of an app feel, worst first; those that do not come back by themselves before all others. */
export function feltBy(app: string, { scenarios }: ProofDocument): { scenario: ScenarioResult; mine: AppResult }[] {
  const weight = ({ outageMs, recoveryMs, lost }: AppResult): number => (recoveryMs === null ? 3e12 : outageMs === null ? 2e12 : outageMs + (lost.length > 0 ? 1e12 : 0));
  return scenarios
    .map((scenario) => ({ scenario, mine: appOf(scenario, app)! }))
    .filter(({ mine }) => mine.outages.length + mine.recoveryOutages.length + mine.lost.length > 0)
    .sort((a, b) => weight(b.mine) - weight(a.mine));
}

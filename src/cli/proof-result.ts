/** A proof as plain data: `kubernest prove -o json`, and what the other formats are written from. Times are milliseconds since the first fault. */
import type { Homelab, Loss } from "../config/homelab.ts";
import type { Change } from "../config/what-if.ts";
import type { Advice } from "../rehearse/prove/advice/advise.ts";
import type { CausePart } from "../rehearse/prove/causes/unfold.ts";
import { figuresOf } from "../rehearse/prove/figures.ts";
import type { LostData } from "../rehearse/prove/lost-data.ts";
import type { Proof } from "../rehearse/prove/prove.ts";
import { repairsOf } from "../rehearse/prove/repairs.ts";
import type { Outage } from "../rehearse/prove/outage-watch.ts";
import { deservedPromises, promiseFields } from "../rehearse/prove/deserved-promise.ts";
import { type Judged, passageOf } from "../rehearse/prove/verdict.ts";
import { faultText } from "../scenarios/fault.ts";
import { scenarioTitle } from "../scenarios/scenario.ts";
import type { ProofDifference } from "./proof-comparison.ts";
import { passageText } from "./proof-report.ts";
import type { ProofDocument, PromiseResult, ScenarioResult } from "./proof-schema.ts";
import { standsText, tiesResult } from "./ties-text.ts";

const STATE_LOST = "the cluster's own state is lost: it is made anew, then restored";

export interface Proved {
  homelab: Homelab;
  proof: Proof;
  seed: string;
  faults: ProofDocument["faults"];
  advice: readonly Advice[];
  whatIf?: { changes: readonly Change[]; difference: ProofDifference } | undefined;
  /** How commands name the file: ` -c lab.yaml`; empty where they find it themselves. */
  fileArgument: string;
}

export function proofResult({ homelab, proof, seed, faults, advice, whatIf, fileArgument }: Proved): ProofDocument {
  return {
    homelab: homelab.name,
    kubernetes: homelab.kubernetes.version,
    seed,
    faults,
    counts: proof.counts,
    ties: tiesResult(proof.ties),
    promises: proof.judged.map((one) => promiseResult(homelab, proof, one, fileArgument)),
    // A walk is no loss that a promise could speak of.
    deserved: proof.judged.length > 0 || faults === "random" ? [] : deservedPromises(homelab, proof.runs).map(deservedResult),
    scenarios: proof.outcomes.map(({ scenario, faultMs, recoveryMs, isStateLost, api, apps, unwell }): ScenarioResult => ({
      name: scenario.name,
      title: scenarioTitle(scenario),
      steps: scenario.steps.map(({ atMs, does, fault }) => ({ atMs, does, fault: faultText(fault) })),
      faultMs,
      recoveryMs,
      clusterStateLost: isStateLost,
      api: api.map((span) => ({ ...span, toMs: span.toMs ?? null })),
      apps: apps.map((one) => ({
        app: one.app,
        placement: one.placement ?? 0,
        outageMs: passageOf(one).outageMs ?? null,
        recoveryMs: one.recoveryMs ?? null,
        seen: isStateLost ? STATE_LOST : passageText(passageOf(one), one),
        figures: figuresOf(one).map(({ what, ms, parts }) => ({ what, ms, causes: parts.map(causeResult) })),
        outages: one.outages.map(outageResult),
        recoveryOutages: one.recoveryOutages.map(outageResult),
        lost: one.lost.map(lossResult),
      })),
      unwell,
    })),
    advice: advice.map(({ app, survives, changes, texts, judged, triedCount }) => ({ app, survives, changes: [...changes], texts: [...texts], verdict: judged.verdict, worst: judged.worst?.outcome.scenario.name ?? null, tried: triedCount })),
    ...(whatIf === undefined ? {} : { whatIf: { changes: whatIf.changes.map(({ text }) => text), ...whatIf.difference } }),
  };
}

function promiseResult(homelab: Homelab, proof: Proof, one: Judged, fileArgument: string): PromiseResult {
  const { app, survives, verdict, worst, scenarioCount } = one;
  const promise = homelab.apps[app]!.promise!;
  return {
    app,
    survives,
    backWithin: promise.backWithin?.text ?? null,
    loses: lossText(promise.loses),
    verdict,
    worst:
      worst === undefined
        ? null
        : {
            scenario: worst.outcome.scenario.name,
            title: scenarioTitle(worst.outcome.scenario),
            seen: worst.outcome.isStateLost ? STATE_LOST : passageText(passageOf(worst.app), worst.app),
            why: worst.why,
            breaks: worst.breaks ?? null,
            placement: worst.app.placement ?? 0,
            stands: standsText(homelab, proof, one) ?? null,
            outageMs: passageOf(worst.app).outageMs ?? null,
            recoveryMs: worst.app.recoveryMs ?? null,
            lost: worst.app.lost.map(lossResult),
            repairs: withPlainLists(repairsOf(homelab, worst.outcome, worst.app, fileArgument, one.byHand)),
          },
    scenarios: scenarioCount,
  };
}

const deservedResult = ({ app, promise, not }: ReturnType<typeof deservedPromises>[number]) => ({ app, promise: promise === undefined ? null : promiseFields(promise), not: not.map(({ survives, worst }) => ({ survives, scenario: worst!.outcome.scenario.name, why: worst!.why })) });

const withPlainLists = ({ byItself, byHand }: ReturnType<typeof repairsOf>) => ({ byItself: [...byItself], byHand: byHand.map(({ text, commands }) => ({ text, commands: [...commands] })) });

const lossResult = ({ what, extent, withinMs, why }: LostData) => ({ what, extent, ...(withinMs === undefined ? {} : { withinMs }), why });

const causeResult = ({ ms, text, rests }: CausePart) => ({ ms, text, constants: rests.map(({ name, value, source }) => ({ name, value, source })) });

const outageResult = ({ fromMs, toMs, shareMin, why }: Outage) => ({ fromMs, toMs: toMs ?? null, shareMin, why });

function lossText(loses: Loss): string {
  return loses.kind === "nothing" ? "nothing" : loses.kind === "writes" ? `the writes of ${loses.within.text}` : "everything since the last backup";
}

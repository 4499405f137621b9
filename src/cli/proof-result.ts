/** A proof as JSON: `kubernest prove -o json`. Times are milliseconds since the first fault. */
import type { Homelab } from "../config/homelab.ts";
import type { Advice } from "../rehearse/prove/advice/advise.ts";
import type { Proof } from "../rehearse/prove/prove.ts";
import type { Outage } from "../rehearse/prove/run-scenario.ts";
import { deservedPromises, promiseFields } from "../rehearse/prove/deserved-promise.ts";
import { passageOf, type Verdict } from "../rehearse/prove/verdict.ts";

interface OutageResult {
  fromMs: number;
  toMs: number | null;
  shareMin: number;
  why: { atMs: number; text: string; share: number }[];
}

export interface ProofResult {
  homelab: string;
  kubernetes: string;
  seed: string;
  promises: { app: string; survives: string; verdict: Verdict; worst: { scenario: string; why: string } | null; scenarios: number }[];
  /** Of a file that promises nothing: what each app would keep, in the file's own words; null where nothing, and `not` with the scenarios that are in the way. */
  deserved: { app: string; promise: Record<string, unknown> | null; not: { survives: string; scenario: string; why: string }[] }[];
  scenarios: {
    name: string;
    faultMs: number;
    recoveryMs: number;
    clusterStateLost: boolean;
    api: { fromMs: number; toMs: number | null; why: string }[];
    apps: {
      app: string;
      /** null: it did not come back by itself. */
      outageMs: number | null;
      /** null: not even once everything had been given back. */
      recoveryMs: number | null;
      outages: OutageResult[];
      /** Those that began when things were given back. */
      recoveryOutages: OutageResult[];
      lost: { what: string; extent: string; why: string }[];
    }[];
    unwell: string[];
  }[];
}

export function proofResult(homelab: Homelab, proof: Proof, seed: string): ProofResult {
  return {
    homelab: homelab.name,
    kubernetes: homelab.kubernetes.version,
    seed,
    promises: proof.judged.map(({ app, survives, verdict, worst, scenarioCount }) => ({ app, survives, verdict, worst: worst === undefined ? null : { scenario: worst.outcome.scenario.name, why: worst.why }, scenarios: scenarioCount })),
    deserved: proof.judged.length > 0 ? [] : deservedPromises(homelab, proof.outcomes).map(({ app, promise, not }) => ({ app, promise: promise === undefined ? null : promiseFields(promise), not: not.map(({ survives, worst }) => ({ survives, scenario: worst!.outcome.scenario.name, why: worst!.why })) })),
    scenarios: proof.outcomes.map(({ scenario, faultMs, recoveryMs, isStateLost, api, apps, unwell }) => ({
      name: scenario.name,
      faultMs,
      recoveryMs,
      clusterStateLost: isStateLost,
      api: api.map((span) => ({ ...span, toMs: span.toMs ?? null })),
      apps: apps.map((one) => ({
        app: one.app,
        outageMs: passageOf(one).outageMs ?? null,
        recoveryMs: one.recoveryMs ?? null,
        outages: one.outages.map(outageResult),
        recoveryOutages: one.recoveryOutages.map(outageResult),
        lost: one.lost.map(({ what, extent, why }) => ({ what, extent, why })),
      })),
      unwell,
    })),
  };
}

/** `changes`: as `--what-if` takes them; empty where nothing helped. */
export function adviceResult({ app, survives, changes, texts, judged }: Advice): { app: string; survives: string; changes: readonly string[]; texts: readonly string[]; verdict: Verdict; worst: string | null } {
  return { app, survives, changes, texts, verdict: judged.verdict, worst: judged.worst?.outcome.scenario.name ?? null };
}

const outageResult = (outage: Outage): OutageResult => ({ ...outage, toMs: outage.toMs ?? null });

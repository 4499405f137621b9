/** Advice on the one promise of the one app of a small file, for tests: the promise judged, with or without changes, by the losses of which it speaks. */
import { expect } from "vitest";
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { realClock } from "../../src/adapters/real-clock.ts";
import { changedHomelab } from "../../src/checks/check-file.ts";
import type { Homelab } from "../../src/config/homelab.ts";
import { parseChange } from "../../src/config/what-if.ts";
import { type Advice, advise } from "../../src/rehearse/prove/advice/advise.ts";
import type { AdviceRule } from "../../src/rehearse/prove/advice/advice-rule.ts";
import { scenariosOf } from "../../src/rehearse/prove/prove.ts";
import { runFromStart } from "../../src/rehearse/prove/run-from-start.ts";
import { covers, judgeOne, type Judged } from "../../src/rehearse/prove/verdict.ts";
import { WarmClusters } from "../../src/rehearse/prove/warm-start.ts";
import { warmUp } from "../../src/rehearse/prove/warm-up.ts";
import type { Rehearsal } from "../../src/rehearse/rehearsal.ts";
import type { FaultId } from "../../src/scenarios/fault.ts";
import { virtualRehearsal } from "./virtual-rehearsal.ts";

const AUTHORITY = certificateAuthority("kubernest-test", 0, Date.UTC(2100, 0));
const WAYS = { seed: "1", certificates: AUTHORITY, clock: realClock, log: () => undefined, isStopped: () => false };
const rehearsal = (homelab: Homelab): Rehearsal => virtualRehearsal(homelab, { isBreakable: true });

export interface ProvedAdvice {
  /** The verdict with these changes. */
  judgedWith(changes: readonly string[], faults?: readonly FaultId[]): Promise<Judged>;
  /** What is found with these rules for the file with these changes, and the verdict before. */
  adviceFor(changes: readonly string[], rules: readonly AdviceRule[]): Promise<Advice & { before: string }>;
}

/** `app`: whose promise it is. */
export function provedAdvice(text: string, app: string): ProvedAdvice {
  const changed = (changes: readonly string[]): Promise<Homelab | undefined> =>
    changedHomelab("homelab.yaml", changes.map(parseChange), { env: {}, today: Date.UTC(2026, 10, 1), readFile: (path) => (path === "homelab.yaml" ? Promise.resolve(text) : Promise.reject(new Error("no such file"))) });

  const judgedWith = async (changes: readonly string[], faults: readonly FaultId[] = ["power-off", "network-cut", "disk-lost", "part-off"]): Promise<Judged> => {
    const homelab = (await changed(changes))!;
    expect(homelab, "the file of the test is valid").toBeDefined();
    const survival = homelab.apps[app]!.promise!.survives[0]!;
    const clusters = new WarmClusters(homelab, (await warmUp({ ...WAYS, newRehearsal: () => rehearsal(homelab) }))!.start, AUTHORITY, () => undefined);
    const scenarios = scenariosOf(homelab, "single").filter(({ steps }) => steps.every(({ fault }) => faults.includes(fault.id)) && covers(homelab, survival, steps.map(({ fault }) => fault.target)));
    return judgeOne(homelab, homelab.apps[app]!, survival, scenarios.map((scenario) => runFromStart(clusters, homelab, scenario)));
  };

  const adviceFor = async (changes: readonly string[], rules: readonly AdviceRule[]): Promise<Advice & { before: string }> => {
    const judged = await judgedWith(changes);
    const homelab = (await changed(changes))!;
    const advice = await advise({ ...WAYS, homelab, rules, placements: 0, newRehearsal: rehearsal, changed: (more) => changed([...changes, ...more]), scenariosOf: (one) => scenariosOf(one, "single"), onTry: () => undefined }, judged);
    return { ...advice!, before: judged.verdict };
  };
  return { judgedWith, adviceFor };
}

export const promise = (app: string, survives: string, backWithin: string, loses = "everything since the last backup"): string => `apps.${app}.promise={survives: ${survives}, backWithin: ${backWithin}, loses: ${loses}}`;

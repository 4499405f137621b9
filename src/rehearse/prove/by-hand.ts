/**
 * What a person can do about a machine that stays off, proved: where an app waits for it without end, its node is said to be out of service, and its pods and volumes may
 * move. Kubernetes leaves that to a person, as only a person knows that the machine is off (docs: Non-graceful node shutdown).
 */
import type { Homelab } from "../../config/homelab.ts";
import { ACTS, type ActId } from "../../scenarios/act.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { nodeOf, type Struck } from "../faults/fault-effect.ts";
import { perform } from "../tell/acts.ts";
import { machinesLost } from "./advice/lost-elements.ts";
import type { AppOutcome, ScenarioOutcome } from "./run-scenario.ts";
import type { Judged } from "./verdict.ts";

const SAID: ActId = "out-of-service";

export interface ProvedByHand {
  /** By name: those that were off. */
  machines: readonly string[];
  commands: readonly string[];
  /** After it was done, milliseconds until all requests were answered. */
  afterMs: number;
}

/** Tries what a person can do, once for each scenario that decided. */
export async function addByHand(homelab: Homelab, judged: readonly Judged[], run: (scenario: Scenario, placement: number) => Promise<ScenarioOutcome | undefined>): Promise<void> {
  const tried = new Map<string, ScenarioOutcome | undefined>();
  for (const one of judged) {
    const scenario = withAPerson(homelab, one);
    if (scenario === undefined) continue;
    const placement = one.worst!.app.placement ?? 0;
    const key = `${placement} ${scenario.name}`;
    if (!tried.has(key)) tried.set(key, await run(scenario, placement));
    const outcome = tried.get(key);
    const byHand = outcome && provedByHand(homelab, outcome, outcome.apps.find(({ app }) => app === one.app)!);
    if (byHand !== undefined) one.byHand = byHand;
  }
}

/** The scenario that decided, with what a person does once all has come to rest; undefined where nobody waits without end for a machine. */
function withAPerson(homelab: Homelab, judged: Judged): Scenario | undefined {
  const { worst } = judged;
  if (worst === undefined || worst.outcome.isStateLost || worst.app.outages.every(({ toMs }) => toMs !== undefined)) return undefined;
  if (machinesLost(homelab, judged).length === 0) return undefined;
  const { scenario } = worst.outcome;
  return { ...scenario, name: `${scenario.name} + ${SAID}`, atRest: SAID };
}

/** Undefined where it did not help. */
function provedByHand(homelab: Homelab, { acted }: ScenarioOutcome, { outages, lost }: AppOutcome): ProvedByHand | undefined {
  const last = outages.at(-1);
  if (acted === undefined || acted.machines.length === 0 || last?.toMs === undefined || last.toMs <= acted.atMs || lost.length > 0) return undefined;
  return { machines: acted.machines, commands: acted.machines.map((name) => ACTS[SAID].command(homelab.machines[name]!.hostname)), afterMs: last.toMs - acted.atMs };
}

/** To each node whose machine has no power; their names. */
export function actOnDarkNodes(struck: Struck, act: ActId): string[] {
  const { homelab, site } = struck;
  const dark = Object.values(homelab.machines).filter(({ name, roles }) => roles.some((role) => role === "worker" || role === "control-plane") && !site.state(nodeOf(struck, name)).hasPower).map(({ name }) => name);
  for (const target of dark) perform(struck, { id: act, target }, () => undefined);
  return dark;
}

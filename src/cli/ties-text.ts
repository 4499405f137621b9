/** What a proof says of chance: how many pods could as well stand elsewhere, how much of that was proved, and where what decided about a promise stood. */
import type { Homelab } from "../config/homelab.ts";
import { machinesLostIn } from "../rehearse/prove/placements/machines-lost.ts";
import type { Proof } from "../rehearse/prove/prove.ts";
import { siteOf } from "../rehearse/prove/site-of.ts";
import type { Judged } from "../rehearse/prove/verdict.ts";
import type { ProofDocument } from "./proof-schema.ts";

type Ties = ProofDocument["ties"];

export function tiesResult({ tiedCount, asked, placements, pairCount, leftOutCount, isTooLarge }: Proof["ties"]): Ties {
  return {
    pods: tiedCount,
    asked,
    placements: placements.map(({ scenarioCount, moved, notReady }) => ({ scenarios: scenarioCount, moved: moved.map(({ what, from, to, apps }) => ({ what, from, to, apps: [...apps] })), notReady: notReady ?? null })),
    pairs: pairCount,
    leftOut: leftOutCount,
    tooLarge: isTooLarge,
  };
}

export function tiesText({ pods, asked, placements, pairs, leftOut, tooLarge }: Ties): string {
  if (pods === 0) return "No pod could as well stand elsewhere: the scheduler had nothing to draw.";
  const could = `${pods === 1 ? "1 pod" : `${pods} pods`} could as well stand elsewhere`;
  if (typeof asked === "number") return `${could}; all is proved ${asked === 0 ? "as the seed has them" : `on placement ${asked}`}.`;
  if (tooLarge) return `${could}; a home of this size is proved as the seed has them.`;
  const some = leftOut === 0 ? "" : ` For ${leftOut} of ${pairs} pairs of an app and what is lost with it a worse one was left out: --placements all proves them too.`;
  if (placements.length === 1 && leftOut === 0) return `${could}, but nowhere were it worse for any app: all is proved as the seed has them.`;
  const notReady = placements.flatMap(({ notReady: why }, number) => (why === null ? [] : [` With placement ${number} the home does not come up: ${why}.`]));
  return `${could}: ${placements.length === 1 ? "all is proved as the seed has them." : `of ${placements.length} placements the worst is shown for each loss.`}${some}${notReady.join("")}`;
}

/** Which pods stood on what was lost, where the seed has them elsewhere; undefined where that made no difference. */
export function standsText(homelab: Homelab, { ties }: Proof, { app, worst }: Judged): string | undefined {
  const placement = worst?.app.placement ?? 0;
  if (worst === undefined || placement === 0 || worst.outcome.isStateLost) return undefined;
  const lost = machinesLostIn(homelab, siteOf(homelab), worst.outcome.scenario);
  const moved = ties.placements[placement]!.moved.filter(({ apps, to }) => apps.includes(app) && lost.includes(to));
  return moved.length === 0 ? undefined : `with ${moved.map(({ what, to }) => `${what} on ${to}`).join(", ")}, as the scheduler may draw (--placements ${placement})`;
}

/** The lengths of time that reports print of how an app came through a scenario, each with what it was made of. */
import type { CausePart } from "./causes/unfold.ts";
import { downMsOf, type Outage } from "./outage-watch.ts";
import type { AppOutcome } from "./run-scenario.ts";

export interface Figure {
  /** What lasted so long, for people: `requests fail`. */
  what: string;
  ms: number;
  /** In the order of time; they sum to `ms`. */
  parts: readonly CausePart[];
}

/** An outage that did not end has no figure but the time until some were served again; what followed when all was given back has its own. */
export function figuresOf({ outages, recoveryOutages, recoveryMs, recoveryParts }: AppOutcome): Figure[] {
  const during = outages.flatMap((outage) => figureOf(outage, ""));
  const isOpen = outages.some(({ toMs }) => toMs === undefined);
  const after = isOpen && recoveryMs !== undefined && recoveryMs > 0 ? [{ what: "until all requests are answered, once it is back", ms: recoveryMs, parts: recoveryParts }] : [];
  return [...during, ...after, ...recoveryOutages.flatMap((outage) => figureOf(outage, " when it comes back"))];
}

function figureOf(outage: Outage, when: string): Figure[] {
  const { fromMs, toMs, shareMin, parts } = outage;
  const downMs = downMsOf(outage);
  if (toMs !== undefined) return [{ what: `${shareMin > 0 ? `${failingShare(shareMin)} of requests fail` : downMs === undefined ? "requests fail" : "requests fail, all or some of them"}${when}`, ms: toMs - fromMs, parts }];
  return downMs === undefined ? [] : [{ what: `requests fail${when}, before some are answered`, ms: downMs, parts }];
}

/** `25 %`, of a share that is answered. */
export const failingShare = (share: number): string => `${Math.max(1, Math.round((1 - share) * 100))} %`;

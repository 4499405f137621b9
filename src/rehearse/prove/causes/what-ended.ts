/** What took away that which was in the way of requests. */
import type { HangsOn } from "../view.ts";
import type { Happening, What } from "./happening.ts";
import type { HappeningLog } from "./happening-log.ts";

/** Of those at one moment, the one that requests depend on most directly. */
const NEAREST: readonly What[] = ["volume serves", "endpoints", "started", "pod ready", "router asks", "address moved", "address asked for", "network agent runs", "machine reached", "machine hears", "fault ends"];

/** The latest happening, at `atMs` or before it, that what was in the way hangs on; undefined where none is known. */
export function whatEnded(log: HappeningLog, hangsOn: HangsOn | undefined, atMs: number): Happening | undefined {
  if (hangsOn === undefined) return undefined;
  let best: Happening | undefined;
  for (const one of log.happenings) {
    if (one.atMs > atMs) break;
    if (concerns(log, hangsOn, one) && (best === undefined || one.atMs > best.atMs || NEAREST.indexOf(one.what) <= NEAREST.indexOf(best.what))) best = one;
  }
  return best;
}

function concerns(log: HappeningLog, hangsOn: HangsOn, { what, subject }: Happening): boolean {
  if ("part" in hangsOn) return what === "fault ends";
  if ("machines" in hangsOn) return what === "machine reached" && hangsOn.machines.includes(subject);
  if ("address" in hangsOn) return what === "address moved" || what === "address asked for" || what === "router asks" || (what === "machine reached" && log.happenings.some((one) => one.what === "address moved" && one.detail === subject));
  if ("service" in hangsOn && what === "endpoints") return subject === hangsOn.service;
  if (what === "volume serves") return "service" in hangsOn && subject.split("/")[0] === hangsOn.service.split("/")[0];
  if (what === "network agent runs" || what === "machine reached" || what === "machine hears" || what === "fault ends") return true;
  if (what !== "started" && what !== "pod ready") return false;
  const { namespace = "", name = "" } = log.pod(subject)?.metadata ?? {};
  return "service" in hangsOn ? namespace === hangsOn.service.split("/")[0] : `${namespace}/${name}`.startsWith(hangsOn.pods);
}

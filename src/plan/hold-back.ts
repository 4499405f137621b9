/** Marks the changes of a machine that must wait while others of the file do not answer. Pure; what is marked is shown, and not done. */
import { disruptionWaitsFor, hasJoined, joinWaitsFor } from "../steps/absent-machines.ts";
import type { Change } from "../steps/change.ts";
import type { Step, Want } from "../steps/step.ts";

/** What comes behind a change that waits may rest on it, and waits as well. */
export function holdBack(decided: readonly { readonly step: Step; readonly change: Change }[], want: Want): Change[] {
  const { homelab, machine, cluster } = want;
  if ((cluster.away ?? []).length === 0) return decided.map(({ change }) => change);
  const isNode = hasJoined(homelab, cluster.machines[machine.name]);
  const joinHeld = isNode ? undefined : joinWaitsFor(homelab, machine, cluster);
  const disruptionHeld = disruptionWaitsFor(want);
  let why: string | undefined;
  return decided.map(({ step, change }) => {
    why ??= step.isJoin === true ? joinHeld : undefined;
    why ??= change.risk === "safe" ? undefined : disruptionHeld;
    return why === undefined ? change : { ...change, held: { why } };
  });
}

/** Those that can be done now. */
export function unheld(changes: readonly Change[]): Change[] {
  return changes.filter(({ held }) => held === undefined);
}

/** What mends itself after a loss, and what a person must do, with the commands. Commands are given only where they are known to fit. */
import { listed } from "../../checks/derived/text.ts";
import type { Homelab } from "../../config/homelab.ts";
import { shellQuote } from "../../lib/shell-quote.ts";
import { timeText } from "../../lib/time-text.ts";
import { refusalToRemove } from "../../operations/remove-node.ts";
import { type Fault, FAULTS, faultText } from "../../scenarios/fault.ts";
import type { ProvedByHand } from "./by-hand.ts";
import { downMsOf } from "./outage-watch.ts";
import type { AppOutcome, ScenarioOutcome } from "./run-scenario.ts";
import { storageRepairs } from "./storage-repairs.ts";
import { passageOf } from "./verdict.ts";

export interface ByHand {
  readonly text: string;
  /** For a shell, in this order; empty where it is done with the hands. */
  readonly commands: readonly string[];
}

export interface Repairs {
  /** For people, one sentence each. */
  readonly byItself: readonly string[];
  readonly byHand: readonly ByHand[];
}

/** `fileArgument`: how commands name the file, such as ` -c lab.yaml`; empty where they find it themselves. */
export function repairsOf(homelab: Homelab, { scenario, isStateLost, unwell }: ScenarioOutcome, app: AppOutcome, fileArgument = "", proved?: ProvedByHand): Repairs {
  const byItself: string[] = [];
  const { outageMs } = passageOf(app);
  const open = app.outages.find(({ toMs }) => toMs === undefined);
  if (outageMs !== undefined && outageMs > 0) byItself.push(`All requests are answered again after ${timeText(outageMs)}.`);
  const downMs = open === undefined ? undefined : downMsOf(open);
  if (downMs !== undefined) byItself.push(`Some requests are answered again after ${timeText(downMs)}.`);
  if (open !== undefined && app.recoveryMs !== undefined) byItself.push(app.recoveryMs >= 1000 ? `Once what was lost is back, all requests are answered again after ${timeText(app.recoveryMs)}.` : "Once what was lost is back, all requests are answered again at once.");
  const ended = scenario.steps.filter(({ does }) => does === "end").map(({ fault }) => faultText(fault));
  const faults = scenario.steps.filter(({ does, fault }) => does === "begin" && !ended.includes(faultText(fault))).map(({ fault }) => fault);
  const byHand = faults.flatMap((fault) => giveBack(homelab, fault, isStateLost, fileArgument));
  if (proved !== undefined) byHand.push({ text: `Or leave ${listed(proved.machines)} off and say so: all requests are answered again ${timeText(proved.afterMs)} later. Once ${proved.machines.length === 1 ? "it is" : "they are"} back, the same with - at its end takes the taint away.`, commands: proved.commands });
  if (isStateLost) byHand.push({ text: "The cluster is made anew from the file; what apps had stored is restored from backups afterwards.", commands: [`kubernest up${fileArgument}`] });
  for (const { what, extent, why } of app.lost) {
    if (extent === "since last backup") byHand.push({ text: `Restore ${what} from its last backup: ${why}.`, commands: [] });
    else if (extent === "everything") byHand.push({ text: `${what} is lost and has no backup: ${why}.`, commands: [] });
  }
  if (open !== undefined) byHand.push(...(app.stuck ?? []).flatMap(storageRepairs));
  if (unwell.length > 0) byHand.push({ text: `Even with all given back, ${unwell.length === 1 ? `${unwell[0]!} is` : `${unwell.length} nodes or pods are`} not well: look at them.`, commands: [...new Set(unwell.map(lookAt))] });
  return { byItself, byHand };
}

function giveBack(homelab: Homelab, { id, target }: Fault, isStateLost: boolean, fileArgument: string): ByHand[] {
  switch (id) {
    case "power-off":
      return [{ text: `Switch ${target} on again; its node comes back by itself.`, commands: [] }];
    case "network-cut":
      return [{ text: `Plug ${target}'s network in again; its node comes back by itself.`, commands: [] }];
    case "part-off":
      return [{ text: `Mend or replace ${target}.`, commands: [] }];
    case "disk-lost": {
      if (isStateLost) return [{ text: `Give ${target} a new disk with its operating system, reached over SSH as before.`, commands: [`kubernest trust ${shellQuote(target)} --replace${fileArgument}`] }];
      const refusal = homelab.machines[target] === undefined ? undefined : refusalToRemove(homelab, homelab.machines[target]);
      if (refusal !== undefined) return [{ text: `Give ${target} a new disk with its operating system. No command lets it join anew: ${refusal}.`, commands: [] }];
      const isNode = homelab.machines[target]?.roles.some((role) => role === "worker" || role === "control-plane") === true;
      const name = shellQuote(target);
      return [{ text: `Give ${target} a new disk with its operating system, and let it join anew.`, commands: [`kubernest trust ${name} --replace${fileArgument}`, isNode ? `kubernest node replace ${name}${fileArgument}` : `kubernest up${fileArgument}`] }];
    }
    default:
      return FAULTS[id].isMoment === true ? [] : [{ text: `It ends when ${FAULTS[id].ends(target)}.`, commands: [] }];
  }
}

/** `Node pi2`, `Pod shop/web-…` */
function lookAt(unwell: string): string {
  const [kind, name = ""] = unwell.split(" ");
  return kind === "Node" ? `kubectl describe node ${name}` : `kubectl get pods -n ${name.split("/")[0]!} -o wide`;
}

/** `lab down`: takes everything away that `lab up` made, whatever state it is in: processes, with them mounts and namespaces, control groups, files. */
import { dirname } from "node:path";
import { shellQuote } from "../lib/shell-quote.ts";
import { labGroup, removeScript } from "./control-groups.ts";
import { exclusively, type Lab, readPlan, runScript } from "./lab.ts";
import { powerOff } from "./power.ts";
import { forEach } from "./lab-up.ts";

const REMOVE_WITHIN_MS = 120_000;

/** False where there was nothing. `isOrderly`: machines are shut down first, as their power button does. */
export async function labDown(lab: Lab, options: { readonly isOrderly: boolean }): Promise<boolean> {
  return exclusively(lab, async () => {
    const plan = await readPlan(lab);
    if (plan !== undefined && options.isOrderly) await forEach(plan.machines, (machine) => powerOff({ ...lab, plan }, machine));
    await runScript(lab, `end the processes of the lab ${lab.name}`, removeScript(lab.facts.hierarchies, lab.register, labGroup(lab.name)), { failure: "machine-failed", deadlineMs: REMOVE_WITHIN_MS });
    const roots = lab.facts.hierarchies.map((one) => shellQuote(`${one.path}/${labGroup("")}`)).join(" ");
    // The directory of all labs goes with the last of them.
    const clean = `for group in ${roots}; do rmdir "$group" 2>/dev/null || :; done
[ -e ${shellQuote(lab.paths.root)} ] && echo removed
rm -rf ${shellQuote(lab.paths.root)}
rmdir ${shellQuote(dirname(lab.paths.root))} 2>/dev/null || :`;
    return (await runScript(lab, `remove ${lab.paths.root}`, clean, { failure: "machine-failed", deadlineMs: REMOVE_WITHIN_MS })).includes("removed");
  });
}

/** Where the others are full, or too few: one machine more, hanging on what the last one hangs on. */
import { DEPENDANT_LISTS } from "../../../config/model/site.ts";
import type { AdviceRule } from "./advice-rule.ts";

export const ONE_MACHINE_MORE: AdviceRule = {
  id: "one-machine-more",
  propose: ({ homelab }) => {
    const last = Object.values(homelab.machines).filter(({ roles }) => roles.includes("worker")).at(-1);
    if (last === undefined) return [];
    const name = nextName(last.name, homelab.machines);
    const places = Object.values(homelab.site).flatMap((part) => DEPENDANT_LISTS.filter((list) => part[list].includes(last.name)).map((list) => `site.${part.name}.${list}+=${name}`));
    return [{ text: `one machine more (${name}), where ${last.name} hangs`, ways: [[`machines.${name}={}`, ...places]] }];
  },
};

/** `pi3` → `pi4`, `worker` → `worker2`; the first that is free. */
function nextName(name: string, taken: Readonly<Record<string, unknown>>): string {
  const [, stem, number] = /^(.*?)(\d*)$/.exec(name)!;
  for (let next = Number(number || 1) + 1; ; next++) if (taken[`${stem}${next}`] === undefined) return `${stem}${next}`;
}

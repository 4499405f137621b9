/** Where the others are full, or too few: one machine more, hanging on what the last one hangs on. */
import { DEPENDANT_LISTS } from "../../../config/model/site.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { nextName } from "./next-name.ts";

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

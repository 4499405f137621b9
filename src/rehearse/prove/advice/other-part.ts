/** One power strip, switch or hypervisor takes too much along: a machine of it moves to another of the kind. A cable, no hardware. */
import { machinesLostWith, quorum } from "../../../checks/derived/site-reach.ts";
import type { Homelab, SitePart } from "../../../config/homelab.ts";
import { DEPENDANT_LISTS } from "../../../config/model/site.ts";
import type { AdviceRule, Proposal } from "./advice-rule.ts";
import { likeIt, partsLost } from "./lost-elements.ts";

export const OTHER_PART: AdviceRule = {
  id: "other-part",
  propose: ({ homelab, judged }) => partsLost(homelab, judged).flatMap((part) => moveFrom(homelab, part)),
};

function moveFrom(homelab: Homelab, part: SitePart): Proposal[] {
  const isServer = (name: string): boolean => homelab.machines[name]!.roles.includes("control-plane");
  const servers = Object.keys(homelab.machines).filter(isServer);
  const isTooMany = (count: number): boolean => servers.length - count < quorum(servers.length);
  const on = (one: SitePart): string[] => machinesLostWith(homelab, one.name);
  const serversOn = (one: SitePart): string[] => on(one).filter(isServer);
  const isMajority = servers.length > 1 && isTooMany(serversOn(part).length);
  // Those that hang on it directly. Servers where they are too many here; else what is not needed for the API, before it.
  const direct = on(part).filter((name) => DEPENDANT_LISTS.some((list) => part[list].includes(name)));
  const machine = direct.filter((name) => isServer(name) === isMajority).at(-1);
  const others = likeIt(homelab, part).filter((other) => machine !== undefined && !on(other).includes(machine) && !(isMajority && isTooMany(serversOn(other).length + 1)));
  const place = others.toSorted((a, b) => serversOn(a).length - serversOn(b).length || on(a).length - on(b).length)[0];
  if (machine === undefined || place === undefined || on(part).length < 2) return [];
  const changes = DEPENDANT_LISTS.filter((list) => part[list].includes(machine)).flatMap((list) => [
    `site.${part.name}.${list}=[${part[list].filter((name) => name !== machine).join(", ")}]`,
    `site.${place.name}.${list}+=${machine}`,
  ]);
  return [{ text: `${machine} on ${place.name} instead of ${part.name}`, ways: [changes] }];
}

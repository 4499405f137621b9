/** The physical place of a homelab as the embedded cluster has it: machines by their node names, parts by theirs. */
import type { Homelab, SitePartKind as FileKind } from "../../config/homelab.ts";
import { Site, type SitePart, type SitePartKind } from "../../sim/site/site.ts";

const KINDS: Readonly<Record<FileKind, SitePartKind>> = { internet: "internet", router: "router", switch: "switch", "power-strip": "power", ups: "ups", nas: "nas", hypervisor: "hypervisor" };

export function siteOf(homelab: Homelab): Site {
  const nodeName = (name: string): string => homelab.machines[name]?.hostname ?? name;
  const parts = Object.values(homelab.site).map((part): SitePart => ({
    name: part.name,
    kind: KINDS[part.kind],
    // What runs inside a computer has its power and its network from it.
    connects: [...part.connects, ...part.runs].map(nodeName),
    powers: [...part.powers, ...part.runs].map(nodeName),
    ...(part.holds === undefined ? {} : { holdsMs: part.holds.ms }),
  }));
  return new Site(Object.values(homelab.machines).map(({ hostname }) => hostname), parts);
}

/** On which site parts a machine, or another part, hangs directly. */
import type { Homelab, SitePart } from "./homelab.ts";

const NONE: readonly SitePart[] = [];
/** Asked for each of what may be thousands of machines, and sorted out once. */
const carriers = new WeakMap<Homelab["site"], ReadonlyMap<string, readonly SitePart[]>>();

/** Those that connect, power or run it, in the file's order. */
export function partsCarrying(site: Homelab["site"], name: string): readonly SitePart[] {
  let byName = carriers.get(site);
  if (byName === undefined) {
    byName = sortedOut(site);
    carriers.set(site, byName);
  }
  return byName.get(name) ?? NONE;
}

function sortedOut(site: Homelab["site"]): Map<string, SitePart[]> {
  const byName = new Map<string, SitePart[]>();
  for (const part of Object.values(site)) {
    for (const name of new Set([...part.connects, ...part.powers, ...part.runs])) {
      const parts = byName.get(name);
      if (parts === undefined) byName.set(name, [part]);
      else parts.push(part);
    }
  }
  return byName;
}

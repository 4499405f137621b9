/** What a UPS feeds goes on for as long as the file says that it holds. */
import type { FaultEffect } from "./fault-effect.ts";

export const BLACKOUT_EFFECT: FaultEffect = {
  begin: ({ site, cluster }) => {
    if (!site.hasGrid) return;
    site.setGrid(false);
    for (const { name, holdsMs } of site.parts) {
      if (holdsMs === undefined) continue;
      const atMs = cluster.loop.now() + holdsMs;
      site.drain(name, atMs);
      cluster.loop.after(holdsMs, () => site.setEmpty(name, atMs));
    }
  },
  end: ({ site }) => site.setGrid(true),
};

/** Turns virtual time while a scenario is told. Time in which nothing but heartbeats and looks would happen is skipped, as a proof does. */
import type { Cluster } from "../../sim/cluster.ts";
import type { Site } from "../../sim/site/site.ts";
import { watchRest } from "../prove/rest.ts";
import type { Telling } from "./tell-scenario.ts";

const CHUNK_MS = 10_000;
const MINUTE_MS = 60_000;
/** So long after the last change, what follows from it has begun and has a time of its own. */
const STILL_MS = 90_000;

/** `pause` is called now and then; it ends the turning with false. */
export async function turnToEnd({ cluster, site }: { cluster: Cluster; site: Site }, telling: Telling, pause: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
  const { loop } = cluster;
  const rest = watchRest(cluster, site);
  try {
    while (telling.told === undefined && (await pause())) {
      cluster.run(CHUNK_MS);
      if (loop.now() - rest.lastMs < STILL_MS) continue;
      // In whole minutes, so that heartbeats come at the times at which they would have.
      const emptyMs = Math.floor(((loop.nextChangeAt() ?? loop.now()) - loop.now()) / MINUTE_MS) * MINUTE_MS;
      if (emptyMs > 0) loop.skip(emptyMs);
    }
  } finally {
    rest.stop();
  }
}

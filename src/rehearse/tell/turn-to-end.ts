/** Turns virtual time while a scenario is told. Time in which nothing but heartbeats and looks would happen is skipped, as a proof does. */
import type { Cluster } from "../../sim/cluster.ts";
import type { Site } from "../../sim/site/site.ts";
import { watchRest } from "../prove/rest.ts";
import { skipQuiet } from "../skip-quiet.ts";
import type { Telling } from "./tell-scenario.ts";

const CHUNK_MS = 10_000;

/** `pause` is called now and then; it ends the turning with false. */
export async function turnToEnd({ cluster, site }: { cluster: Cluster; site: Site }, telling: Telling, pause: () => Promise<boolean> = () => Promise.resolve(true)): Promise<void> {
  const { loop } = cluster;
  const rest = watchRest(cluster, site);
  try {
    while (telling.told === undefined && (await pause())) {
      cluster.run(CHUNK_MS);
      skipQuiet(loop, rest.lastMs, loop.nextChangeAt() ?? loop.now());
    }
  } finally {
    rest.stop();
  }
}

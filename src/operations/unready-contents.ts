/** What of everything that the file wants in the cluster does not work: workloads of ours, and those that charts made. Reads only. */
import type { KubeClient } from "../kube/kube-client.ts";
import { releaseWorkloads } from "./chart-releases.ts";
import { CONTENT_STAGES } from "./cluster-contents.ts";
import type { WantedCluster } from "./cluster-work.ts";
import type { NamedObject } from "./object-name.ts";
import { unreadyWorkloads, workloadsOf } from "./unready.ts";
import type { Missing } from "./wait-until.ts";

export interface LookOptions {
  /** Nodes of machines that do not answer. */
  readonly awayNodes?: readonly string[];
  /** Leaves out what is known not to be there. */
  isApplied?(object: NamedObject): boolean;
}

export async function unreadyContents(client: KubeClient, wanted: WantedCluster, { awayNodes = [], isApplied = () => true }: LookOptions = {}): Promise<Missing[]> {
  const stages = CONTENT_STAGES.map((stage) => wanted.stages[stage]);
  const own = workloadsOf(stages.flatMap(({ objects }) => objects.map(({ object }) => object))).filter((object) => isApplied(object));
  const brought = await Promise.all(stages.flatMap(({ charts }) => charts).map((release) => releaseWorkloads(client, release)));
  return unreadyWorkloads(client, [...own, ...brought.flat()], awayNodes);
}

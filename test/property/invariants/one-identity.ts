/** No two pods with the same place in a StatefulSet run at once, anywhere, unless somebody gave one up by force: both would write. */
import { isRunning } from "../../../src/sim/kubelet/container-record.ts";
import { type Invariant, keyOf, ownerOf, type Watched } from "./watched.ts";

export function oneIdentity({ cluster, forced }: Watched): Invariant {
  /** Pods that were given up, for good: what ran then may run on. */
  const givenUp = new Set<string>();
  return ({ type, object, kind }) => {
    if (type !== "pods" || ownerOf(object, "StatefulSet") === undefined) return undefined;
    const key = keyOf(object);
    const nodeName = object["spec"].nodeName as string | undefined;
    if (forced.has(key) || (nodeName !== undefined && forced.has(nodeName))) givenUp.add(key);
    if (kind === "delete" || givenUp.has(key)) return undefined;
    // Machines that are cut off count too: they run on.
    const running = cluster.agents.machines.flatMap((machine) => machine.workers.filter((worker) => keyOf(worker.pod) === key && worker.apps.some(isRunning)).map((worker) => `${worker.uid} on ${machine.name}`));
    return running.length > 1 ? `${key} runs ${running.length} times: ${running.join(", ")}` : undefined;
  };
}

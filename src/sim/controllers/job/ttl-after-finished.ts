/** Deletes finished Jobs when their time to live is over (`pkg/controller/ttlafterfinished`). */
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import { splitKey, type Reconciler } from "../reconciler.ts";
import { finishedCondition, type Job } from "./job-shape.ts";

export const ttlAfterFinishedController: Reconciler = {
  name: "ttl-after-finished-controller",
  watches: [{ type: "batch/jobs" }],
  sync(key, { client, clock }) {
    const { namespace, name } = splitKey(key);
    const job = client.get<Job>("batch/jobs", namespace, name);
    const ttlSeconds = job?.spec.ttlSecondsAfterFinished;
    if (job === undefined || ttlSeconds === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const finishedMs = parseRfc3339(finishedCondition(job)?.lastTransitionTime);
    if (finishedMs === undefined) return;
    const leftMs = finishedMs + ttlSeconds * 1000 - clock.now();
    if (leftMs > 0) return leftMs;
    client.delete("batch/jobs", namespace, name, { propagationPolicy: "Foreground", preconditions: { uid: job.metadata.uid } });
  },
};

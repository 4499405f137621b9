/** The labels and the selector that tie a job's pods to it, unless its author manages them by hand. */
import type { Loose } from "../defaults/loose.ts";

const NAME_LABELS = ["job-name", "batch.kubernetes.io/job-name"] as const;
const UID_LABEL = "batch.kubernetes.io/controller-uid";
const UID_LABELS = ["controller-uid", UID_LABEL] as const;

/** The job's `metadata.name` and `metadata.uid` must be set already. */
export function generateJobSelector(job: Loose): void {
  const spec: Loose = (job.spec ??= {});
  if (spec.manualSelector === true) return;
  const metadata: Loose = ((spec.template ??= {}).metadata ??= {});
  const labels: Record<string, string> = (metadata.labels ??= {});
  for (const label of NAME_LABELS) labels[label] ??= job.metadata.name;
  for (const label of UID_LABELS) labels[label] ??= job.metadata.uid;
  // A Job without labels has those of its pods: upstream's defaulting lets both share one map.
  job.metadata.labels ??= { ...labels };
  const selector: Loose = (spec.selector = { ...spec.selector });
  selector.matchLabels = { ...selector.matchLabels };
  selector.matchLabels[UID_LABEL] ??= job.metadata.uid;
}

/** Pods created from a template and deleted, with the events upstream records on their controller (`RealPodControl`). */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import { ApiError } from "../api/status.ts";
import { controllerRef } from "./controller-ref.ts";
import type { Pod, PodTemplate } from "./shapes.ts";

/** A pod as the template says, owned by `owner`; `generateName` unless the caller names it. */
export function podFromTemplate(template: PodTemplate, owner: KubeObject): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "",
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers?.length ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerRef(owner)],
    },
    // Shared, not copied: the API copies what it is given.
    spec: template.spec,
  };
}

export function createPod(client: SimClient, pod: Pod, owner: KubeObject, component: string): Pod {
  try {
    const created = client.create<Pod>("pods", pod);
    client.event(owner, { type: "Normal", reason: "SuccessfulCreate", message: `Created pod: ${created.metadata.name}`, component });
    return created;
  } catch (error) {
    if (error instanceof ApiError && !isNamespaceTerminating(error)) {
      client.event(owner, { type: "Warning", reason: "FailedCreate", message: `Error creating: ${error.message}`, component });
    }
    throw error;
  }
}

export function deletePod(client: SimClient, pod: Pod, owner: KubeObject, component: string): void {
  const { namespace, name } = pod.metadata;
  try {
    client.delete("pods", namespace, name);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason === "NotFound") return;
    client.event(owner, { type: "Warning", reason: "FailedDelete", message: `Error deleting: ${error.message}`, component });
    throw error;
  }
  client.event(owner, { type: "Normal", reason: "SuccessfulDelete", message: `Deleted pod: ${name}`, component });
}

/** True for the refusal to create in a namespace that is being deleted: nothing to retry. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof ApiError && (error.status.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating");
}

/**
 * `slowStartBatch`: 1, 2, 4, … calls, stopping after a batch in which one failed.
 * Returns how many succeeded and the first error.
 */
export function slowStart(count: number, call: (index: number) => void): { successCount: number; error?: ApiError } {
  let done = 0;
  let successCount = 0;
  for (let batch = Math.min(1, count); batch > 0; batch = Math.min(2 * batch, count - done)) {
    let firstError: ApiError | undefined;
    for (let i = 0; i < batch; i++) {
      try {
        call(done + i);
        successCount++;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        firstError ??= error;
      }
    }
    done += batch;
    if (firstError !== undefined) return { successCount, error: firstError };
  }
  return { successCount };
}

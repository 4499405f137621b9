/** Moves pods off a node: no new ones are placed on it, and each is asked to go by eviction, so that disruption budgets hold. Pods of DaemonSets and static ones stay. */
import { StepFailed } from "../engine/step-failed.ts";
import { type KubeClient, KubeRefused } from "../kube/kube-client.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { type Missing, waitUntil, type WaitOptions } from "./wait-until.ts";

/** Static pods have a mirror in the API, which says so. */
const MIRROR = "kubernetes.io/config.mirror";

export async function cordonNode(client: KubeClient, node: string, fieldManager: string): Promise<void> {
  await client.mergePatch("v1", "Node", undefined, node, { spec: { unschedulable: true } }, fieldManager);
}

/** `isDead`: nobody there ends a pod any more: each is asked to go once, so that another begins elsewhere, and none is waited for. Rejects with `StepFailed`, which names the budget. */
export async function drainNode(client: KubeClient, node: string, options: WaitOptions & { readonly isDead: boolean }): Promise<void> {
  const accepted = new Set<string>();
  await waitUntil(async () => {
    const pods = (await client.list("v1", "Pod")).filter((pod) => isDrained(pod, node));
    const missing: Missing[] = [];
    for (const pod of pods) {
      const { namespace, name, uid } = pod.metadata;
      const what = `pod ${namespace}/${name}`;
      if (pod.metadata.deletionTimestamp !== undefined || accepted.has(String(uid))) {
        if (!options.isDead) missing.push({ what, why: "it is ending", hint: undefined });
        continue;
      }
      try {
        await client.evict(String(namespace), name);
        accepted.add(String(uid));
        if (!options.isDead) missing.push({ what, why: "it was asked to end", hint: undefined });
      } catch (error) {
        if (!(error instanceof KubeRefused)) throw error;
        if (error.code === 404) continue;
        if (error.code !== 429) throw new StepFailed("change-failed", `${what} cannot be evicted: ${error.message}`, { machine: node, cause: error });
        // What is dead serves nobody: no budget keeps it, and it goes with its Node object.
        if (options.isDead) continue;
        const budget = await budgetOf(client, pod);
        missing.push({ what, why: `protected by its disruption budget${budget === undefined ? "" : ` ${budget}`}`, hint: "another replica must be ready first; one more replica, or its node back, lets it go" });
      }
    }
    return missing;
  }, options);
}

function isDrained(pod: KubeObject, node: string): boolean {
  const { spec, status } = pod as KubeObject & { spec?: { nodeName?: string }; status?: { phase?: string } };
  if (spec?.nodeName !== node || pod.metadata.annotations?.[MIRROR] !== undefined) return false;
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  return pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") !== true;
}

/** The name of a budget whose labels the pod has. */
async function budgetOf(client: KubeClient, pod: KubeObject): Promise<string | undefined> {
  const budgets = await client.list("policy/v1", "PodDisruptionBudget", pod.metadata.namespace);
  const labels = pod.metadata.labels ?? {};
  return budgets.find((budget) => Object.entries((budget["spec"] as { selector?: { matchLabels?: Record<string, string> } } | undefined)?.selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value))?.metadata.name;
}

/** What a person does to the embedded cluster, through the same API as `kubectl`: it can be refused. */
import { NO_EXECUTE, OUT_OF_SERVICE_KEY } from "./out-of-service.ts";
import type { Act } from "../../scenarios/act.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../../sim/api/client.ts";
import { ApiError } from "../../sim/api/status.ts";
import { nodeOf, type Struck } from "../faults/fault-effect.ts";
import { isOfDaemonSet, podsOf, podTitle } from "./pods-of.ts";

/** `kubectl drain` tries again after five seconds what a budget forbids (k8s.io/kubectl `pkg/drain`), without end. */
const DRAIN_RETRY_MS = 5_000;
/** A person gives a drain up sometime. */
const DRAIN_MS_MAX = 60 * 60_000;

/** `tell` is called with what was refused. */
export function perform(struck: Struck, { id, target }: Act, tell: (text: string) => void): void {
  const { cluster } = struck;
  const { client } = cluster;
  try {
    switch (id) {
      case "cordon":
      case "uncordon":
        client.patch("nodes", undefined, nodeOf(struck, target), { spec: { unschedulable: id === "cordon" ? true : null } });
        return;
      case "drain":
        client.patch("nodes", undefined, nodeOf(struck, target), { spec: { unschedulable: true } });
        return drain({ struck, node: nodeOf(struck, target), pods: toDrain(client, nodeOf(struck, target)), untilMs: cluster.loop.now() + DRAIN_MS_MAX, tell, told: new Set() });
      case "out-of-service":
      case "in-service": {
        const taints = ((client.get("nodes", undefined, nodeOf(struck, target))?.["spec"]?.taints ?? []) as { key: string }[]).filter(({ key }) => key !== OUT_OF_SERVICE_KEY);
        client.patch("nodes", undefined, nodeOf(struck, target), { spec: { taints: id === "in-service" ? taints : [...taints, { key: OUT_OF_SERVICE_KEY, value: "nodeshutdown", effect: NO_EXECUTE }] } });
        return;
      }
      case "delete-node":
        return client.delete("nodes", undefined, nodeOf(struck, target));
      case "delete-pod":
        for (const pod of podsOf(client, target)) client.delete("pods", pod.metadata.namespace, pod.metadata.name);
        return;
      case "force-delete-pod":
        for (const pod of podsOf(client, target)) if (pod.metadata.deletionTimestamp !== undefined) client.delete("pods", pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 });
        return;
      case "add-webhook":
        return void client.create(WEBHOOKS, webhookOf(target));
      case "remove-webhook":
        return client.delete(WEBHOOKS, undefined, webhookOf(target).metadata.name);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(`refused: ${error.message}`);
  }
}

const WEBHOOKS = "admissionregistration.k8s.io/validatingwebhookconfigurations";

/** As policy engines register theirs once they run: asked about each new pod, by way of the Service of the same name. */
function webhookOf(target: string): KubeObject {
  const [namespace = "", name = ""] = target.split("/");
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name },
    webhooks: [{
      name: `pods.${name}.${namespace}.svc`,
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      clientConfig: { service: { namespace, name, port: 443 } },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] }],
    }],
  };
}

interface Drain {
  struck: Struck;
  node: string;
  /** Those that were there when it began: others that come meanwhile are left alone (`GetPodsForDeletion` asks once). */
  pods: readonly KubeObject[];
  untilMs: number;
  tell(text: string): void;
  told: Set<string>;
}

function toDrain(client: SimClient, node: string): readonly KubeObject[] {
  return client.podsOnNode(node).filter((pod) => !isOfDaemonSet(pod) && !isOver(pod));
}

const isOver = (pod: KubeObject): boolean => ["Succeeded", "Failed"].includes(pod["status"]?.phase as string);

/** Evicts what is left, again and again while a budget forbids it. */
function drain(round: Drain): void {
  const { struck, node, pods, untilMs, tell, told } = round;
  const { client, loop } = struck.cluster;
  let left = 0;
  for (const { metadata } of pods) {
    const pod = client.get("pods", metadata.namespace, metadata.name);
    if (pod === undefined || pod.metadata.uid !== metadata.uid || isOver(pod)) continue;
    left++;
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    try {
      client.evict(metadata.namespace!, metadata.name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const text = `drain of ${node}: a pod of ${podTitle(pod)} is refused: ${error.message}`;
      if (!told.has(metadata.uid!)) tell(text);
      told.add(metadata.uid!);
    }
  }
  if (left === 0) return tell(`drain of ${node}: done`);
  if (loop.now() >= untilMs) return tell(`drain of ${node}: given up`);
  loop.after(DRAIN_RETRY_MS, () => drain(round));
}

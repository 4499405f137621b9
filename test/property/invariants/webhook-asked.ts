/** While a webhook has to be asked about new pods, none is made unless one of the webhook's own pods can answer. */
import { type Invariant, isOver, isReady, isTerminating, keyOf, type Watched } from "./watched.ts";

/** What endpoints cannot have heard yet is not held against anyone. */
const HEARD_MS = 5_000;
const LED_MS = 10_000;
const WEBHOOKS = "admissionregistration.k8s.io/validatingwebhookconfigurations";

export function webhookAsked(watched: Watched): Invariant {
  const { cluster, site } = watched;
  /** By namespace, when a pod came, went, or became ready or not. */
  const changedMs = new Map<string, number>();
  return ({ type, object, previous, kind }) => {
    if (type !== "pods") return undefined;
    const nowMs = cluster.loop.now();
    const isNew = kind === "put" && previous === undefined;
    const { ledSinceMs } = watched;
    const problem = isNew && ledSinceMs !== undefined && nowMs - ledSinceMs >= LED_MS ? unasked() : undefined;
    if (!isNew && (kind === "delete" || isReady(previous!) !== isReady(object) || isTerminating(previous!) !== isTerminating(object))) changedMs.set(object.metadata.namespace!, nowMs);
    return problem === undefined ? undefined : `${keyOf(object)} was made, and ${problem}`;

    function unasked(): string | undefined {
      for (const { webhooks } of cluster.client.list(WEBHOOKS) as unknown as { webhooks: { clientConfig: { service: { namespace: string; name: string } } }[] }[]) {
        const { namespace, name } = webhooks[0]!.clientConfig.service;
        if (watched.isUnderWay("webhook-away")) return `nobody can have asked the webhook ${namespace}/${name}`;
        if (nowMs - (changedMs.get(namespace) ?? 0) < HEARD_MS) continue;
        const answering = cluster.client.list("pods", { namespace }).filter((pod) => {
          const machine = pod["spec"].nodeName as string | undefined;
          return isReady(pod) && !isTerminating(pod) && !isOver(pod) && machine !== undefined && site.state(machine).hasPower && site.state(machine).isConnected;
        });
        if (answering.length === 0) return `no pod of the webhook ${namespace}/${name} can have been asked`;
      }
      return undefined;
    }
  };
}

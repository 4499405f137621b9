/** Who gets requests are the pods that are ready: a few seconds after the last change of an app's pods, and for as long as somebody leads the control loops. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import type { SimClient } from "../../../src/sim/api/client.ts";
import { type Invariant, isOver, isReady, isTerminating, type Watched } from "./watched.ts";

/** Much longer than the controller waits, so that one write tells many changes. */
const FOLLOWED_MS = 5_000;
/** A controller that has just begun to lead looks at everything first. */
const LED_MS = 10_000;

export function endpointsFollow(watched: Watched): Invariant {
  const { cluster } = watched;
  const changedMs = new Map<string, number>();
  return ({ type, object, previous, kind }) => {
    if (type !== "pods" || (kind === "put" && previous !== undefined && isReady(previous) === isReady(object) && isTerminating(previous) === isTerminating(object))) return undefined;
    const { namespace = "" } = object.metadata;
    const nowMs = cluster.loop.now();
    changedMs.set(namespace, nowMs);
    cluster.loop.after(FOLLOWED_MS, () => {
      const { ledSinceMs } = watched;
      if (changedMs.get(namespace) !== nowMs || ledSinceMs === undefined || cluster.loop.now() - ledSinceMs < LED_MS) return;
      for (const problem of endpointProblems(cluster.client, namespace)) watched.report("endpointsFollow", problem);
    });
    return undefined;
  };
}

/** Of all Services of a namespace. */
export function endpointProblems(client: SimClient, app: string): string[] {
  // A pod whose node is gone is left out, until somebody removes it too (k8s.io/endpointslice `reconciler.go`).
  const isOnNode = (pod: KubeObject): boolean => client.get("nodes", undefined, (pod["spec"].nodeName ?? "") as string) !== undefined;
  const ready = client.list("pods", { namespace: app }).filter((pod) => isReady(pod) && !isTerminating(pod) && !isOver(pod) && isOnNode(pod));
  return client.list("services", { namespace: app }).flatMap(({ metadata, spec }) => {
    // The names of a StatefulSet's pods are there before they are ready.
    if (spec.publishNotReadyAddresses === true) return [];
    const isBehind = ({ metadata: { labels } }: KubeObject): boolean => Object.entries((spec.selector ?? {}) as Record<string, string>).every(([key, value]) => labels?.[key] === value);
    const wanted = ready.filter(isBehind).map((pod) => pod.metadata.name).sort().join(" ");
    const slices = client.list("discovery.k8s.io/endpointslices", { namespace: app }).filter((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === metadata.name);
    const told = slices.flatMap((slice) => (slice["endpoints"] ?? []) as { conditions: { ready: boolean }; targetRef: { name: string } }[]).filter(({ conditions }) => conditions.ready).map(({ targetRef }) => targetRef.name).sort().join(" ");
    return told === wanted ? [] : [`service ${app}/${metadata.name} leads to ${told || "nothing"}, ready are ${wanted || "none"}`];
  });
}

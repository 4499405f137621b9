/** How many more pods of a service the scheduler would place, one after the other, beside what is there. */
import type { App, AppService } from "../../config/homelab.ts";
import { mountedVolumes } from "../../checks/derived/workloads.ts";
import type { SimClient } from "../../sim/api/client.ts";
import type { Pod } from "../../sim/kubelet/pod.ts";
import type { SchedulingView } from "../../sim/scheduler/plugin.ts";
import { podInfo } from "../../sim/scheduler/pod-info.ts";
import { isOfService } from "./owner.ts";
import { type Placement, withoutPlace } from "./placement.ts";
import { trialClient } from "./trial-client.ts";

/** Nobody at home asks for more, and counting on would take longer than the answer is worth. */
export const COPIES_COUNT_MAX = 250;

/** Why more copies of a service are no question of room. */
export type NoCopies = "one on each machine" | "its volume takes one writer" | "no pod of it to copy";

export function noCopies(app: App, service: AppService): NoCopies | undefined {
  if (service.kind === "daemon-set") return "one on each machine";
  if (mountedVolumes(app, service).some(({ volume }) => !volume.perReplica && volume.access !== "ReadWriteMany" && volume.access !== "ReadOnlyMany")) return "its volume takes one writer";
  return undefined;
}

/** A pod that copies are made of. */
export function patternOf(client: SimClient, app: App, service: AppService): Pod | undefined {
  return client.list<Pod>("pods", { namespace: app.namespace }).find(({ metadata }) => metadata.deletionTimestamp === undefined && isOfService(app, service.name, metadata.labels ?? {}));
}

/** At most `COPIES_COUNT_MAX`. Nobody is put out of the way for them. Leaves the placement as it was. */
export function countCopies(placement: Placement, pattern: Pod): number {
  const { cache } = placement;
  const client = trialClient(cache.client);
  const view: SchedulingView = {
    client,
    get nodes() {
      return cache.nodes;
    },
    pods: cache.pods,
    namespaceLabels: cache.namespaceLabels,
    imageNodeCount: (image) => cache.imageNodeCount(image),
    claimUserCount: (claim) => cache.claimUserCount(claim),
  };
  const placed: string[] = [];
  while (placed.length < COPIES_COUNT_MAX) {
    const info = podInfo(copyOf(client, pattern, placed.length + 1));
    const attempt = placement.attempt(info, view);
    if (!("node" in attempt)) break;
    placement.put(info, attempt.node, view);
    placed.push(info.key);
  }
  for (const key of placed) cache.removePod(key);
  return placed.length;
}

/** Under a name of its own, with claims of its own where each pod has them. */
function copyOf(client: SimClient, pattern: Pod, index: number): Pod {
  const before = pattern.metadata.name;
  const name = `${before}-copy-${index}`;
  const pod = withoutPlace(pattern);
  const isOfSet = pod.metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === "StatefulSet") === true;
  const volumes = (pod.spec.volumes ?? []).map((volume) => {
    const claimName = volume.persistentVolumeClaim?.claimName;
    // A claim made of a StatefulSet's template ends with its pod's name.
    if (!isOfSet || claimName?.endsWith(`-${before}`) !== true) return volume;
    const own = `${claimName.slice(0, -before.length)}${name}`;
    const claim = client.get("persistentvolumeclaims", pod.metadata.namespace, claimName);
    if (claim !== undefined) {
      const { status: _status, ...unbound } = claim;
      const { volumeName: _volume, ...spec } = claim["spec"] as Record<string, unknown>;
      const { annotations: _annotations, uid: _uid, ...metadata } = claim.metadata;
      client.create("persistentvolumeclaims", { ...unbound, metadata: { ...metadata, name: own }, spec });
    }
    return { ...volume, persistentVolumeClaim: { claimName: own } };
  });
  return { ...pod, metadata: { ...pod.metadata, name, uid: `${pod.metadata.uid}-${index}` }, spec: { ...pod.spec, ...(volumes.length > 0 ? { volumes } : {}) } } as Pod;
}

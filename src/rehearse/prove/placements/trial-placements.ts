/**
 * Where the pods of a homelab could have come to be as well: all that came up is placed again, in the same order and by the scheduler's own filters and scores, on empty
 * nodes, with other choices at the ties. Nothing runs for it: a trial costs milliseconds where bringing a homelab up costs as much as several scenarios.
 */
import { seededRandom } from "../../../lib/seeded-random.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { ListOptions, SimClient, TypeName } from "../../../sim/api/client.ts";
import type { Node, Pod } from "../../../sim/kubelet/pod.ts";
import { NodeCache } from "../../../sim/scheduler/node-cache.ts";
import { DEFAULT_PLUGINS } from "../../../sim/scheduler/plugins/all.ts";
import { type PodInfo, podInfo } from "../../../sim/scheduler/pod-info.ts";
import { schedulePod } from "../../../sim/scheduler/schedule-pod.ts";
import { claimClass } from "../../../sim/scheduler/volume-claims.ts";
import { trialClient } from "../../fit/trial-client.ts";
import { type Placement, PlacementRecorder } from "./placement.ts";

export type Choose = PlacementRecorder["choice"];

export class TrialPlacements {
  readonly #client: SimClient;
  readonly #nodes: readonly Node[];
  /** Pods that no scheduler placed: a kubelet runs them from files. */
  readonly #fixed: readonly Pod[];
  readonly #waiting: readonly PodInfo[];

  /** `client`: of a cluster that came up, `placed` what was placed in it. */
  constructor(client: SimClient, placed: Placement) {
    this.#client = beforeBinding(client);
    // An empty node has no images yet.
    this.#nodes = client.list<Node>("nodes").map((node) => ({ ...node, status: { ...node.status, images: [] } }) as Node);
    const known = new Set(placed.map(({ key }) => key));
    this.#fixed = client.list<Pod>("pods").filter((pod) => Boolean(pod.spec.nodeName) && !known.has(`${pod.metadata.namespace}/${pod.metadata.name}`));
    this.#waiting = placed.map(({ pod }) => podInfo(pod));
  }

  /** Ties that `choose` leaves to chance follow from `seed`. */
  place(choose: Choose, seed: string): Placement {
    const recorder = new PlacementRecorder(choose);
    const random = seededRandom(seed);
    const cache = new NodeCache(trialClient(this.#client));
    for (const node of this.#nodes) cache.setNode(node);
    for (const pod of this.#fixed) cache.setPod(pod);
    for (const info of this.#waiting) {
      const attempt = schedulePod(info, cache, { plugins: DEFAULT_PLUGINS, random, ties: recorder, cursor: { nextIndex: 0 }, nominated: () => [] });
      if (!("node" in attempt)) continue;
      cache.placePod(info, attempt.node.name);
      for (const plugin of DEFAULT_PLUGINS) plugin.preBind?.(info, attempt.node, cache)?.begin();
    }
    return recorder.placed;
  }
}

const CLAIMS = "persistentvolumeclaims";
const VOLUMES = "persistentvolumes";

/** Claims whose class waits for a pod's node have no volume yet, and the volumes made for them are not there. */
function beforeBinding(client: SimClient): SimClient {
  const late = new Set(client.list("storage.k8s.io/storageclasses").filter((one) => one["volumeBindingMode"] === "WaitForFirstConsumer").map(({ metadata }) => metadata.name));
  const unbound = <T extends KubeObject>(claim: T): T => {
    if (!late.has(claimClass(claim))) return claim;
    const { volumeName: _volumeName, ...spec } = claim["spec"];
    return { ...claim, metadata: { ...claim.metadata, annotations: {} }, spec, status: { phase: "Pending" } };
  };
  const isThere = (volume: KubeObject): boolean => !late.has((volume["spec"].storageClassName as string | undefined) ?? "") || volume["spec"].claimRef === undefined;
  return {
    ...client,
    get<T extends KubeObject>(type: TypeName, namespace: string | undefined, name: string): T | undefined {
      const found = client.get<T>(type, namespace, name);
      if (found === undefined) return undefined;
      return type === CLAIMS ? unbound(found) : type === VOLUMES && !isThere(found) ? undefined : found;
    },
    list<T extends KubeObject>(type: TypeName, options?: ListOptions): readonly T[] {
      const found = client.list<T>(type, options);
      return type === CLAIMS ? found.map(unbound) : type === VOLUMES ? found.filter(isThere) : found;
    },
  };
}

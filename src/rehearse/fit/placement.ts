/**
 * Where the pods of a cluster would be with some of its machines off for good: those that stay keep their place, those that were on the lost ones are made again by
 * who owns them and go through the scheduler's own filters, scores and preemption. The lost nodes are still there, unreachable, until somebody removes them: a spread
 * that must hold counts them. Nothing of the cluster is changed.
 */
import type { Random } from "../../ports/random.ts";
import type { SimClient } from "../../sim/api/client.ts";
import { UNREACHABLE } from "../../sim/controllers/node/node-taints.ts";
import { isTerminalPod, type Node, type Pod } from "../../sim/kubelet/pod.ts";
import { NodeCache } from "../../sim/scheduler/node-cache.ts";
import type { NodeInfo } from "../../sim/scheduler/node-info.ts";
import type { SchedulingView } from "../../sim/scheduler/plugin.ts";
import { DEFAULT_PLUGINS } from "../../sim/scheduler/plugins/all.ts";
import { type PodInfo, podInfo } from "../../sim/scheduler/pod-info.ts";
import { preempt } from "../../sim/scheduler/preemption.ts";
import { type Attempt, schedulePod, type Unschedulable } from "../../sim/scheduler/schedule-pod.ts";
import { trialClient } from "./trial-client.ts";

export interface UnplacedPod {
  info: PodInfo;
  refusal: Unschedulable;
}

/** An API and what is known of the nodes, for one attempt after the other. */
export class Placement {
  readonly cache: NodeCache;
  /** In the order in which the scheduler gave them up. */
  readonly waiting: readonly UnplacedPod[];
  readonly lost: ReadonlySet<string>;
  readonly #random: Random;
  readonly #cursor = { nextIndex: 0 };

  constructor(client: SimClient, lost: ReadonlySet<string>, random: Random) {
    this.#random = random;
    this.lost = lost;
    this.cache = new NodeCache(trialClient(client));
    for (const node of client.list<Node>("nodes")) this.cache.setNode(lost.has(node.metadata.name) ? unreachable(node) : node);
    const queue: PodInfo[] = [];
    const waitingBefore: PodInfo[] = [];
    for (const pod of client.list<Pod>("pods")) {
      if (isTerminalPod(pod)) continue;
      const { nodeName } = pod.spec;
      if (nodeName && !lost.has(nodeName)) this.cache.setPod(pod);
      else if (nodeName && isMadeAgain(pod)) queue.push(podInfo(withoutPlace(pod)));
      else if (!nodeName && isScheduled(pod) && !lost.has(onlyNodeOf(pod) ?? "")) waitingBefore.push(podInfo(withoutPlace(pod)));
    }
    this.waiting = this.#place([...queue, ...waitingBefore]);
  }

  /** One attempt, as the scheduler makes it; the pod is not placed yet. */
  attempt(info: PodInfo, view: SchedulingView = this.cache): Attempt {
    return schedulePod(info, view, { plugins: DEFAULT_PLUGINS, random: this.#random, cursor: this.#cursor, nominated: () => [] });
  }

  /** From here on the pod and its claims count on the node. */
  put(info: PodInfo, node: NodeInfo, view: SchedulingView = this.cache): void {
    this.cache.placePod(info, node.name);
    for (const plugin of DEFAULT_PLUGINS) plugin.preBind?.(info, node, view)?.begin();
  }

  #place(pods: readonly PodInfo[]): UnplacedPod[] {
    // Of one priority, who came first: sorting is stable.
    const queue = [...pods].sort(byPriority);
    const waiting: UnplacedPod[] = [];
    for (let info = queue.shift(); info !== undefined; info = queue.shift()) {
      const attempt = this.attempt(info);
      if ("node" in attempt) {
        this.put(info, attempt.node);
        continue;
      }
      const room = preempt(info, this.cache, attempt.unschedulable, { random: this.#random, nominated: () => [] });
      if (typeof room === "string") {
        waiting.push({ info, refusal: attempt.unschedulable });
        continue;
      }
      // Victims are of a lower priority than who takes their place: this ends.
      for (const victim of room.victims) this.cache.removePod(victim.key);
      this.put(info, room.node);
      queue.push(...room.victims.filter(({ pod }) => ownerOf(pod) !== undefined).map(({ pod }) => podInfo(withoutPlace(pod))));
      queue.sort(byPriority);
    }
    return waiting;
  }
}

/** As the node controller leaves it, and without room, so that not even who tolerates everything is put there. */
function unreachable(node: Node): Node {
  const taints = (["NoSchedule", "NoExecute"] as const).map((effect) => ({ key: UNREACHABLE, effect }));
  return { ...node, spec: { ...node.spec, taints: [...(node.spec.taints ?? []), ...taints] }, status: { ...node.status, allocatable: {} } };
}

const byPriority = (a: PodInfo, b: PodInfo): number => b.priority - a.priority;

const ownerOf = ({ metadata }: Pod): string | undefined => metadata.ownerReferences?.find(({ controller }) => controller)?.kind;

/** A pod that nobody owns is gone with its node; those of a daemon set, and those that a kubelet runs from files, belong to their node. */
function isMadeAgain(pod: Pod): boolean {
  const owner = ownerOf(pod);
  return owner !== undefined && owner !== "DaemonSet" && owner !== "Node" && pod.metadata.deletionTimestamp === undefined;
}

/** Whether the scheduler would look at a pod at all. */
function isScheduled(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && DEFAULT_PLUGINS.every((plugin) => plugin.gate?.(pod) === undefined);
}

/** A daemon set's pod names its node in its affinity. */
export function onlyNodeOf({ spec }: Pod): string | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.find(({ key }) => key === "metadata.name")?.values?.[0];
}

/** The pod as its owner would make it anew. */
export function withoutPlace({ status: _status, ...pod }: Pod): Pod {
  const { nodeName: _nodeName, ...spec } = pod.spec;
  return { ...pod, spec } as Pod;
}

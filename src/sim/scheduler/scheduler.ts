/**
 * The scheduler: watches pods, nodes and volumes, and gives each waiting pod a node. An attempt takes no virtual time; what takes time is
 * waiting for something to change. It decides nothing about kubelets: a pod is bound, or its condition says why not.
 */
import { semanticEqual } from "../../lib/deep-equal.ts";
import type { ObjectEvent } from "../api/client.ts";
import { ApiError } from "../api/status.ts";
import { type ControllerContext, keyOf, splitKey } from "../controllers/reconciler.ts";
import type { Node, Pod } from "../kubelet/pod.ts";
import { isTerminalPod } from "../kubelet/pod.ts";
import { fitError } from "./fit-error.ts";
import { NodeCache } from "./node-cache.ts";
import type { NodeInfo } from "./node-info.ts";
import type { ClusterEvent, NodeChange, Plugin, PreBind } from "./plugin.ts";
import { DEFAULT_PLUGINS } from "./plugins/all.ts";
import type { PodInfo } from "./pod-info.ts";
import { podInfo } from "./pod-info.ts";
import { preempt, type Preemption } from "./preemption.ts";
import { RefusedEverywhere } from "./refused-everywhere.ts";
import { schedulePod, type Unschedulable } from "./schedule-pod.ts";
import { SchedulerReports } from "./scheduler-reports.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";
import type { TieBreak } from "./tie-break.ts";

export interface SchedulerOptions {
  plugins?: readonly Plugin[];
  /** Pods with another `spec.schedulerName` are left alone. */
  schedulerName?: string;
  ties?: TieBreak;
}

/** `BindTimeoutSeconds` of VolumeBinding. */
const BIND_TIMEOUT_MS = 600_000;
/** How often pods that fit nowhere are looked over for having waited too long. */
const FLUSH_PERIOD_MS = 30_000;
/** What `giveUp` hears where preemption does not help. */
const NO_HELP = "preemption: not helpful";
const NO_NODES = "no nodes available to schedule pods";

interface PendingBind {
  info: PodInfo;
  node: NodeInfo;
  preBinds: readonly PreBind[];
  cancelTimeout: () => void;
}

/** Starts scheduling; the returned function stops it. */
export function startScheduler(context: ControllerContext, options: SchedulerOptions = {}): () => void {
  const scheduler = new Scheduler(context, options);
  return () => scheduler.stop();
}

class Scheduler {
  readonly #context: ControllerContext;
  readonly #plugins: readonly Plugin[];
  readonly #name: string;
  readonly #ties: TieBreak | undefined;
  readonly #byName: ReadonlyMap<string, Plugin>;
  readonly #cache: NodeCache;
  readonly #refused: RefusedEverywhere;
  readonly #queue: SchedulingQueue;
  readonly #reports: SchedulerReports;
  readonly #cursor = { nextIndex: 0 };
  readonly #nominated = new Map<string, Map<string, PodInfo>>();
  readonly #pendingBinds = new Map<string, PendingBind>();
  readonly #stops: (() => void)[] = [];
  #isStopped = false;
  #isAwake = false;
  #flushTimer: (() => void) | undefined;

  constructor(context: ControllerContext, options: SchedulerOptions) {
    this.#context = context;
    this.#plugins = options.plugins ?? DEFAULT_PLUGINS;
    this.#name = options.schedulerName ?? "default-scheduler";
    this.#ties = options.ties;
    this.#byName = new Map(this.#plugins.map((plugin) => [plugin.name, plugin]));
    this.#cache = new NodeCache(context.client);
    this.#refused = new RefusedEverywhere(() => this.#cache.nodesChanged);
    this.#queue = new SchedulingQueue(this.#plugins);
    this.#reports = new SchedulerReports(context, this.#name);
    const { client } = context;
    const watch = (type: string, event: ClusterEvent): void =>
      void this.#stops.push(
        client.watch(type, () => {
          this.#changed(event);
          if (this.#pendingBinds.size > 0) this.#wake();
        }),
      );
    this.#stops.push(client.watch<Node>("nodes", (event) => this.#onNode(event)));
    this.#stops.push(client.watch<Pod>("pods", (event) => this.#onPod(event)));
    watch("persistentvolumeclaims", "claim");
    watch("persistentvolumes", "volume");
    watch("storage.k8s.io/storageclasses", "storage-class");
    watch("storage.k8s.io/csinodes", "csi");
    watch("storage.k8s.io/csidrivers", "csi");
    watch("storage.k8s.io/csistoragecapacities", "csi");
  }

  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    for (const pending of this.#pendingBinds.values()) pending.cancelTimeout();
    this.#flushTimer?.();
  }

  #changed(event: ClusterEvent, only?: string): void {
    if (this.#queue.unschedulableCount > 0 && this.#queue.moveOn(event, this.#context.clock.now(), only === undefined ? {} : { only })) this.#wake();
  }

  #onNode({ type, object, previous }: ObjectEvent<Node>): void {
    if (type === "DELETED") {
      this.#cache.removeNode(object.metadata.name);
      return this.#nodeChanged({ before: object, after: undefined });
    }
    this.#cache.setNode(object);
    if (previous === undefined || nodeMatters(previous, object)) this.#nodeChanged({ before: previous, after: object });
  }

  #nodeChanged(change: NodeChange): void {
    if (this.#queue.unschedulableCount === 0) return;
    const isHelped = (name: string, key: string): boolean => {
      const hint = this.#byName.get(name)?.nodeHint;
      if (hint === undefined) return change.after !== undefined;
      const pod = this.#pod(key);
      return pod === undefined || hint.mayFit(pod, change);
    };
    if (this.#queue.moveOn("node", this.#context.clock.now(), { isHelped })) this.#wake();
  }

  #pod(key: string): Pod | undefined {
    const { namespace, name } = splitKey(key);
    return this.#context.client.get<Pod>("pods", namespace, name);
  }

  #onPod({ type, object: pod, previous }: ObjectEvent<Pod>): void {
    const key = keyOf(pod);
    if (type === "DELETED") {
      this.#forget(key);
      if (pod.spec.nodeName) this.#changed("pod-deleted");
      return;
    }
    if (pod.spec.nodeName) {
      this.#queue.remove(key);
      this.#unnominate(key);
      this.#cache.setPod(pod);
      if (isTerminalPod(pod)) {
        if (previous !== undefined && !isTerminalPod(previous)) this.#changed("pod-deleted");
      } else if (!previous?.spec.nodeName || !semanticEqual(previous.metadata.labels, pod.metadata.labels)) this.#changed("pod-added");
      return;
    }
    if ((pod.spec.schedulerName ?? "default-scheduler") !== this.#name || isTerminalPod(pod)) {
      this.#queue.remove(key);
      return;
    }
    if (this.#pendingBinds.has(key) || this.#plugins.some((plugin) => plugin.gate?.(pod) !== undefined)) return;
    if (!this.#queue.has(key)) {
      this.#queue.add(key, pod.spec.priority ?? 0, this.#context.clock.now());
      this.#wake();
    } else if (previous !== undefined && (previous.spec !== pod.spec || !semanticEqual(previous.metadata.labels, pod.metadata.labels))) {
      if (!semanticEqual([previous.spec, previous.metadata.labels], [pod.spec, pod.metadata.labels])) this.#changed("self", key);
    }
  }

  #forget(key: string): void {
    this.#cache.removePod(key);
    this.#queue.remove(key);
    this.#unnominate(key);
    this.#pendingBinds.get(key)?.cancelTimeout();
    this.#pendingBinds.delete(key);
  }

  #wake(): void {
    if (this.#isAwake || this.#isStopped) return;
    this.#isAwake = true;
    this.#context.clock.after(0, () => {
      this.#isAwake = false;
      if (!this.#isStopped) this.#run();
    });
  }

  #run(): void {
    for (const pending of [...this.#pendingBinds.values()]) this.#continueBind(pending);
    for (let keys = this.#queue.pop(); keys.length > 0; keys = this.#queue.pop()) {
      for (const key of keys) if (!this.#isStopped) this.#attempt(key);
    }
  }

  #attempt(key: string): void {
    const { random, clock } = this.#context;
    const pod = this.#pod(key);
    if (pod === undefined || pod.spec.nodeName || isTerminalPod(pod)) return this.#queue.done(key);
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#reports.event(pod, "Warning", "FailedScheduling", `skip schedule deleting pod: ${key}`);
      return this.#queue.done(key);
    }
    const info = podInfo(pod);
    if (this.#cache.nodes.length === 0) {
      this.#queue.putBack(key, info.priority, clock.now(), new Set());
      return this.#reports.unschedulable(pod, NO_NODES, undefined);
    }
    const attempt = schedulePod(info, this.#cache, {
      plugins: this.#plugins,
      random,
      ...(this.#ties === undefined ? {} : { ties: this.#ties }),
      cursor: this.#cursor,
      refused: this.#refused,
      nominated: (nodeName) => [...(this.#nominated.get(nodeName)?.values() ?? [])],
    });
    if ("node" in attempt) this.#place(info, attempt.node);
    else this.#giveUp(info, attempt.unschedulable);
  }

  #place(info: PodInfo, node: NodeInfo): void {
    // From here on the pod counts on its node, bound or not.
    this.#cache.placePod(info, node.name);
    this.#unnominate(info.key);
    const preBinds = this.#plugins.flatMap((plugin) => plugin.preBind?.(info, node, this.#cache) ?? []);
    if (preBinds.length === 0) return this.#bind(info, node);
    const pending: PendingBind = {
      info,
      node,
      preBinds,
      cancelTimeout: this.#context.clock.after(BIND_TIMEOUT_MS, () => this.#failBind(pending, `binding volumes: context deadline exceeded`)),
    };
    this.#pendingBinds.set(info.key, pending);
    this.#queue.done(info.key);
    try {
      for (const preBind of preBinds) preBind.begin();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#failBind(pending, `binding volumes: ${error.message}`);
    }
    this.#continueBind(pending);
  }

  #continueBind(pending: PendingBind): void {
    for (const preBind of pending.preBinds) {
      const state = preBind.state();
      if (state === false) return;
      if (typeof state === "string") return this.#failBind(pending, `binding volumes: ${state}`);
    }
    pending.cancelTimeout();
    this.#pendingBinds.delete(pending.info.key);
    this.#bind(pending.info, pending.node);
  }

  #failBind(pending: PendingBind, why: string): void {
    pending.cancelTimeout();
    this.#pendingBinds.delete(pending.info.key);
    this.#failed(pending.info, `running PreBind plugin "VolumeBinding": ${why}`);
  }

  #bind(info: PodInfo, node: NodeInfo): void {
    const { metadata } = info.pod;
    try {
      this.#context.client.bind(metadata.namespace!, metadata.name, node.name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#failed(info, `binding rejected: running Bind plugin "DefaultBinder": ${error.message}`);
    }
    this.#queue.done(info.key);
    this.#reports.event(info.pod, "Normal", "Scheduled", `Successfully assigned ${info.key} to ${node.name}`);
  }

  /** The world refused a write: the pod comes back after its back-off. */
  #failed(info: PodInfo, message: string): void {
    const { clock, client } = this.#context;
    this.#cache.removePod(info.key);
    const pod = client.get<Pod>("pods", info.pod.metadata.namespace, info.pod.metadata.name);
    if (pod === undefined || pod.spec.nodeName) return this.#queue.done(info.key);
    const atMs = this.#queue.retry(info.key, info.priority, clock.now());
    clock.after(atMs - clock.now(), () => {
      this.#queue.release(info.key);
      this.#wake();
    });
    this.#reports.unschedulable(pod, message, undefined, "SchedulerError");
  }

  #giveUp(info: PodInfo, failed: Unschedulable): void {
    const { clock } = this.#context;
    const { result, message } = this.#makeRoom(info, failed);
    this.#queue.putBack(info.key, info.priority, clock.now(), failed.plugins, this.#alike(info.pod, failed.plugins));
    this.#armFlush();
    let nominate: string | undefined;
    if (typeof result !== "string") {
      nominate = result.node.name;
      this.#unnominate(info.key);
      const byKey = this.#nominated.get(nominate) ?? new Map<string, PodInfo>();
      this.#nominated.set(nominate, byKey.set(info.key, info));
    } else if (info.pod.status?.nominatedNodeName && !result.includes("not eligible")) {
      nominate = "";
      this.#unnominate(info.key);
    }
    this.#reports.unschedulable(info.pod, message, nominate);
    if (typeof result !== "string") this.#reports.evictVictims(info.pod, result);
  }

  #makeRoom(info: PodInfo, failed: Unschedulable): { result: Preemption | string; message: string } {
    const { refusal } = failed;
    // Where all nodes refuse for good, nobody's leaving helps, and that is said of each pod in the same words.
    const isUsual = info.pod.spec.preemptionPolicy !== "Never";
    if (refusal?.message !== undefined && isUsual) return { result: NO_HELP, message: refusal.message };
    const result = preempt(info, this.#cache, failed, { random: this.#context.random, nominated: (nodeName) => [...(this.#nominated.get(nodeName)?.values() ?? [])] });
    const message = fitError({
      nodeCount: this.#cache.nodes.length,
      preFilterMessage: failed.preFilterMessage,
      byNode: failed.byNode,
      absent: failed.absent,
      postFilterMessage: typeof result === "string" ? postFilterMessage(failed.preFilterMessage, result) : "",
    });
    if (refusal !== undefined && isUsual) refusal.message = message;
    return { result, message };
  }

  /** All that decides whether a node brings a pod back that these plugins refused. */
  #alike(pod: Pod, refusedBy: ReadonlySet<string>): string {
    return [...refusedBy].map((name) => `${name} ${this.#byName.get(name)?.nodeHint?.alike(pod) ?? ""}`).sort().join("\n");
  }

  #unnominate(key: string): void {
    for (const [nodeName, byKey] of this.#nominated) {
      if (byKey.delete(key) && byKey.size === 0) this.#nominated.delete(nodeName);
    }
  }

  #armFlush(): void {
    this.#flushTimer ??= this.#context.clock.upkeep(FLUSH_PERIOD_MS, () => {
      this.#flushTimer = undefined;
      if (this.#queue.flush(this.#context.clock.now())) this.#wake();
      if (this.#queue.unschedulableCount > 0) this.#armFlush();
    });
  }
}

/** Heartbeats and image lists make no pod fit; which pods another change may help their plugins say. */
function nodeMatters(before: Node, after: Node): boolean {
  return (
    before.spec?.unschedulable !== after.spec?.unschedulable ||
    !semanticEqual(before.metadata.labels, after.metadata.labels) ||
    !semanticEqual(before.spec?.taints, after.spec?.taints) ||
    !semanticEqual(before.status?.allocatable, after.status?.allocatable)
  );
}

/**
 * What the plugins after the filters say: dynamic resources first, then preemption. After a refusal before the filters there is no state
 * for the first of them, and upstream prints just its bare error.
 */
function postFilterMessage(preFilterMessage: string, preemption: string): string {
  return preFilterMessage === "" ? `no new claims to deallocate, ${preemption}` : "not found";
}

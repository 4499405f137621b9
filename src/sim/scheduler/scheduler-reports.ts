/** What the scheduler writes about pods beside binding them: events, the condition that says why one waits, the marks on victims. */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { rfc3339 } from "../../lib/rfc3339.ts";
import { ApiError } from "../api/status.ts";
import { type ControllerContext, keyOf } from "../controllers/reconciler.ts";
import type { Pod, PodCondition } from "../kubelet/pod.ts";
import type { Preemption } from "./preemption.ts";

/** Length limit of an event's message (`NoteLengthLimit`). */
const MESSAGE_LENGTH_MAX = 1024;

export class SchedulerReports {
  readonly #context: ControllerContext;
  readonly #name: string;

  constructor(context: ControllerContext, name: string) {
    this.#context = context;
    this.#name = name;
  }

  event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string): void {
    try {
      this.#context.client.event(pod, { type, reason, message, component: this.#name, action: reason === "Scheduled" ? "Binding" : reason === "Preempted" ? "Preempting" : "Scheduling" });
    } catch (error) {
      // An event in a namespace that goes away is dropped, as upstream's recorder does.
      if (!(error instanceof ApiError)) throw error;
      this.#context.log(`scheduler: event ${reason} of ${keyOf(pod)}: ${error.message}`);
    }
  }

  /** Event and condition that say why the pod waits. */
  unschedulable(pod: Pod, message: string, nominate: string | undefined, reason = "Unschedulable"): void {
    const { client, clock } = this.#context;
    const short = message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX - 4)} ...`;
    this.event(pod, "Warning", "FailedScheduling", short);
    const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    const { generation } = pod.metadata;
    const condition: PodCondition = {
      type: "PodScheduled",
      status: "False",
      reason,
      message,
      lastTransitionTime: before?.status === "False" && before.lastTransitionTime ? before.lastTransitionTime : rfc3339(clock.now()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    const nominationChanges = nominate !== undefined && (pod.status?.nominatedNodeName ?? "") !== nominate;
    if (semanticEqual({ lastProbeTime: null, ...before }, { lastProbeTime: null, ...condition }) && !nominationChanges) return;
    const { nominatedNodeName: _old, ...status } = pod.status ?? {};
    const nominated = nominationChanges ? nominate : pod.status?.nominatedNodeName;
    try {
      client.updateStatus("pods", {
        ...pod,
        status: { ...status, conditions: withCondition(status.conditions, condition), ...(nominated ? { nominatedNodeName: nominated } : {}) },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#context.log(`scheduler: ${keyOf(pod)}: ${error.message}`);
    }
  }

  /** Preemption: the victims are marked and deleted. */
  evictVictims(preemptor: Pod, { node, victims }: Preemption): void {
    const { client, clock } = this.#context;
    for (const { pod: victim } of victims) {
      const { namespace, name, uid, generation } = victim.metadata;
      const current = client.get<Pod>("pods", namespace, name);
      if (current === undefined || current.metadata.uid !== uid) continue;
      const condition: PodCondition = {
        type: "DisruptionTarget",
        status: "True",
        reason: "PreemptionByScheduler",
        message: `${this.#name}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: rfc3339(clock.now()),
        ...(generation === undefined ? {} : { observedGeneration: generation }),
      };
      try {
        client.updateStatus("pods", { ...current, status: { ...current.status, conditions: withCondition(current.status?.conditions, condition) } });
        client.delete("pods", namespace, name, { preconditions: { uid: uid! } });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.#context.log(`scheduler: preempt ${namespace}/${name}: ${error.message}`);
        continue;
      }
      this.event(victim, "Normal", "Preempted", `Preempted by pod ${preemptor.metadata.uid} on node ${node.name}`);
    }
  }
}

function withCondition(conditions: readonly PodCondition[] | undefined, condition: PodCondition): PodCondition[] {
  const list = [...(conditions ?? [])];
  const index = list.findIndex(({ type }) => type === condition.type);
  if (index < 0) list.push(condition);
  else list[index] = condition;
  return list;
}

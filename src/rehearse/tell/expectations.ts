/** Whether what was expected of a scenario came true: each expectation is asked at every change, and what it held when is judged in the end. */
import { timeText } from "../../lib/time-text.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Expectation } from "../../scenarios/scenario-file.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { View } from "../prove/view.ts";
import { podsOf } from "./pods-of.ts";

export interface Judged {
  readonly expectation: Expectation;
  readonly isMet: boolean;
  /** What was seen instead, or when it was. */
  readonly seen: string;
}

export interface Seen {
  readonly cluster: Cluster;
  /** The node name of a machine of the file. */
  nodeOf(machine: string): string;
  /** What users of an app see now. */
  view(app: string): View;
  /** Reasons of events since the scenario began. */
  readonly reasons: ReadonlySet<string>;
}

/** When an expectation began and ceased to hold, from its first look on. */
class Trace {
  readonly expectation: Expectation;
  readonly turns: { atMs: number; holds: boolean; seen: string }[] = [];

  constructor(expectation: Expectation) {
    this.expectation = expectation;
  }

  note(atMs: number, holds: boolean, seen: string): void {
    const last = this.turns.at(-1);
    if (last?.atMs === atMs) this.turns.pop();
    if (this.turns.at(-1)?.holds !== holds) this.turns.push({ atMs, holds, seen });
    else if (last?.atMs === atMs && this.turns.length === 0) this.turns.push({ atMs, holds, seen });
  }

  /** What held at a time. */
  at(ms: number): { holds: boolean; seen: string } {
    return this.turns.filter(({ atMs }) => atMs <= ms).at(-1) ?? { holds: false, seen: "nothing" };
  }

  judge(): Judged {
    const { when } = this.expectation;
    const judged = (isMet: boolean, seen: string): Judged => ({ expectation: this.expectation, isMet, seen });
    if (when.kind === "at") {
      const { holds, seen } = this.at(when.ms);
      return judged(holds, seen);
    }
    if (when.kind === "always") {
      const broken = this.at(when.fromMs).holds ? this.turns.find(({ atMs, holds }) => !holds && atMs > when.fromMs && atMs < when.toMs) : { atMs: when.fromMs, seen: this.at(when.fromMs).seen };
      return broken === undefined ? judged(true, "") : judged(false, `at ${timeText(broken.atMs)}: ${broken.seen}`);
    }
    if (this.at(when.fromMs - 1).holds) return judged(false, "before that already");
    const first = this.turns.find(({ atMs, holds }) => holds && atMs >= when.fromMs);
    return first === undefined ? judged(false, "never") : judged(first.atMs <= when.toMs, `at ${timeText(first.atMs)}`);
  }
}

export class Expectations {
  readonly #traces: readonly Trace[];
  readonly #seen: Seen;

  constructor(expectations: readonly Expectation[], seen: Seen) {
    this.#traces = expectations.map((expectation) => new Trace(expectation));
    this.#seen = seen;
  }

  look(atMs: number): void {
    for (const trace of this.#traces) {
      const now = stateOf(trace.expectation, this.#seen);
      trace.note(atMs, now.holds, now.seen);
    }
  }

  judge(): Judged[] {
    return this.#traces.map((trace) => trace.judge());
  }
}

interface Condition {
  type: string;
  status: string;
}

const hasCondition = (object: KubeObject, type: string): boolean => ((object["status"]?.conditions ?? []) as Condition[]).some((one) => one.type === type && one.status === "True");

function stateOf({ subject, state }: Expectation, seen: Seen): { holds: boolean; seen: string } {
  const { client, controlPlane } = seen.cluster;
  switch (subject.kind) {
    case "node": {
      const states = nodeStates(client.get("nodes", undefined, seen.nodeOf(subject.name)));
      return { holds: states.includes(state), seen: states.join(", ") };
    }
    case "pods": {
      const [, count, bare = state] = /^(\d+) (.*)$/.exec(state) ?? [];
      const found = podsOf(client, subject.name).map((pod) => podStates(pod));
      const fitting = found.filter((states) => states.includes(bare)).length;
      return { holds: count === undefined ? fitting > 0 : fitting === Number(count), seen: found.length === 0 ? "no such pod" : found.map((states) => states.join(", ")).join("; ") };
    }
    case "app": {
      const { share, why } = seen.view(subject.name);
      const is = share === 1 ? "served" : share === 0 ? "not served" : "partly served";
      return { holds: is === state, seen: why === "" ? is : `${is} (${why})` };
    }
    case "api": {
      const outage = controlPlane?.outage;
      const is = outage === undefined ? "answering" : outage === "no space" ? "read-only" : "not answering";
      return { holds: state === "without a leader" ? controlPlane?.loopLeader === undefined : is === state, seen: outage === undefined ? is : `${is} (${outage})` };
    }
    case "event": {
      const isSeen = seen.reasons.has(subject.name);
      return { holds: isSeen === (state === "seen"), seen: isSeen ? "seen" : "not seen" };
    }
  }
}

function nodeStates(node: KubeObject | undefined): string[] {
  if (node === undefined) return ["gone"];
  const taints = (node["spec"]?.taints ?? []) as { key: string; effect: string }[];
  return [
    hasCondition(node, "Ready") ? "ready" : "not ready",
    ...(taints.some(({ key, effect }) => key === "node.kubernetes.io/unreachable" && effect === "NoExecute") ? ["unreachable"] : []),
    ...(hasCondition(node, "DiskPressure") ? ["under disk pressure"] : []),
    ...(hasCondition(node, "MemoryPressure") ? ["under memory pressure"] : []),
    ...(node["spec"]?.unschedulable === true ? ["cordoned"] : []),
  ];
}

function podStates(pod: KubeObject): string[] {
  const phase = pod["status"]?.phase as string | undefined;
  const waiting = ((pod["status"]?.containerStatuses ?? []) as { state?: { waiting?: { reason?: string } } }[]).flatMap(({ state }) => (state?.waiting?.reason === undefined ? [] : [`waiting: ${state.waiting.reason}`]));
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  return [
    "there",
    ...(phase === "Failed" ? ["failed"] : isTerminating ? ["terminating"] : []),
    ...(!isTerminating && phase === "Pending" ? ["pending"] : []),
    // A pod that is going away is nobody's replacement.
    ...(hasCondition(pod, "Ready") && !isTerminating ? ["ready"] : ["not ready"]),
    ...(isTerminating ? [] : waiting),
  ];
}

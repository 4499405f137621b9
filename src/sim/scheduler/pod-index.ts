/** What the scheduler's plugins ask of the pods on all nodes, answered without looking at all of them: kept up as nodes gain and lose pods. */
import type { Pod } from "../kubelet/pod.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";

/** Which pods of a namespace are meant. Two with the same text mean the same. */
export interface PodQuestion {
  namespace: string;
  text: string;
  /** Depends on the pod's object alone. */
  matches(pod: Pod): boolean;
}

/** One question for each kind of workload that is being placed; each is asked about every pod of its namespace that comes or goes. */
const QUESTION_COUNT_MAX = 16;

interface Answer {
  question: PodQuestion;
  counts: Map<NodeInfo, number>;
}

interface OfNamespace {
  pods: Map<PodInfo, NodeInfo>;
  answers: Map<string, Answer>;
}

export class PodIndex {
  readonly #byNamespace = new Map<string, OfNamespace>();
  /** Nodes with pods that have (anti-)affinity terms; and with pods that require to be away from others. */
  readonly withAffinity = new Set<NodeInfo>();
  readonly withRequiredAntiAffinity = new Set<NodeInfo>();

  /** How many pods are meant on each node that has any: counted once, and kept up from then on. */
  counts(question: PodQuestion): ReadonlyMap<NodeInfo, number> {
    const { pods, answers } = this.#of(question.namespace);
    const known = answers.get(question.text);
    if (known !== undefined) return known.counts;
    if (answers.size >= QUESTION_COUNT_MAX) answers.clear();
    const answer: Answer = { question, counts: new Map() };
    for (const [info, node] of pods) change(answer, info.pod, node, 1);
    answers.set(question.text, answer);
    return answer.counts;
  }

  added(info: PodInfo, node: NodeInfo): void {
    const { pods, answers } = this.#of(info.pod.metadata.namespace ?? "");
    pods.set(info, node);
    for (const answer of answers.values()) change(answer, info.pod, node, 1);
    this.#look(node);
  }

  removed(info: PodInfo, node: NodeInfo): void {
    const { pods, answers } = this.#of(info.pod.metadata.namespace ?? "");
    pods.delete(info);
    for (const answer of answers.values()) change(answer, info.pod, node, -1);
    this.#look(node);
  }

  /** A pod's object was replaced by a newer one of the same namespace and name. */
  replaced(before: Pod, pod: Pod, node: NodeInfo): void {
    for (const answer of this.#of(pod.metadata.namespace ?? "").answers.values()) {
      change(answer, before, node, -1);
      change(answer, pod, node, 1);
    }
  }

  #look(node: NodeInfo): void {
    keep(this.withAffinity, node, node.podsWithAffinity.size > 0);
    keep(this.withRequiredAntiAffinity, node, node.podsWithRequiredAntiAffinity.size > 0);
  }

  #of(namespace: string): OfNamespace {
    let found = this.#byNamespace.get(namespace);
    if (found === undefined) this.#byNamespace.set(namespace, (found = { pods: new Map(), answers: new Map() }));
    return found;
  }
}

function change({ question, counts }: Answer, pod: Pod, node: NodeInfo, sign: 1 | -1): void {
  if (!question.matches(pod)) return;
  const count = (counts.get(node) ?? 0) + sign;
  if (count === 0) counts.delete(node);
  else counts.set(node, count);
}

function keep(set: Set<NodeInfo>, node: NodeInfo, isIn: boolean): void {
  if (isIn) set.add(node);
  else set.delete(node);
}

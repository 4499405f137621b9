/** An idempotent unit of what a machine must be. It looks at facts, and says what is to be changed; it changes nothing itself. */
import type { Homelab, Machine } from "../config/homelab.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Questions } from "../facts/questions.ts";
import type { Change } from "./change.ts";

export interface Step {
  /** Verb-noun, the file's name: `write-hosts-block`. */
  readonly id: string;
  /** What it sees to, as a sentence without a subject: `keeps swap off, now and after a reboot`. */
  readonly summary: string;
  /** What it must know beside what is always read. Not called where `concerns` is false. */
  questions?(want: Want): Partial<Questions>;
  /** It makes the machine a part of a cluster that is there. */
  readonly isJoin?: true;
  /** Whether this machine needs this at all. */
  concerns(want: Want): boolean;
  /** Pure. Empty: all is as it should be. */
  decide(facts: MachineFacts, want: Want): Decision;
}

/** What the file wants of one machine, and what is known of the cluster around it. */
export interface Want {
  readonly homelab: Homelab;
  readonly machine: Machine;
  readonly cluster: ClusterView;
  /** A value that stands as `${NAME}` in a text: a secret of the store, or what was obtained. Undefined while it does not exist. Only to compare with: never put into a change. */
  valueOf(name: string): string | undefined;
  /** The published SHA-256 of an artifact, asked for before steps decide; undefined where it could not be had. */
  checksumOf(url: string): string | undefined;
}

/** The cluster as its machines' facts show it. */
export interface ClusterView {
  /** Facts of every machine that answered, by name. */
  readonly machines: Readonly<Record<string, MachineFacts>>;
  /** The machine through which the cluster is governed now: a control plane that runs. Undefined: there is no cluster yet. */
  readonly governedBy: string | undefined;
  /** Machines that were asked and do not answer, while the others go on without them. */
  readonly away?: readonly string[];
}

/** Not ours, or not to be built here: the run stops before anything is done. */
export interface Refusal {
  readonly refused: string;
  readonly hint: string;
}

export type Decision = readonly Change[] | Refusal;

export function isRefusal(decision: Decision): decision is Refusal {
  return "refused" in decision;
}

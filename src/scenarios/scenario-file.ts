/** A scenario as it is written in a file: a homelab, what happens to it when, and what is expected to be seen. Times count from the scenario's start. */
import type { Act } from "./act.ts";
import type { Fault } from "./fault.ts";

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export type Happening = { readonly does: "begin" | "end"; readonly fault: Fault } | { readonly does: "act"; readonly act: Act };

export type WrittenStep = Happening & { readonly atMs: number; readonly place: Place };

/** What is looked at. `pods` are named by `NAMESPACE/NAME` of a pod or of what owns it; `event` by its reason. */
export type Subject =
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "pods"; readonly name: string }
  | { readonly kind: "app"; readonly name: string }
  | { readonly kind: "api" }
  | { readonly kind: "event"; readonly name: string };

/**
 * `at`: holds then. `always`: holds from `fromMs` to `toMs`. `turns`: does not hold before `fromMs`, and begins to within these times.
 */
export type When = { readonly kind: "at"; readonly ms: number } | { readonly kind: "always" | "turns"; readonly fromMs: number; readonly toMs: number };

export interface Expectation {
  readonly subject: Subject;
  /** One of the states of the subject's kind (`STATES`); of pods also with their number before it: `2 ready`. */
  readonly state: string;
  readonly when: When;
  readonly place: Place;
}

export interface ScenarioFile {
  readonly name: string;
  readonly title: string;
  /** Where it happened to somebody, or what says that it does. */
  readonly sources: readonly string[];
  /** What is simplified, or said by the source and not looked at. */
  readonly note: string | undefined;
  /** A file beside the scenario's, or the text itself: as many empty lines before it as it has in the scenario, so that places are those there. */
  readonly homelab: { readonly file: string } | { readonly text: string };
  readonly seed: string;
  /** How old the cluster is, with its certificates, when the scenario begins. */
  readonly ageMs: number;
  readonly steps: readonly WrittenStep[];
  /** How long all is watched. */
  readonly untilMs: number;
  readonly expectations: readonly Expectation[];
}

/** `waiting: REASON` of pods names the reason that `kubectl get pods` shows: ImagePullBackOff, CrashLoopBackOff, ContainerCreating. */
export const STATES: Readonly<Record<Subject["kind"], readonly string[]>> = {
  node: ["ready", "not ready", "unreachable", "under disk pressure", "under memory pressure", "cordoned", "gone"],
  pods: ["ready", "not ready", "pending", "terminating", "failed", "there"],
  app: ["served", "not served", "partly served"],
  api: ["answering", "not answering", "read-only", "without a leader"],
  event: ["seen", "not seen"],
};

export interface ScenarioProblem {
  readonly place: Place;
  readonly message: string;
  readonly didYouMean?: string;
  readonly fix?: string;
}

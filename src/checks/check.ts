/** The contract of a check: one rule that must hold, one file, one pure function. It returns what breaks the rule; it never throws on a user's file. */
import type { Homelab } from "../config/homelab.ts";
import type { Path, Severity } from "../config/finding.ts";
import type { HomelabSource } from "../config/source.ts";

export interface CheckContext {
  readonly homelab: Homelab;
  readonly source: HomelabSource;
  /** Milliseconds since the Unix epoch: what is out of support depends on the day. */
  readonly today: number;
  /** Names in the secrets file, when it was read; undefined when there is no such file (yet). */
  readonly secretNames?: readonly string[] | undefined;
  /** What was seen on machines, by machine; undefined without `--live`. */
  readonly facts?: Readonly<Record<string, ObservedMachine>> | undefined;
}

/** The little of a machine's facts that rules compare with the file. */
export interface ObservedMachine {
  /** `v1.35.4`; undefined while nothing is installed. */
  readonly kubeletVersion?: string | undefined;
  readonly cgroupVersion?: 1 | 2 | undefined;
  /** The machine itself tells its kubelet to accept version 1. */
  readonly toleratesCgroupV1?: boolean | undefined;
  readonly memoryBytes?: number | undefined;
}

export interface CheckResult {
  readonly path: Path;
  /** Point at the key instead of its value: for a thing that is missing inside, or a name that is wrong. */
  readonly at?: "key" | "value";
  /** What is wrong, as a sentence with the value in it and without the path. */
  readonly message: string;
  readonly value?: string | undefined;
  readonly expected?: string | undefined;
  readonly didYouMean?: string | undefined;
  /** What to do, as one sentence. */
  readonly fix: string;
  /** Where one rule knows grave and light breaches; the rule's own otherwise. */
  readonly severity?: Severity;
}

export interface Check {
  /** The rule that must hold, kebab-case: the file's name, and API (`--ignore ID`). */
  readonly id: string;
  readonly severity: Severity;
  /** The rule as a sentence. */
  readonly summary: string;
  /** Why, with the source of what it rests on. */
  readonly why: string;
  readonly examples: CheckExamples;
  check(context: CheckContext): readonly CheckResult[];
}

/**
 * Snippets of a homelab file; sections that they leave out are filled in from a small valid one (`test` completes them). Each line of `bad`
 * that must be reported ends in `# ✗`. The table test runs both, and `docs/checks.md` shows them.
 */
export interface CheckExamples {
  readonly good: string;
  readonly bad: string;
  /** What was seen on machines, for rules about facts. */
  readonly facts?: { readonly good: Readonly<Record<string, ObservedMachine>>; readonly bad: Readonly<Record<string, ObservedMachine>> };
  /** Names in the secrets file, for rules about secrets. */
  readonly secretNames?: readonly string[];
}

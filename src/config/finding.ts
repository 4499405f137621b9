/**
 * One result of looking at a homelab file: what is wrong, where, and how to mend it. Findings are values: they are
 * collected and sorted, never thrown one by one.
 */

export type Severity = "error" | "warning" | "info";

/** Where in the homelab: `["apps", "gazette", "port"]`. Numbers are list positions from 0. */
export type Path = readonly (string | number)[];

export interface Finding {
  /** The rule's id, kebab-case, stable: `unknown-field`, `pod-cidr-disjoint`. */
  readonly id: string;
  readonly severity: Severity;
  readonly path: Path;
  /** As the user named it on the command line. */
  readonly file: string;
  /** From 1; 1 where a position cannot be known (`homelab.ts`). */
  readonly line: number;
  /** From 1, in characters; 1 where a position cannot be known. */
  readonly column: number;
  /** The value that was found, as short text. */
  readonly value?: string;
  readonly message: string;
  /** What would have been right, as short text. */
  readonly expected?: string;
  /** The nearest valid name, where the found one looks like a typo. */
  readonly didYouMean?: string;
  /** What to do, as one sentence. */
  readonly fix?: string;
}

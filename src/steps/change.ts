/** What a step wants done on a machine, as data: shown before it is done, stored in a plan, hashed, and performed by the engine. Never a function. */
import type { Artifact } from "../ports/artifact-source.ts";

/** `disrupts`: something that serves stops for a while. `destroys`: data or a way back is lost. */
export type Risk = "safe" | "disrupts" | "destroys";

export const RISKS: readonly Risk[] = ["safe", "disrupts", "destroys"];

export interface Change {
  /** The step that decided it. */
  readonly step: string;
  /** One line, without the machine's name: `write /etc/hosts`. */
  readonly summary: string;
  /** What was seen that is not as wanted. */
  readonly why: string;
  readonly risk: Risk;
  /** In order. Empty for a change that is decided later. */
  readonly run: readonly Action[];
  /** Set where what is to be done hangs on what is not known yet: after a reboot, once the cluster is there. */
  readonly later?: { readonly condition: string };
  /** Set where it must not be done while a machine is away: it is shown, and waits. */
  readonly held?: { readonly why: string };
}

/**
 * Text of a file or a script. Secrets and values that do not exist yet stand in it as `${NAME}`; `values` says which of these are to be put in, so that no other
 * `${…}` is touched. A secret of the store is called `SECRET:its-name`.
 */
export interface Text {
  readonly text: string;
  readonly values?: readonly string[];
}

export type Action =
  | WriteFile
  | { readonly do: "remove-file"; readonly path: string; /** Put back what was there before us. */ readonly restoresOriginal: boolean }
  | { readonly do: "make-directory"; readonly path: string; readonly mode: string; readonly owner: string }
  | { readonly do: "make-link"; readonly path: string; readonly to: string }
  | CopyArtifact
  | RunScript
  | WaitUntil
  | Reboot
  | ObtainValues
  | Guarded;

/** Atomic: a new file beside it, synced, then renamed. */
export interface WriteFile {
  readonly do: "write-file";
  readonly path: string;
  readonly content: Text;
  /** `0644` */
  readonly mode: string;
  /** `root:root` */
  readonly owner: string;
  /** SHA-256 of what the decision rests on, `absent` for no file; undefined when any will do. When it is another by then, nothing is written and the step decides again. */
  readonly before: string | undefined;
  /** What was there and is not ours is kept, once, for `reset`. */
  readonly keepsOriginal: boolean;
  /** For people: what was there, for a diff. Left out where it may hold secrets. */
  readonly previous?: string;
}

/** A verified release file, or members of a verified archive, put in place. Afterwards its time of change is `mtimeSeconds`: by it and its size a file is known without reading it. */
export interface CopyArtifact {
  readonly do: "copy";
  readonly artifact: Artifact;
  readonly sha256: string;
  /** `file`: the artifact itself. `tar.gz`: members of it, by their path there. `image`: given to containerd. */
  readonly as:
    | { readonly kind: "file"; readonly path: string; readonly mode: string }
    | { readonly kind: "tar.gz"; readonly members: readonly { readonly member: string; readonly path: string; readonly mode: string }[] }
    | { readonly kind: "image"; readonly reference: string };
}

export interface RunScript {
  readonly do: "script";
  readonly script: Text;
  /** What it does, as a person would type it. */
  readonly shown: string;
  readonly deadlineMs: number;
  /** What to try when it fails. */
  readonly hint?: string;
}

export interface WaitUntil {
  readonly do: "wait";
  /** Exit code 0 ends the wait; its last line of output is the last error until then. */
  readonly until: Text;
  readonly whatFor: string;
  readonly deadlineMs: number;
  readonly intervalMs: number;
  readonly hint: string;
}

export interface Reboot {
  readonly do: "reboot";
  readonly why: string;
  /** Until a new session answers with another boot id. */
  readonly deadlineMs: number;
}

/** The script prints `NAME=value` lines; the values live in memory only and fill the `${NAME}` of later changes, on any machine. */
export interface ObtainValues {
  readonly do: "obtain";
  readonly script: Text;
  readonly shown: string;
  readonly gives: readonly string[];
  readonly deadlineMs: number;
}

/** What could cut us off: `revert` runs on the machine by itself after `revertAfterMs`, unless a new connection was made by then and said stop. */
export interface Guarded {
  readonly do: "guarded";
  readonly run: readonly Exclude<Action, Guarded | Reboot>[];
  readonly revert: string;
  readonly revertAfterMs: number;
  readonly whatIf: string;
  /** What to look at then; by default, the file. */
  readonly hint?: string;
}

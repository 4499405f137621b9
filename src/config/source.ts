/** The text a homelab came from: where each path is written, for findings and for the comments of `render --lines`. */
import type { Path } from "./finding.ts";

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

export interface HomelabSource {
  readonly file: string;
  readonly kind: "yaml" | "typescript";
  /** The text as read; empty for `homelab.ts`, whose lines say nothing of its values. */
  readonly text: string;
  /**
   * Where a path of the expanded homelab is written: the value's position, or its key's with `part: "key"`. A path that
   * the file does not write (a default) gets the nearest written ancestor's. 1:1 for `homelab.ts`.
   */
  position(path: Path, part?: "key" | "value"): Position;
  /** Whether the file itself writes this path (not a default). */
  has(path: Path): boolean;
  /** The path as the file's short forms have it: `apps.blog.services.blog.image` is `apps.blog.image` there. */
  written(path: Path): Path;
}

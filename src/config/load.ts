/** From a file to a homelab: parse, substitute, validate, expand. Never prints, never exits, never throws on user input. */
import type { Finding } from "./finding.ts";
import type { Homelab } from "./homelab.ts";
import type { HomelabSource } from "./source.ts";

export interface LoadOptions {
  /** For `${VAR}`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file, UTF-8; rejects when it cannot be read. */
  readonly readFile: (file: string) => Promise<string>;
}

export interface Loaded {
  /** Absent when there is an error that leaves nothing to work on. */
  readonly homelab?: Homelab;
  readonly source: HomelabSource;
  /** Sorted by line, column, id. */
  readonly findings: readonly Finding[];
}

export type LoadHomelab = (file: string, options: LoadOptions) => Promise<Loaded>;

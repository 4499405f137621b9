/** What a kubectl recording is made of. */

/** Runs in the background until it printed so many lines, while other commands run. */
export interface WatchCommand {
  watch: string;
  lines: number;
  during: readonly string[];
}

/** A command line for `sh` in the sequence's own folder and namespace. A leading `~` only asks that it succeeds: what it prints depends on when it looks. */
export type Command = string | WatchCommand;

export interface Sequence {
  id: string;
  commands: readonly Command[];
  /** Files in its folder. */
  files?: Readonly<Record<string, string>>;
  /** Nodes are named in what is compared, not replaced. */
  hasNodes?: boolean;
  /** Touches what other sequences use. */
  isSerial?: boolean;
}

/** What is read of a machine for all facts together: texts, paths, contents, units and packages, each asked of one program. */
import type { UnitFact } from "./machine-facts.ts";

export interface Reads {
  /** Files of a few lines whose text is no secret, the kernel's among them. Absolute, without a colon. */
  readonly texts: readonly string[];
  /** The same, by a pattern of sh: `/proc/net/tcp*`. */
  readonly textPatterns: readonly string[];
  /** What is looked at but not opened. Absolute. */
  readonly paths: readonly string[];
  readonly pathPatterns: readonly string[];
  /** Regular files whose bytes are read; absolute paths, not the kernel's. */
  readonly contents: readonly string[];
  /** systemd units. */
  readonly units: readonly string[];
  /** Packages of the system's own package manager. */
  readonly packages: readonly string[];
}

export interface Readings {
  /** By path, each line ending with a line feed. An empty file is not here, as an absent one. */
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly paths: Readonly<Record<string, PathStat | undefined>>;
  /** At most `CONTENT_BYTES_MAX` of each. */
  readonly contents: Readonly<Record<string, Uint8Array | undefined>>;
  readonly units: Readonly<Record<string, UnitFact | undefined>>;
  /** Versions of those installed. */
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** The machine's own time. */
  readonly machineNowMs: number;
  /** Our time when the script was sent, and when it had answered. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** The word that nothing on the machine can know. */
  readonly mark: string;
  /** What the fact's own script printed. */
  readonly output: string;
}

export interface PathStat {
  readonly type: "file" | "directory" | "link" | "other";
  /** `0644` */
  readonly mode: string;
  /** `root:root` */
  readonly owner: string;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly inode: string;
  /** Of a link: as it is written there. */
  readonly linkTo?: string;
  /** Of a link: what it leads to in the end, if that is there. */
  readonly target?: PathStat;
}

export const CONTENT_BYTES_MAX = 1024 * 1024;

export const NOTHING_READ: Readings = { texts: {}, paths: {}, contents: {}, units: {}, packages: {}, machineNowMs: 0, sentAtMs: 0, answeredAtMs: 0, mark: "", output: "" };

/** Each thing once, sorted. */
export function mergeReads(all: readonly Partial<Reads>[]): Reads {
  const merged = (pick: (reads: Partial<Reads>) => readonly string[] | undefined): string[] => [...new Set(all.flatMap((reads) => pick(reads) ?? []))].sort();
  return {
    texts: merged((reads) => reads.texts),
    textPatterns: merged((reads) => reads.textPatterns),
    paths: merged((reads) => reads.paths),
    pathPatterns: merged((reads) => reads.pathPatterns),
    contents: merged((reads) => reads.contents),
    units: merged((reads) => reads.units),
    packages: merged((reads) => reads.packages),
  };
}

/** What a path leads to, links followed. */
export function leadsTo(stat: PathStat | undefined): PathStat | undefined {
  return stat?.type === "link" ? stat.target : stat;
}

/** Those of a record whose path lies where the pattern says; `*` is one name. With what each `*` stood for. */
export function matching<T>(record: Readonly<Record<string, T | undefined>>, pattern: string): { readonly path: string; readonly names: readonly string[]; readonly value: T }[] {
  const expression = new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "([^/]+)")}$`);
  return Object.keys(record)
    .sort()
    .flatMap((path) => {
      const match = expression.exec(path);
      const value = record[path];
      return match === null || value === undefined ? [] : [{ path, names: match.slice(1), value }];
    });
}

/** One line's worth of text, without the NUL that firmware ends it with. */
export function line(text: string | undefined): string | undefined {
  const first = text?.split("\n", 1)[0]!.replaceAll("\0", "").trim();
  return first === "" ? undefined : first;
}

export function lines(text: string | undefined): string[] {
  return text === undefined ? [] : text.split("\n").filter((one) => one !== "");
}

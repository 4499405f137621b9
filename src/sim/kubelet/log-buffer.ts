/** The log of one run of a container: lines with their times, the oldest dropped when it grows too long (as log rotation does). */
import { rfc3339 } from "../../lib/rfc3339.ts";

export interface LogLine {
  atMs: number;
  /** Orders lines of one millisecond. */
  sequence: number;
  text: string;
  /** Its writer ended without ending the line. */
  isPartial?: boolean;
}

export interface LogQuery {
  tailLines?: number;
  sinceSeconds?: number;
  /** Milliseconds since the epoch. */
  sinceMs?: number;
  timestamps?: boolean;
  limitBytes?: number;
}

interface Follower {
  line(line: LogLine): void;
  end(): void;
}

/** Stands for the 10 MiB after which container logs are rotated. */
const LINES_COUNT_MAX = 5_000;

export class LogBuffer {
  #lines: LogLine[] = [];
  #sequence = 0;
  #bytes = 0;
  /** Made for the first one: hardly any log is followed. */
  #followers: Set<Follower> | undefined;
  #isClosed = false;

  append(text: string, atMs: number, isPartial = false): void {
    const line: LogLine = { atMs, sequence: this.#sequence++, text, ...(isPartial ? { isPartial } : {}) };
    this.#lines.push(line);
    this.#bytes += lineBytes(line);
    if (this.#lines.length > LINES_COUNT_MAX) {
      this.#lines = this.#lines.slice(-LINES_COUNT_MAX / 2);
      this.#bytes = this.#lines.reduce((sum, kept) => sum + lineBytes(kept), 0);
    }
    for (const follower of this.#followers ?? []) follower.line(line);
  }

  /** The container ended: nothing more will come. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const follower of this.#followers ?? []) follower.end();
    this.#followers = undefined;
  }

  /** What the file takes that the runtime keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  read(query: LogQuery, nowMs: number): string {
    let lines = this.#lines;
    const sinceMs = query.sinceMs ?? (query.sinceSeconds === undefined ? undefined : nowMs - query.sinceSeconds * 1000);
    if (sinceMs !== undefined) lines = lines.filter((line) => line.atMs >= sinceMs);
    if (query.tailLines !== undefined) lines = query.tailLines === 0 ? [] : lines.slice(-query.tailLines);
    const text = lines.map((line) => formatLine(line, query.timestamps ?? false)).join("");
    return query.limitBytes === undefined ? text : Buffer.from(text).subarray(0, query.limitBytes).toString();
  }

  /** Calls `line` for what comes from now on, `end` once when the container ends; returns how to stop. */
  follow(line: (line: LogLine) => void, end: () => void): () => void {
    if (this.#isClosed) {
      end();
      return () => undefined;
    }
    const follower = { line, end };
    (this.#followers ??= new Set()).add(follower);
    return () => void this.#followers?.delete(follower);
  }

  /** The last lines, for a termination message. */
  tail(lineCount: number, byteCount: number): string {
    return Buffer.from(this.#lines.slice(-lineCount).map((line) => formatLine(line, false)).join("")).subarray(-byteCount).toString();
  }
}

/** `2026-01-01T00:00:00.000000000Z stdout F ` before each line, as container runtimes write it. */
const LINE_HEAD_BYTES = 40;

function lineBytes({ text }: LogLine): number {
  return LINE_HEAD_BYTES + Buffer.byteLength(text) + 1;
}

export function formatLine({ atMs, sequence, text, isPartial }: LogLine, withTime: boolean): string {
  const end = isPartial ? "" : "\n";
  if (!withTime) return `${text}${end}`;
  // Container runtimes write nanoseconds; the sequence keeps lines of one millisecond apart.
  const fraction = String(((atMs % 1000) * 1_000_000 + (sequence % 1_000_000)) % 1_000_000_000).padStart(9, "0");
  return `${rfc3339(atMs).slice(0, 19)}.${fraction}Z ${text}${end}`;
}

/** Fetches a release file whose published checksum it verifies. The checksum is asked for first: it is small, and no answer means no download. */
import { createHash } from "node:crypto";
import { fetch } from "undici";
import type { ReleaseFile } from "./recipes.ts";

/** A release site that does not answer within this is taken as out of reach. */
const PROBE_DEADLINE_MS = 5_000;
const DOWNLOAD_DEADLINE_MS = 10 * 60_000;

export type Say = (line: string) => void;

export type Fetched = { ok: true; bytes: Buffer; sums: string } | { ok: false; why: string };

/** One run's memory of the sites that did not answer, so that a computer behind a firewall waits once for each, not once a file. */
export class Downloads {
  private readonly outOfReach = new Map<string, string>();
  private readonly say: Say;

  constructor(say: Say) {
    this.say = say;
  }

  /** The verified file, with the text of the checksums as published. */
  async fetch(file: Pick<ReleaseFile, "url" | "sumsUrl">): Promise<Fetched> {
    const { host } = new URL(file.sumsUrl);
    const known = this.outOfReach.get(host);
    if (known !== undefined) return { ok: false, why: known };
    let sums: string;
    try {
      const response = await fetch(file.sumsUrl, { signal: AbortSignal.timeout(PROBE_DEADLINE_MS) });
      if (!response.ok) return { ok: false, why: `${file.sumsUrl} answered ${response.status}` };
      sums = await response.text();
    } catch (error) {
      const why = `${host}: ${messageOf(error)}`;
      this.outOfReach.set(host, why);
      return { ok: false, why };
    }
    const wanted = checksumIn(sums, file.url.slice(file.url.lastIndexOf("/") + 1));
    if (wanted === undefined) return { ok: false, why: `${file.sumsUrl} names no checksum of it` };
    this.say(`downloading ${file.url}`);
    try {
      const response = await fetch(file.url, { signal: AbortSignal.timeout(DOWNLOAD_DEADLINE_MS) });
      if (!response.ok) return { ok: false, why: `${file.url} answered ${response.status}` };
      const bytes = Buffer.from(await response.arrayBuffer());
      const actual = createHash("sha256").update(bytes).digest("hex");
      return actual === wanted ? { ok: true, bytes, sums } : { ok: false, why: `checksum of ${file.url} is ${actual}, published is ${wanted}` };
    } catch (error) {
      return { ok: false, why: `${file.url}: ${messageOf(error)}` };
    }
  }
}

/** A published sums file is either one bare digest or lines of `digest  name`. */
export function checksumIn(text: string, fileName: string): string | undefined {
  const bare = /^\s*([0-9a-f]{64})\s*$/.exec(text);
  if (bare) return bare[1];
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim());
    if (match && (match[2] === fileName || match[2]!.endsWith(`/${fileName}`))) return match[1];
  }
  return undefined;
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.split("\n")[0]!;
}

/**
 * How a large file that we put on a machine is known without reading it: its time of change is drawn from its checksum. Whoever changes the file changes that time too,
 * so that another binary, or one changed by hand, shows at the cost of a `stat`.
 */
import type { FileFact } from "../facts/machine-facts.ts";

/** Seconds since the Unix epoch, between 2001 and 2017: in the past, so that no clock finds it odd. */
export function mtimeOfDigest(sha256: string): number {
  return 1_000_000_000 + (Number.parseInt(sha256.slice(0, 8), 16) % 500_000_000);
}

/** True where the file is the one with this checksum, as far as its time and mode tell. */
export function hasStamp(file: FileFact | undefined, sha256: string, mode: string): boolean {
  return file?.kind === "file" && file.mode === mode && file.mtimeSeconds === mtimeOfDigest(sha256) && file.owner === "root:root" && file.sizeBytes > 0;
}

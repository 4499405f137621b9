/** A homelab file as if it said something else, where that would be a valid one. */
import type { Homelab } from "../config/homelab.ts";
import { type Change, WrongChange } from "../config/what-if.ts";
import { checkFile, type CheckFileOptions } from "./check-file.ts";

/** Undefined where a change cannot be made, or leaves a file with errors. */
export async function changedHomelab(file: string, changes: readonly Change[], options: CheckFileOptions): Promise<Homelab | undefined> {
  try {
    const { homelab, findings } = await checkFile(file, { ...options, changes });
    return findings.some(({ severity }) => severity === "error") ? undefined : homelab;
  } catch (error) {
    if (error instanceof WrongChange) return undefined;
    throw error;
  }
}

/** A rehearsal in virtual time, in this process, for tests. */
import { readFileSync } from "node:fs";
import { certificateAuthority } from "../../src/adapters/certificate-authority.ts";
import { realClock } from "../../src/adapters/real-clock.ts";
import { checkFile } from "../../src/checks/check-file.ts";
import type { Homelab } from "../../src/config/homelab.ts";
import { Rehearsal, type RehearsalOptions } from "../../src/rehearse/rehearsal.ts";

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** From a file, or from the text given for it; throws what is wrong with it. */
export async function homelabOf(path: string, text?: string): Promise<Homelab> {
  const { homelab, findings } = await checkFile(path, { env: {}, readFile: (file) => Promise.resolve(file === path && text !== undefined ? text : readFileSync(file, "utf8")), resolve: (file) => file, today: Date.UTC(2026, 10, 1) });
  const errors = findings.filter((finding) => finding.severity === "error");
  if (homelab === undefined || errors.length > 0) throw new Error(`${path}: ${errors.map(({ line, message }) => `${line}: ${message}`).join("; ")}`);
  return homelab;
}

export function virtualRehearsal(homelab: Homelab, over: Partial<RehearsalOptions> = {}): Rehearsal {
  const nowMs = Date.now();
  return new Rehearsal({
    homelab,
    seed: "1",
    clock: realClock,
    certificates: certificateAuthority("kubernest-test", nowMs - DAY_MS, nowMs + 3650 * DAY_MS),
    readyWithinMs: 20 * MINUTE_MS,
    stalledAfterMs: 8 * MINUTE_MS,
    behindPresentMs: 0,
    onProgress: () => undefined,
    log: () => undefined,
    ...over,
  });
}

/** Empty when it is ready; else why, and what is waited for. */
export async function waitingOf(rehearsal: Rehearsal): Promise<string[]> {
  const outcome = await rehearsal.settle(() => false);
  return outcome.isReady ? [] : [outcome.why, ...outcome.waiting.map(({ what, why }) => `${what}: ${why}`)];
}

/** A homelab in virtual time whose machines can break, for commands that let them: proofs, and scenarios that are told. */
import { certificateAuthority } from "../adapters/certificate-authority.ts";
import { realClock } from "../adapters/real-clock.ts";
import type { Homelab } from "../config/homelab.ts";
import type { CertificateIssuer } from "../ports/certificate-issuer.ts";
import type { Progress } from "../rehearse/progress.ts";
import { type Outcome, Rehearsal } from "../rehearse/rehearsal.ts";
import type { TieBreak } from "../sim/scheduler/tie-break.ts";
import type { CommandIo } from "./command.ts";
import { progressLine } from "./progress-line.ts";
import { progressText } from "./progress-view.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The validity of an authority of its clusters: from a day before `nowMs`, so that clocks need not agree, for ten years. Milliseconds since 1970. */
export const validityFrom = (nowMs: number): { notBeforeMs: number; notAfterMs: number } => ({ notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + 3650 * DAY_MS });

export function authorityFor(name: string, nowMs: number): CertificateIssuer {
  const { notBeforeMs, notAfterMs } = validityFrom(nowMs);
  return certificateAuthority(name, notBeforeMs, notAfterMs);
}

export function breakableRehearsal(homelab: Homelab, seed: string, certificates: CertificateIssuer, io: Pick<CommandIo, "debug" | "isTerminal" | "stderr" | "width">, ties?: TieBreak): Rehearsal {
  const onProgress = (progress: Progress): void => progressLine(io, `coming up: ${progressText(progress)}`);
  return new Rehearsal({ homelab, seed, clock: realClock, certificates, isBreakable: true, readyWithinMs: 20 * MINUTE_MS, stalledAfterMs: 8 * MINUTE_MS, behindPresentMs: 0, onProgress, log: io.debug, ...(ties === undefined ? {} : { ties }) });
}

/** What is waited for, a row each. */
export const waitingText = ({ waiting }: Pick<Extract<Outcome, { isReady: false }>, "waiting">): string => waiting.map(({ what, why }) => `  ${what}: ${why}\n`).join("");

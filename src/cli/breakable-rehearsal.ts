/** A homelab in virtual time whose machines can break, for commands that let them: proofs, and scenarios that are told. */
import { certificateAuthority } from "../adapters/certificate-authority.ts";
import { realClock } from "../adapters/real-clock.ts";
import type { Homelab } from "../config/homelab.ts";
import type { CertificateIssuer } from "../ports/certificate-issuer.ts";
import type { Progress } from "../rehearse/progress.ts";
import { type Outcome, Rehearsal, type RehearsalOptions } from "../rehearse/rehearsal.ts";
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

type Io = Pick<CommandIo, "debug" | "isTerminal" | "stderr" | "width">;

export function breakableRehearsal(homelab: Homelab, seed: string, certificates: CertificateIssuer, io: Io): Rehearsal {
  return rehearsalOf(homelab, seed, certificates, io, {});
}

/** Of a proof, which reads nothing of it but what it asks for itself. */
export function unreadRehearsal(homelab: Homelab, seed: string, certificates: CertificateIssuer, io: Io, ties: TieBreak): Rehearsal {
  return rehearsalOf(homelab, seed, certificates, io, { ties, isUnread: true });
}

function rehearsalOf(homelab: Homelab, seed: string, certificates: CertificateIssuer, io: Io, more: Pick<RehearsalOptions, "ties" | "isUnread">): Rehearsal {
  const onProgress = (progress: Progress): void => progressLine(io, `coming up: ${progressText(progress)}`);
  return new Rehearsal({ homelab, seed, clock: realClock, certificates, isBreakable: true, readyWithinMs: 20 * MINUTE_MS, stalledAfterMs: 8 * MINUTE_MS, behindPresentMs: 0, onProgress, log: io.debug, ...more });
}

/** What is waited for, a row each. */
export const waitingText = ({ waiting }: Pick<Extract<Outcome, { isReady: false }>, "waiting">): string => waiting.map(({ what, why }) => `  ${what}: ${why}\n`).join("");

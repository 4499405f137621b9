/** `rehearse --watch`: looks at the homelab's files again and again, and takes each good edit over. A broken one is told, and the cluster stays as it is. */
import type { Clock } from "../ports/clock.ts";
import type { Rehearsal } from "../rehearse/rehearsal.ts";
import { changeText } from "./change-text.ts";
import type { CommandIo } from "./command.ts";
import { loadOrReport } from "./load-or-report.ts";
import type { ProgressView } from "./progress-view.ts";

/** Looked at, not listened for: that works on every file system and with every way an editor writes. */
const LOOK_PERIOD_MS = 400;

export interface FollowOptions {
  file: string;
  /** Files that were read for the homelab. */
  reads: ReadonlySet<string>;
  rehearsal: Rehearsal;
  view: ProgressView;
  clock: Clock;
  isStopped(): boolean;
}

/** Ends when `isStopped` says so. */
export async function followFile({ file, reads, rehearsal, view, clock, isStopped }: FollowOptions, io: CommandIo): Promise<void> {
  let watched = reads;
  const stamps = (): string => [...watched].map((path) => `${path} ${io.stampOf(path) ?? "-"}`).join("\n");
  const pause = (): Promise<void> => new Promise((resolve) => void clock.after(LOOK_PERIOD_MS, resolve));
  let seen = stamps();
  while (!isStopped()) {
    await pause();
    let now = stamps();
    if (now === seen) continue;
    // Half a file is no edit: wait until it has been still for a moment.
    for (let before = seen; before !== now && !isStopped(); now = stamps()) {
      before = now;
      await pause();
    }
    const nextReads = new Set<string>([file]);
    const homelab = await loadOrReport(file, io, { onRead: (path) => void nextReads.add(path) });
    watched = nextReads;
    seen = stamps();
    if (typeof homelab === "number") {
      io.stderr(`${file} was changed and has errors; the cluster stays as it is.\n`);
      continue;
    }
    const change = rehearsal.compare(homelab);
    const text = changeText(change);
    if (text === "") {
      io.stderr(`${file} was changed; nothing changes in the cluster.\n`);
      continue;
    }
    io.stderr(`${file} was changed:\n${text}`);
    const startMs = clock.now();
    rehearsal.change(change);
    const outcome = await rehearsal.settle(() => isStopped() || stamps() !== seen);
    view.end();
    if (outcome.isReady) {
      io.stderr(`Ready again after ${((clock.now() - startMs) / 1000).toFixed(1)} s.\n`);
    } else if (outcome.why !== "interrupted") {
      io.stderr(`Not ready: ${outcome.why}\n`);
      for (const { what, why } of outcome.waiting) io.stderr(`  ${what}: ${why}\n`);
    }
  }
}

/** Progress on stderr: one line that is drawn over on a terminal, a plain line per change of stage elsewhere. */
import type { Count, Progress } from "../rehearse/progress.ts";
import type { CommandIo } from "./command.ts";

export interface ProgressView {
  show(progress: Progress): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Without a terminal: at most one line for so many real milliseconds. */
const PLAIN_PERIOD_MS = 1000;

export function progressLines(io: CommandIo): ProgressView {
  let last = "";
  let frame = 0;
  let shownMs = 0;
  return {
    show(progress) {
      const text = progressText(progress);
      if (io.isTerminal) {
        const line = `${progress.isReady ? "✔" : FRAMES[frame++ % FRAMES.length]} ${text}`;
        io.stderr(`\r\u001b[2K${line.slice(0, io.width - 1)}`);
      } else if (text !== last && (progress.isReady || io.now() - shownMs >= PLAIN_PERIOD_MS)) {
        io.stderr(`${text}\n`);
        shownMs = io.now();
      }
      last = text;
    },
    end() {
      if (io.isTerminal && last !== "") io.stderr("\n");
    },
  };
}

export function progressText(progress: Progress): string {
  const part = (name: string, { ready, total }: Count): string => (total === 0 ? "" : `${name} ${ready}/${total}`);
  return [part("nodes", progress.nodes), part("pods placed", progress.scheduled), part("images", progress.images), part("workloads", progress.workloads), part("certificates", progress.certificates), part("apps", progress.apps)]
    .filter((text) => text !== "")
    .join(" · ");
}

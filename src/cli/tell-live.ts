/** A scenario on a rehearsal that serves: told as it happens, at the speed asked for, while kubectl and browsers look on. */
import { timeText } from "../lib/time-text.ts";
import type { Rehearsal } from "../rehearse/rehearsal.ts";
import { lineText, tellScenario, type Told } from "../rehearse/tell/tell-scenario.ts";
import type { ScenarioFile } from "../scenarios/scenario-file.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { painter } from "./paint.ts";
import { judgedText } from "./scenario-report.ts";

export interface Live {
  /** Simulated seconds per second. */
  factor: number;
  stopped: Promise<void>;
  isStopped(): boolean;
}

/** Ends with the scenario's code, and with the clock at its own pace again; interrupted: 130. */
export async function tellLive({ homelab, cluster, site }: Rehearsal, scenario: ScenarioFile, { factor, stopped, isStopped }: Live, io: CommandIo): Promise<number> {
  io.stderr(`\n${scenario.title}: watched for ${timeText(scenario.untilMs)}${factor === 1 ? "" : `, ${factor} times as fast`}\n`);
  let end: (told: Told | undefined) => void = () => undefined;
  const ended = new Promise<Told | undefined>((resolve) => (end = resolve));
  const telling = tellScenario({ homelab, cluster, site }, scenario, (line) => io.stdout(`${lineText(line, io.width)}\n`), end);
  void stopped.then(() => end(undefined));
  cluster.pacer?.setFactor(factor);
  const told = await ended;
  cluster.pacer?.setFactor(1);
  if (told === undefined || isStopped()) {
    telling.stop();
    return EXIT.interrupted;
  }
  const paint = painter(io.colour && io.stdoutIsTerminal);
  io.stdout(`\n${told.judged.map((one) => judgedText(one, paint)).join("\n")}\n`);
  return told.judged.every(({ isMet }) => isMet) ? EXIT.done : EXIT.promiseBroken;
}

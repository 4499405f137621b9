/** `kubernest fit`: what fits now, with one machine less, with two; and what room is left. */
import { Option } from "commander";
import { realClock } from "../../adapters/real-clock.ts";
import { type Change, parseChange, WrongChange } from "../../config/what-if.ts";
import type { Homelab } from "../../config/homelab.ts";
import { timeText } from "../../lib/time-text.ts";
import { fit, NotUp } from "../../rehearse/fit/fit.ts";
import { authorityFor, breakableRehearsal, waitingText } from "../breakable-rehearsal.ts";
import { type CommandModule, EXIT } from "../command.ts";
import { fitReport } from "../fit-report.ts";
import { fitResult } from "../fit-result.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { painter } from "../paint.ts";
import { progressLine } from "../progress-line.ts";

const HELP = `
The homelab comes up on the embedded cluster. What would be with machines less,
its scheduler says: pods that stay keep their place, the others go where their
requests, taints, selectors, spread and volumes let them. A volume on a lost
machine's disk does not move. Whether anything is moved while a machine is away,
and how soon, is what  kubernest prove  tells.

--what-if takes YAML; += adds to a list or a map, =null takes a field away:
  --what-if apps.gazette.replicas=3     --what-if 'machines.pi4={}'

Exit codes:
  0  all fits now, whatever would wait with machines less
  1  failed: something does not fit now, or the homelab does not come up
  3  the file is invalid
`;

/** What these find is what the command is about: it is told with the rest, and does not stop it. */
const OWN_RULES = ["requests-fit", "requests-fit-without-one-machine"];

export const fitCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .option("--seed <seed>", "what chance starts from: where pods land where several places are as good", "1")
      .option("--what-if <path=value>", "as if the file said this; again for more", (value: string, before: string[] = []) => [...before, value])
      .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", "json"]).default("table"))
      .addHelpText("after", HELP);
  },

  async run(_args, given, io) {
    const startMs = io.now();
    const seed = String(given["seed"]);
    let changes: Change[];
    let homelab: Homelab | number;
    try {
      changes = ((given["whatIf"] ?? []) as string[]).map(parseChange);
      homelab = await loadOrReport(homelabFile(given, io), io, { changes, ignore: OWN_RULES });
    } catch (error) {
      if (!(error instanceof WrongChange)) throw error;
      io.stderr(`${error.message}\n`);
      return EXIT.failed;
    }
    if (typeof homelab === "number") return homelab;
    const loaded = homelab;
    let isStopped = false;
    const unlisten = io.onInterrupt(() => (isStopped = true));
    try {
      const certificates = authorityFor("kubernest-fit", startMs);
      const found = await fit({
        homelab: loaded,
        seed,
        clock: realClock,
        newRehearsal: () => breakableRehearsal(loaded, seed, certificates, io),
        isStopped: () => isStopped,
        onProgress: (text) => progressLine(io, text),
      });
      progressLine(io, undefined);
      if (found === undefined) return EXIT.interrupted;
      if (given["output"] === "json") io.stdout(`${JSON.stringify(fitResult(loaded, found, seed), null, 2)}\n`);
      else {
        if (found.notReady.length > 0) io.stderr(`Not all is ready, for other reasons than room; what it requests is counted.\n${waitingText({ waiting: [...found.notReady] })}`);
        io.stderr(`placed in ${timeText(io.now() - startMs)}, Kubernetes ${loaded.kubernetes.version}, seed ${seed}\n\n`);
        io.stdout(fitReport(loaded, found, painter(io.colour && io.stdoutIsTerminal), io.width));
      }
      return found.now.waiting.length === 0 ? EXIT.done : EXIT.failed;
    } catch (error) {
      if (!(error instanceof NotUp)) throw error;
      progressLine(io, undefined);
      io.stderr(`Nothing can be said of room: the homelab does not come up (${error.message}).\n${waitingText(error.outcome)}See it with  kubernest rehearse\n`);
      return EXIT.failed;
    } finally {
      unlisten();
    }
  },
};

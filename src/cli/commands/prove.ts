/** `kubernest prove`: every loss that the homelab can have, tried on the embedded cluster in virtual time, against what its apps promise. */
import { Option } from "commander";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { realClock } from "../../adapters/real-clock.ts";
import { NotReady, type Proof, prove } from "../../rehearse/prove/prove.ts";
import { Rehearsal } from "../../rehearse/rehearsal.ts";
import { scenarioTitle } from "../../scenarios/scenario.ts";
import { scenarioThreads } from "../prove/scenario-threads.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";
import { loadOrReport } from "../load-or-report.ts";
import { painter } from "../paint.ts";
import { proofReport, spanText } from "../proof-report.ts";
import { proofResult } from "../proof-result.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const HELP = `
Each machine loses its power, its network, its disk; each part of the site fails. Each loss is watched until all is at rest, then what was lost
is given back. What users see follows from what the embedded cluster does: nothing is assumed of it.

Exit codes:
  0  every promise is kept, or none is made
  1  failed: the homelab is not ready even without a loss
  3  the file is invalid
  4  a promise is broken or needs a human
`;

export const proveCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .addOption(new Option("--faults <set>", "one loss at a time, or two of them together as well").choices(["single", "pairs"]).default("single"))
      .option("--seed <seed>", "what chance starts from: where pods land where several places are as good", "1")
      .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", "json"]).default("table"))
      .addHelpText("after", HELP);
  },

  async run(_args, given, io) {
    const homelab = await loadOrReport(homelabFile(given, io), io);
    if (typeof homelab === "number") return homelab;
    const startMs = io.now();
    const seed = String(given["seed"]);
    const certificates = certificateAuthority("kubernest-proof", startMs - DAY_MS, startMs + 3650 * DAY_MS);
    let isStopped = false;
    io.onInterrupt(() => (isStopped = true));
    let proof: Proof | undefined;
    try {
      proof = await prove({
        homelab,
        faults: given["faults"] as "single" | "pairs",
        seed,
        certificates,
        clock: realClock,
        log: io.debug,
        threads: (start, countMax) => scenarioThreads({ homelab, start, notBeforeMs: startMs - DAY_MS, notAfterMs: startMs + 3650 * DAY_MS }, countMax),
        newRehearsal: () =>
          new Rehearsal({ homelab, seed, clock: realClock, certificates, isBreakable: true, readyWithinMs: 20 * MINUTE_MS, stalledAfterMs: 8 * MINUTE_MS, behindPresentMs: 0, onProgress: () => undefined, log: io.debug }),
        onProgress: (done, total, scenario) => progress(io, `${done + 1} of ${total}: ${scenarioTitle(scenario)}`),
        isStopped: () => isStopped,
      });
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      progress(io, undefined);
      io.stderr(`Nothing can be proved: the homelab is not ready even without a loss (${error.message}).\n${error.outcome.waiting.map(({ what, why }) => `  ${what}: ${why}\n`).join("")}See it with  kubernest rehearse\n`);
      return EXIT.failed;
    }
    progress(io, undefined);
    if (proof === undefined) return EXIT.interrupted;
    const spentMs = io.now() - startMs;
    if (given["output"] === "json") io.stdout(`${JSON.stringify(proofResult(homelab, proof, seed), null, 2)}\n`);
    else {
      io.stderr(`${homelab.name}: ${proof.outcomes.length} losses tried in ${spanText(spentMs)}, Kubernetes ${homelab.kubernetes.version}, seed ${seed}\n\n`);
      io.stdout(proofReport(homelab, proof, painter(io.colour && io.stdoutIsTerminal), io.width));
    }
    return proof.judged.every(({ verdict }) => verdict === "kept") ? EXIT.done : EXIT.promiseBroken;
  },
};

/** One line that is written over on a terminal; nothing elsewhere, where nobody waits before it. */
function progress(io: CommandIo, text: string | undefined): void {
  if (!io.isTerminal) return;
  io.stderr(`\r\u001b[K${text?.slice(0, io.width - 1) ?? ""}`);
}

/** `kubernest rehearse`: the homelab on an embedded cluster, with live progress and a table at the end; serves until Ctrl-C. */
import { Option } from "commander";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { httpKubeTransport } from "../../adapters/http-kube-transport.ts";
import { httpsWebhookTransport } from "../../adapters/https-webhook-transport.ts";
import { portAnswers } from "../../adapters/port-answers.ts";
import { realClock } from "../../adapters/real-clock.ts";
import type { Homelab } from "../../config/homelab.ts";
import { recordEvents } from "../../rehearse/event-log.ts";
import { type Ports, Rehearsal, type RehearsalOptions } from "../../rehearse/rehearsal.ts";
import type { ScenarioFile } from "../../scenarios/scenario-file.ts";
import { parseSnapshot, type Snapshot } from "../../rehearse/snapshot.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { followFile } from "../follow-file.ts";
import { findScenario, loadScenario } from "../scenario-files.ts";
import { tellLive } from "../tell-live.ts";
import { loadOrReport } from "../load-or-report.ts";
import { type ProgressView, progressLines } from "../progress-view.ts";
import { rehearsalResult } from "../rehearsal-result.ts";
import { rehearsalTable } from "../rehearsal-table.ts";
import { type RehearseFiles, serverOfRehearsal, writeRehearseFiles } from "../rehearse-files.ts";
import { FACTOR_DEFAULT, KUBECONFIG_DEFAULT, PORT_FLAGS, rehearseSettings, type RehearseSettings } from "../rehearse-settings.ts";
import { HOMELAB_FILES, homelabFile } from "../homelab-file.ts";

const HOST = "127.0.0.1";
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const READY_WITHIN_MS = 20 * MINUTE_MS;
/** Longer than the longest wait that ends by itself: five minutes between two pulls of an image, or two starts of a container. */
const STALLED_AFTER_MS = 8 * MINUTE_MS;
/** As long as a resume takes in simulated time, several times over. */
const BEHIND_PRESENT_MS = 5 * MINUTE_MS;
const ANSWERS_WITHIN_MS = 500;
const TRANSPORT_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 16;
/** Preferred when nobody asks for others; taken ones give way to free ones. */
const PORTS: Ports = { api: 6550, http: 8080, https: 8443 };

const HELP = `
Exit codes:
  0  all is ready (--once, --virtual), or ended by Ctrl-C
  1  not ready, with the reason; or a port, a file or an option is refused
  3  the file is invalid
  4  --once with --scenario: something came otherwise than expected

With --snapshot, what the API holds is saved when the command ends and is there again the next time. Machines boot again then, as after a power
cut: containers restart, images are pulled again, certificates and the kubeconfig are new.
`;

export const rehearseCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", `the homelab file (default: ${HOMELAB_FILES.join(", ")})`)
      .option("--once", "exit when all is ready: 0, or 1 with the reason when it is not")
      .option("--virtual", "as --once, without sockets and without waiting: time jumps from event to event, the same each time")
      .option("--scenario <name>", "let this happen once all is ready, and tell it as it does: what prove calls a loss (\"pi2 off\"), a name of  kubernest scenario list,  or a file")
      .option("--watch", "read the file again when it changes, and apply the difference")
      .option("--snapshot <file>", "save the cluster there at the end, and go on from there when the file exists")
      .option("--kubeconfig <file>", `where to write the kubeconfig (default: ${KUBECONFIG_DEFAULT})`)
      .option("--port <port>", `port of the Kubernetes API (default: ${PORTS.api}, or a free one)`)
      .option("--http-port <port>", `port of http (default: ${PORTS.http}, or a free one)`)
      .option("--https-port <port>", `port of https (default: ${PORTS.https}, or a free one)`)
      .option("--speed <factor>", `simulated seconds per second until all is ready (default: ${FACTOR_DEFAULT}); 1 for true waits`)
      .option("--seed <seed>", "what chance starts from", "1")
      .option("--events <file>", "write what happened, a line per write to the cluster (- for stdout, after the result)")
      .addOption(new Option("-o, --output <format>", "how the result is written").choices(["table", "json"]).default("table"))
      .addHelpText("after", HELP);
  },

  async run(_args, given, io) {
    const file = homelabFile(given, io);
    const settings = rehearseSettings(given, file);
    if (typeof settings === "string") return complain(io, settings);
    const reads = new Set<string>([file]);
    const found = settings.scenario === undefined ? undefined : await findScenario(settings.scenario, file, io);
    if (typeof found === "number") return found;
    const loaded = found === undefined ? undefined : await loadScenario(found, given["config"] as string | undefined, io);
    if (typeof loaded === "number") return loaded;
    const homelab = loaded?.homelab ?? (await loadOrReport(file, io, { onRead: (path) => void reads.add(path) }));
    if (typeof homelab === "number") return homelab;
    const snapshot = settings.snapshot === undefined ? undefined : readSnapshot(settings.snapshot, homelab, io);
    if (typeof snapshot === "string") return complain(io, snapshot);

    let isStopped = false;
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    // Never taken back: a second Ctrl-C, while all is put away and the process ends, must not tear it.
    io.onInterrupt(() => {
      isStopped = true;
      stop();
    });
    return rehearse({ settings, homelab, scenario: loaded?.scenario, snapshot, reads, isStopped: () => isStopped, stopped }, io);
  },
};

interface Job {
  settings: RehearseSettings;
  homelab: Homelab;
  scenario: ScenarioFile | undefined;
  snapshot: Snapshot | undefined;
  reads: ReadonlySet<string>;
  isStopped(): boolean;
  stopped: Promise<void>;
}

async function rehearse(job: Job, io: CommandIo): Promise<number> {
  const { settings, homelab, snapshot } = job;
  const startMs = io.now();
  const view = progressLines(io);
  const options: Omit<RehearsalOptions, "serving"> = {
    homelab,
    seed: settings.seed,
    clock: realClock,
    certificates: certificateAuthority("kubernest-rehearsal", startMs - DAY_MS, startMs + 3650 * DAY_MS),
    readyWithinMs: READY_WITHIN_MS,
    stalledAfterMs: STALLED_AFTER_MS,
    // What is told faster than it happens must not pass the present either.
    behindPresentMs: job.scenario?.untilMs ?? (settings.snapshot === undefined ? 0 : BEHIND_PRESENT_MS),
    isBreakable: job.scenario !== undefined,
    onProgress: view.show,
    log: io.debug,
    ...(snapshot === undefined ? {} : { snapshot }),
  };
  const rehearsal = settings.isVirtual ? new Rehearsal(options) : await openRehearsal(options, settings);
  if (typeof rehearsal === "string") return complain(io, rehearsal);
  const events: string[] = [];
  const { loop, registry } = rehearsal.cluster;
  const stopRecording = settings.events === undefined ? () => undefined : recordEvents(registry.store, loop, loop.now(), (line) => events.push(line));
  let files: RehearseFiles | undefined;
  try {
    if (!settings.isVirtual) {
      const earlier = serverOfRehearsal(settings.kubeconfig, io);
      const isTaken = earlier !== undefined && (await portAnswers(earlier.hostname, Number(earlier.port), ANSWERS_WITHIN_MS));
      if (isTaken && !settings.isOnce) io.stderr(`${settings.kubeconfig} was written by a rehearsal that still serves at ${earlier.origin}; until this one ends it is for this one.\nTo reach both, start one of them with  --kubeconfig FILE\n`);
      try {
        // One that ends at once leaves it to the one that goes on.
        if (!isTaken || !settings.isOnce) files = writeRehearseFiles(settings.kubeconfig, rehearsal, io, isTaken);
      } catch (error) {
        return complain(io, `the kubeconfig cannot be written: ${(error as Error).message}. Choose another place with --kubeconfig FILE`);
      }
    }
    const pace = settings.isVirtual ? "time jumps from event to event" : settings.factor === 1 ? "time runs as it is" : `time runs ${settings.factor} times as fast until all is ready`;
    io.stderr(`${homelab.name}: ${Object.keys(homelab.machines).length} machines, Kubernetes ${homelab.kubernetes.version}; ${snapshot === undefined ? "" : `goes on from ${settings.snapshot}, machines boot again; `}${pace}\n`);
    const code = await perform(job, rehearsal, files, view, startMs, io);
    return writeResults(settings, rehearsal, events, io) ?? code;
  } finally {
    stopRecording();
    await rehearsal.close();
    files?.remove();
  }
}

/** Settles, tells, and serves until it is stopped. */
async function perform(job: Job, rehearsal: Rehearsal, files: RehearseFiles | undefined, view: ProgressView, startMs: number, io: CommandIo): Promise<number> {
  const { settings, isStopped, stopped, reads } = job;
  const outcome = await rehearsal.settle(isStopped);
  view.end();
  if (isStopped()) return settings.isOnce ? EXIT.interrupted : EXIT.done;
  if (!settings.isOnce || job.scenario !== undefined) rehearsal.toPresent();
  const serves = settings.isOnce || files === undefined ? undefined : { api: rehearsal.server, ...rehearsal.ports, kubeconfig: files.kubeconfig, authority: files.authority };
  const result = rehearsalResult(rehearsal, outcome, io.now() - startMs, serves);
  if (settings.output === "json") io.stdout(`${JSON.stringify(result, null, 2)}\n`);
  else if (outcome.isReady) io.stdout(rehearsalTable(result, rehearsal.addresses));
  if (!outcome.isReady) {
    io.stderr(`Not ready: ${outcome.why}\n`);
    for (const { what, why } of outcome.waiting) io.stderr(`  ${what}: ${why}\n`);
    if (settings.isOnce) {
      io.debug(`not ready: ${JSON.stringify(result)}`);
      io.stderr(`Details: ${io.debugLogPath}\n`);
      return EXIT.failed;
    }
    io.stderr(`It goes on; look at it with  kubectl --kubeconfig ${files?.kubeconfig} get pods -A  and stop it with Ctrl-C.\n`);
  }
  if (job.scenario !== undefined && outcome.isReady) {
    const code = await tellLive(rehearsal, job.scenario, { factor: settings.factor, stopped, isStopped }, io);
    if (settings.isOnce) return code;
  }
  if (settings.isOnce) return EXIT.done;
  if (settings.isWatching) {
    io.stderr(`Watching ${settings.file}.\n`);
    await followFile({ file: settings.file, reads, rehearsal, view, clock: realClock, isStopped }, io);
  }
  await stopped;
  return EXIT.done;
}

/** The rehearsal with its sockets open, or one line that says why not. Ports that nobody asked for give way. */
async function openRehearsal(options: Omit<RehearsalOptions, "serving">, settings: RehearseSettings): Promise<Rehearsal | string> {
  const ports = { ...PORTS, ...settings.ports };
  for (;;) {
    const transport = (server: string, authority: string, client: { certificate: string; key: string }) => httpKubeTransport({ server, authority, client, timeoutMs: TRANSPORT_TIMEOUT_MS, connectionsMax: CONNECTIONS_MAX });
    const rehearsal = new Rehearsal({ ...options, serving: { host: HOST, ports, factor: settings.factor, transport, webhooks: httpsWebhookTransport } });
    try {
      await rehearsal.listen();
      return rehearsal;
    } catch (error) {
      const { code, port } = error as NodeJS.ErrnoException & { port?: number };
      const taken = (["api", "http", "https"] as const).find((name) => ports[name] === port && ports[name] !== 0);
      if ((code !== "EADDRINUSE" && code !== "EACCES") || taken === undefined) throw error;
      if (settings.ports[taken] !== undefined) return `port ${port} ${code === "EACCES" ? "needs more rights than you have" : "is in use"}; choose another with ${PORT_FLAGS[taken]}, or 0 for any free one`;
      ports[taken] = 0;
    }
  }
}

/** The snapshot to go on from; undefined when there is none yet; one line when there is something else. */
function readSnapshot(path: string, homelab: Homelab, io: CommandIo): Snapshot | undefined | string {
  if (!io.exists(path)) return undefined;
  try {
    const found = parseSnapshot(io.readFile(path), homelab.name);
    return typeof found === "string" ? `--snapshot ${path} ${found}; choose another file, or remove it to start anew` : found;
  } catch (error) {
    return `--snapshot ${path} cannot be read: ${(error as Error).message}`;
  }
}

/** Snapshot and event log; an exit code when one cannot be written. */
function writeResults(settings: RehearseSettings, rehearsal: Rehearsal, events: readonly string[], io: CommandIo): number | undefined {
  const log = events.map((line) => `${line}\n`).join("");
  if (settings.events === "-") io.stdout(log);
  try {
    if (settings.events !== undefined && settings.events !== "-") io.writeFile(settings.events, log);
    // It holds Secrets, though thrown away ones.
    if (settings.snapshot !== undefined) io.writeFile(settings.snapshot, JSON.stringify(rehearsal.snapshot()), { mode: 0o600 });
    return undefined;
  } catch (error) {
    return complain(io, `what is to be kept cannot be written: ${(error as Error).message}`);
  }
}

function complain(io: CommandIo, text: string): number {
  io.stderr(`rehearse: ${text}\n`);
  return EXIT.failed;
}

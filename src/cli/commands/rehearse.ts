/** `kubernest rehearse`: the homelab on an embedded cluster, with live progress and a table at the end; serves until Ctrl-C. */
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import { httpKubeTransport } from "../../adapters/http-kube-transport.ts";
import { realClock } from "../../adapters/real-clock.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { loadOrReport } from "../load-or-report.ts";
import { progressLines } from "../progress-view.ts";
import { rehearsalTable } from "../rehearsal-table.ts";
import { Rehearsal } from "../../rehearse/rehearsal.ts";
import { renderKubeconfig } from "../../rehearse/kubeconfig.ts";

const HOST = "127.0.0.1";
const DAY_MS = 86_400_000;
const FACTOR_DEFAULT = 30;
const READY_WITHIN_MS = 30 * 60_000;
const TRANSPORT_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 16;
/** Preferred when nobody asks for others; taken ones give way to free ones. */
const PORTS = { api: 6550, http: 8080, https: 8443 } as const;

interface Options {
  config: string;
  once?: boolean;
  kubeconfig: string;
  port?: string;
  httpPort?: string;
  httpsPort?: string;
  speed?: string;
  seed: string;
}

export const rehearseCommand: CommandModule = {
  configure(command) {
    command
      .option("-c, --config <file>", "the homelab file", "homelab.yaml")
      .option("--once", "exit when all is ready: 0, or 1 with the reason when it is not")
      .option("--kubeconfig <file>", "where to write the kubeconfig", ".kubernest/kubeconfig")
      .option("--port <port>", `port of the Kubernetes API (default: ${PORTS.api}, or a free one)`)
      .option("--http-port <port>", `port of http (default: ${PORTS.http}, or a free one)`)
      .option("--https-port <port>", `port of https (default: ${PORTS.https}, or a free one)`)
      .option("--speed <factor>", `simulated seconds per second until all is ready (default: ${FACTOR_DEFAULT}); 1 for true waits`)
      .option("--seed <seed>", "what chance starts from", "1");
  },

  async run(_args, given, io) {
    const options = given as unknown as Options;
    const homelab = await loadOrReport(options.config, io);
    if (typeof homelab === "number") return homelab;
    const factor = Number(options.speed ?? FACTOR_DEFAULT);
    if (!(factor > 0 && factor <= 10_000)) return complain(io, `--speed takes a number above 0 and up to 10000, not ${options.speed}`);
    const asked = { api: options.port, http: options.httpPort, https: options.httpsPort };
    for (const [name, port] of Object.entries(asked)) {
      if (port !== undefined && !(Number.isInteger(Number(port)) && Number(port) >= 0 && Number(port) <= 65535)) return complain(io, `--${name === "api" ? "" : `${name}-`}port takes a port from 1 to 65535 (0 for any free one), not ${port}`);
    }
    const view = progressLines(io);
    const nowMs = io.now();
    const start = (ports: { api: number; http: number; https: number }): Rehearsal =>
      new Rehearsal({
        homelab,
        seed: options.seed,
        clock: realClock,
        certificates: certificateAuthority("kubernest-rehearsal", nowMs - DAY_MS, nowMs + 3650 * DAY_MS),
        transport: (server, client) => httpKubeTransport({ server, authority: rehearsal.authority, client, timeoutMs: TRANSPORT_TIMEOUT_MS, connectionsMax: CONNECTIONS_MAX }),
        host: HOST,
        ports,
        factor,
        readyWithinMs: READY_WITHIN_MS,
        onProgress: view.show,
        log: io.debug,
      });
    let rehearsal!: Rehearsal;
    const ports = { api: Number(asked.api ?? PORTS.api), http: Number(asked.http ?? PORTS.http), https: Number(asked.https ?? PORTS.https) };
    for (;;) {
      rehearsal = start(ports);
      try {
        await rehearsal.listen();
        break;
      } catch (error) {
        const { code, port } = error as NodeJS.ErrnoException & { port?: number };
        const taken = (["api", "http", "https"] as const).find((name) => ports[name] === port && ports[name] !== 0);
        if ((code !== "EADDRINUSE" && code !== "EACCES") || taken === undefined) throw error;
        if (asked[taken] !== undefined) return complain(io, `port ${port} ${code === "EACCES" ? "needs more rights than you have" : "is in use"}; choose another with --${taken === "api" ? "" : `${taken}-`}port, or 0 for any free one`);
        ports[taken] = 0;
      }
    }
    try {
      io.writeFile(options.kubeconfig, renderKubeconfig({ name: `${homelab.name}-rehearsal`, server: rehearsal.server, authority: rehearsal.authority, client: rehearsal.credentials }), { mode: 0o600 });
      io.writeFile(caPath(options.kubeconfig), rehearsal.authority);
    } catch (error) {
      await rehearsal.close();
      return complain(io, `the kubeconfig cannot be written: ${(error as Error).message}. Choose another place with --kubeconfig FILE`);
    }
    let interrupt: () => void = () => undefined;
    const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
    let isStopped = false;
    const stopListening = io.onInterrupt(() => {
      isStopped = true;
      interrupt();
    });
    try {
      io.stderr(`${homelab.name}: ${Object.keys(homelab.machines).length} machines, Kubernetes ${homelab.kubernetes.version}; time runs ${factor === 1 ? "as it is" : `${factor} times as fast until all is ready`}\n`);
      const outcome = await rehearsal.settle(() => isStopped);
      view.end();
      if (!outcome.isReady) {
        if (isStopped) return options.once ? EXIT.interrupted : EXIT.done;
        io.stderr(`Not ready: ${outcome.why}\n`);
        for (const { what, why } of outcome.waiting) io.stderr(`  ${what}: ${why}\n`);
        if (options.once) {
          io.stderr(`Details: ${io.debugLogPath}\n`);
          return EXIT.failed;
        }
        io.stderr(`It goes on; look at it with  kubectl --kubeconfig ${options.kubeconfig} get pods -A  and stop it with Ctrl-C.\n`);
      } else {
        io.stdout(rehearsalTable({ homelab, rehearsal, simulatedMs: outcome.simulatedMs, realMs: io.now() - nowMs, kubeconfig: options.kubeconfig, authorityFile: caPath(options.kubeconfig), isServing: !options.once }));
      }
      if (!options.once) await interrupted;
      return EXIT.done;
    } finally {
      stopListening();
      await rehearsal.close();
      io.remove(caPath(options.kubeconfig));
    }
  },
};

/** The authority's certificate for curl, beside the kubeconfig. */
function caPath(kubeconfig: string): string {
  return `${kubeconfig}.ca.crt`;
}

function complain(io: CommandIo, text: string): number {
  io.stderr(`rehearse: ${text}\n`);
  return EXIT.failed;
}

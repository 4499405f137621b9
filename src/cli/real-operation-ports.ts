/** The real outside of an operation: OpenSSH, release sites, the clock, the terminal. */
import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { helmCommand } from "../adapters/helm-command.ts";
import { httpKubeTransport } from "../adapters/http-kube-transport.ts";
import { realClock } from "../adapters/real-clock.ts";
import { releaseFiles } from "../adapters/release-files.ts";
import { sshConnector } from "../adapters/ssh-shell.ts";
import type { Homelab } from "../config/homelab.ts";
import { parseKubeconfig } from "../kube/kubeconfig.ts";
import type { OperationPorts } from "../operations/operation-ports.ts";
import type { Reporter } from "../ports/reporter.ts";
import { askHidden } from "./ask.ts";
import type { CommandIo } from "./command.ts";
import { cacheDirectory, fileJournal } from "./state-files.ts";

const BOUNDS = { connectTimeoutMs: 10_000, downloadTimeoutMs: 30 * 60_000, kubeTimeoutMs: 60_000, kubeConnectionsMax: 16 } as const;

/** `secret` and `secretDigest` read the homelab's secrets file; `reporter` shows progress. */
export function realOperationPorts(homelab: Homelab, io: CommandIo, reporter: Reporter, secret: (name: string) => string | undefined, secretDigest: (name: string) => string | undefined = () => undefined): OperationPorts {
  const { mirror } = homelab.artifacts;
  return {
    connector: sshConnector({
      configFile: io.env["KUBERNEST_SSH_CONFIG"],
      env: { ...io.env, KUBERNEST_SUDO_PASSWORD: undefined },
      sudoPassword: async (machine) => io.env["KUBERNEST_SUDO_PASSWORD"] ?? (io.canAsk ? await askHidden(`Password for sudo on ${machine}`) : undefined),
      debug: (line) => io.debug(line),
    }),
    artifacts: releaseFiles({
      mirror: mirror === undefined || /^https?:\/\//.test(mirror) || isAbsolute(mirror) ? mirror : join(io.cwd, mirror),
      cacheDirectory: join(cacheDirectory(io), "releases"),
      connectTimeoutMs: BOUNDS.connectTimeoutMs,
      downloadTimeoutMs: BOUNDS.downloadTimeoutMs,
      debug: (line) => io.debug(line),
    }),
    clock: realClock,
    reporter,
    journal: fileJournal(io, homelab.name),
    randomWord: (bytes) => randomBytes(bytes).toString("hex"),
    secret,
    secretDigest,
    connectKube(kubeconfig) {
      const { server, authority, client, token } = parseKubeconfig(kubeconfig);
      return httpKubeTransport({ server, authority, ...(client === undefined ? {} : { client }), ...(token === undefined ? {} : { token }), timeoutMs: BOUNDS.kubeTimeoutMs, connectionsMax: BOUNDS.kubeConnectionsMax });
    },
    helm: helmCommand(io.env),
    owner: `${userInfo().username} on ${hostname()}`,
    debug: (line) => io.debug(line),
  };
}

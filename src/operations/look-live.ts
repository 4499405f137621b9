/** Looks at real machines for `check --live`: reads them all, then tries, from each, the others' SSH ports, and the disk where etcd will live. Leaves nothing behind. */
import type { LiveContext, Tried } from "../checks/live/live-check.ts";
import { neededPorts } from "../checks/live/ports-free.ts";
import type { Homelab, Machine } from "../config/homelab.ts";
import { KUBELET_ARGUMENTS_FILE } from "../facts/kubelet-arguments.ts";
import { shellQuote } from "../lib/shell-quote.ts";
import { machineAddress } from "../manifests/cluster/cluster-machines.ts";
import { ShellFailed } from "../ports/shell.ts";
import type { Step } from "../steps/step.ts";
import { observe } from "./observe.ts";
import type { OperationPorts } from "./operation-ports.ts";

export const LIVE_BOUNDS = { tryDeadlineMs: 90_000, answerTimeoutS: 3, writesCount: 100 } as const;

/** Only asks. */
const ask: Step = {
  id: "ask",
  summary: "asks who listens on the ports that Kubernetes needs, and what the kubelet is told",
  concerns: () => true,
  questions: ({ homelab, machine }) => ({ ports: neededPorts(homelab, machine).map(({ port }) => port), files: [KUBELET_ARGUMENTS_FILE] }),
  decide: () => [],
};

/** `resolve` gives the addresses of a name, none where it has none. */
export async function lookLive(homelab: Homelab, ports: OperationPorts, resolve: (host: string) => Promise<readonly string[]>): Promise<LiveContext> {
  const machines = Object.values(homelab.machines).filter(({ roles, address }) => roles.length > 0 || address !== undefined);
  const observed = await observe(homelab, machines, [ask], ports, "check", () => undefined);
  try {
    const tried: Record<string, Tried> = {};
    const answering = machines.filter(({ name }) => observed.facts[name] !== undefined);
    await Promise.all(
      answering.map(async (machine) => {
        const script = tryScript(homelab, machine, answering);
        try {
          tried[machine.name] = parseTried((await observed.sessions.get(machine.name)!.read(script, LIVE_BOUNDS.tryDeadlineMs)).stdout);
        } catch (error) {
          if (!(error instanceof ShellFailed)) throw error;
          ports.debug(`${machine.name}: ${error.message}`);
        }
      }),
    );
    const hosts = [...new Set(Object.values(homelab.apps).flatMap((app) => Object.values(app.services).flatMap((service) => service.routes.map(({ host }) => host))))];
    const addressesOf = Object.fromEntries(await Promise.all(hosts.map(async (host) => [host, await resolve(host)] as const)));
    const unreached = observed.failures.map(({ machine, code, message, hint, cause }) => ({ machine: machine ?? "", code: cause instanceof ShellFailed ? cause.code : code, message, hint: hint ?? "The debug log says more." }));
    return { homelab, facts: observed.facts, unreached, tried, addressesOf };
  } finally {
    await observed.close();
  }
}

/** ssh-keyscan comes with every SSH server's package and says whether a TCP port answers as SSH; a bare Debian has no nc. */
export function tryScript(homelab: Homelab, machine: Machine, others: readonly Machine[]): string {
  const asked = others.flatMap((other) => {
    const address = machineAddress(other);
    return other === machine || address === undefined ? [] : [{ name: other.name, address, port: other.ssh.port }];
  });
  const hasEtcd = machine.roles.includes("control-plane") && homelab.kubernetes.datastore.kind === "etcd";
  // The disk first, while nothing else is asked of the machine.
  return `LC_ALL=C; export LC_ALL
${hasEtcd ? timedWrites(homelab.kubernetes.datastore.dataDir) : ""}
${asked.map(({ name, address, port }) => `( [ -n "$(ssh-keyscan -T ${LIVE_BOUNDS.answerTimeoutS} -p ${port} ${shellQuote(address)} 2>/dev/null)" ] && echo "reached ${name}" || echo "unreached ${name}" ) &`).join("\n")}
wait
`;
}

/** Each write is a dd of its own, which says how long it took: the slowest count, not the mean. */
function timedWrites(dataDir: string): string {
  return `directory=${shellQuote(dataDir)}
while [ ! -d "$directory" ]; do directory=$(dirname "$directory"); done
file=$directory/.kubernest-write-test
trap 'rm -f "$file"' EXIT
count=0
while [ $count -lt ${LIVE_BOUNDS.writesCount} ]; do
  dd if=/dev/zero of="$file" bs=4096 count=1 seek=$count conv=notrunc oflag=dsync 2>&1 | sed -n 's/.* copied, \\([0-9.e-]*\\) s.*/sync \\1/p'
  count=$((count + 1))
done
rm -f "$file"`;
}

export function parseTried(output: string): Tried {
  const words = (key: string): string[] => output.split("\n").flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1).trim()] : []));
  return { reached: words("reached"), unreached: words("unreached"), syncSeconds: words("sync").map(Number).filter((seconds) => Number.isFinite(seconds)) };
}

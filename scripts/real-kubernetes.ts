/** `npm run real-kubernetes`: a real control plane with fake nodes on loopback until Ctrl-C, to compare the embedded cluster with. */
import { parseArgs } from "node:util";
import { startRealControlPlane } from "../test/real/control-plane.ts";
import { REAL_VERSIONS } from "../test/real/versions.ts";

const HELP = `npm run real-kubernetes -- [--kubeconfig FILE] [--keep] [--no-build]

Starts etcd ${REAL_VERSIONS.etcd}, Kubernetes ${REAL_VERSIONS.kubernetes} and KWOK ${REAL_VERSIONS.kwok} on loopback, with three fake nodes, and prints the kubeconfig.
Ctrl-C stops it and removes its directory.

  --kubeconfig FILE  write the kubeconfig here too
  --keep             keep its directory (logs, data, credentials) after the end
  --no-build         do not build what is neither cached nor downloadable

Binaries are looked for in $KUBERNEST_REAL_CACHE or $XDG_CACHE_HOME/kubernest/real, then on the official release sites, then built with Go.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kubeconfig: { type: "string" }, keep: { type: "boolean", default: false }, "no-build": { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const startedMs = performance.now();
  const started = await startRealControlPlane(say, { keep: values.keep, mayBuild: !values["no-build"], kubeconfig: values.kubeconfig });
  if (!started.ok) {
    say(`skipped: ${started.why}`);
    return 0;
  }
  const { controlPlane } = started;
  say(`Kubernetes ${REAL_VERSIONS.kubernetes} at ${controlPlane.url} is ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s; Ctrl-C stops it`);
  say(`directory: ${controlPlane.directory}`);
  process.stdout.write(`export KUBECONFIG=${controlPlane.kubeconfig}\n`);
  const interrupted = new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  try {
    await Promise.race([interrupted, controlPlane.failed]);
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    say("stopping");
    await controlPlane.stop();
  }
}

process.exitCode = await main();

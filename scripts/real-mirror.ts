/** `npm run real-mirror`: fills a mirror of real parts that `artifacts: { mirror: PATH }` can name, and prints its path. */
import { parseArgs } from "node:util";
import { whyNot } from "../test/lab/lab-command.ts";
import { obtain } from "../test/real/binaries.ts";
import { buildsEndMs } from "../test/real/builds.ts";
import { fillMirror, mirrorPath } from "../test/real/mirror.ts";
import { proveImages } from "../test/real/prove-images.ts";
import { REAL_VERSIONS, SOPS_PARTS } from "../test/real/versions.ts";

const HELP = `npm run real-mirror -- [--no-build | --build-minutes N] [--prove] [--for-lab]

Fills ${mirrorPath()} with the release files and images of a Kubernetes ${REAL_VERSIONS.kubernetes} cluster, of kubeadm or of k3s, and prints that path,
and the cache with the sops that tests compare with.
They come from the official release sites, their published checksums verified, else they are built with Go, a C compiler and Debian's packages;
k3s is then a stand-in (docs/what-was-tested.md).
What cannot be had is listed with the reason; the exit code is then 1.

  --no-build         do not build what is neither cached nor downloadable
  --build-minutes N  builds end after so many minutes; another run goes on from there
  --prove            unpack each image and start its program in there (needs root)
  --for-lab          not where this computer gives no machines that could use it
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { "no-build": { type: "boolean", default: false }, "build-minutes": { type: "string", default: "Infinity" }, prove: { type: "boolean", default: false }, "for-lab": { type: "boolean", default: false }, help: { type: "boolean", default: false } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const buildUntilMs = buildsEndMs(values["build-minutes"]);
  if (buildUntilMs === undefined) {
    say(`--build-minutes takes a whole number, not ${values["build-minutes"]}`);
    return 1;
  }
  const unfit = values["for-lab"] ? await whyNot() : undefined;
  if (unfit !== undefined) {
    say(`skipped: ${unfit}`);
    return 0;
  }
  const { path, missing: missingFiles } = await fillMirror(say, { mayBuild: !values["no-build"], buildUntilMs });
  const missing = [...missingFiles];
  process.stdout.write(`${path}\n`);
  // No file of a mirror: tests compare our secrets with what these write.
  const sops = await obtain(SOPS_PARTS, say, { mayBuild: !values["no-build"], buildUntilMs });
  if (!sops.ok) missing.push({ path: "sops", why: sops.why });
  for (const { path: file, why } of missing) say(`missing: ${file}: ${why}`);
  const unproven = values.prove ? await proveImages(say) : [];
  for (const line of unproven) say(`does not start: ${line}`);
  return missing.length + unproven.length === 0 ? 0 : 1;
}

process.exitCode = await main();

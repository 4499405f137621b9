/** `npm run real-mirror`: fills a mirror of real parts that `artifacts: { mirror: PATH }` can name, and prints its path. */
import { parseArgs } from "node:util";
import { fillMirror, mirrorPath } from "../test/real/mirror.ts";
import { proveImages } from "../test/real/prove-images.ts";
import { REAL_VERSIONS } from "../test/real/versions.ts";

const HELP = `npm run real-mirror -- [--no-build] [--prove]

Fills ${mirrorPath()} with the release files and images of a Kubernetes ${REAL_VERSIONS.kubernetes} cluster and prints that path.
They come from the official release sites, their published checksums verified, else they are built with Go, a C compiler and Debian's packages.
What cannot be had is listed with the reason; the exit code is then 1.

  --no-build  do not build what is neither cached nor downloadable
  --prove     unpack each image and start its program in there (needs root)
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { "no-build": { type: "boolean", default: false }, prove: { type: "boolean", default: false }, help: { type: "boolean", default: false } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { path, missing } = await fillMirror(say, { mayBuild: !values["no-build"] });
  process.stdout.write(`${path}\n`);
  for (const { path: file, why } of missing) say(`missing: ${file}: ${why}`);
  const unproven = values.prove ? await proveImages(say) : [];
  for (const line of unproven) say(`does not start: ${line}`);
  return missing.length + unproven.length === 0 ? 0 : 1;
}

process.exitCode = await main();

/** Unpacks each image of the mirror from its archive and starts its program in there: the proof that nothing that it needs was left out. Needs root, for chroot. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { platformName } from "./binaries.ts";
import { messageOf, type Say } from "./downloads.ts";
import { mirrorPath } from "./mirror.ts";
import { mirroredImages, type MirroredImage } from "./mirror-contents.ts";

const run = promisify(execFile);
const PROOF_DEADLINE_MS = 60_000;
const OUTPUT_BYTES_MAX = 1 << 20;

/** The references of the images whose program did not start, each with what it said. */
export async function proveImages(say: Say): Promise<string[]> {
  const failed: string[] = [];
  for (const image of mirroredImages(platformName().split("-")[1]!)) {
    const scratch = await mkdtemp(join(tmpdir(), "kubernest-image-"));
    try {
      say(`${image.recipe.reference}: ${await proveOne(image, scratch)}`);
    } catch (error) {
      failed.push(`${image.recipe.reference}: ${messageOf(error)}`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return failed;
}

async function proveOne({ path, recipe }: MirroredImage, scratch: string): Promise<string> {
  const layout = join(scratch, "layout");
  const root = join(scratch, "root");
  await mkdir(layout);
  await mkdir(root);
  await run("tar", ["-xf", join(mirrorPath(), path), "-C", layout]);
  const [docker] = JSON.parse((await run("cat", [join(layout, "manifest.json")])).stdout) as [{ Layers: [string] }];
  await run("tar", ["-xf", join(layout, docker.Layers[0]), "-C", root]);
  // A runtime would bring these devices; files do for a program that only says its version.
  await mkdir(join(root, "dev"), { recursive: true });
  for (const device of ["null", "stdout", "stderr"]) await writeFile(join(root, "dev", device), "");
  const { stdout, stderr } = await run("chroot", [root, ...recipe.proof], {
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    timeout: PROOF_DEADLINE_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  return `${stdout}${stderr}`.trim().split("\n")[0]!;
}

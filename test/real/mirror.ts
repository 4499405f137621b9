/**
 * Fills a directory that `artifacts: { mirror: PATH }` of a homelab can name: release files with their checksums as upstream publishes them,
 * and images as archives. Each comes from its official release site where that can be reached, else from parts built here; what cannot be had
 * is listed with the reason, never replaced by something else.
 */
import { createHash } from "node:crypto";
import { copyFile, link, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { cachedPath, cacheRoot, isThere, obtain, platformName, replaceFile, type ObtainOptions } from "./binaries.ts";
import { unpackDebianPackages } from "./debian-packages.ts";
import { Downloads, messageOf, type Say } from "./downloads.ts";
import { writeImageArchive } from "./image-archive.ts";
import { fillK3s, K3S_VERSION } from "./k3s-double.ts";
import { newRoot } from "./image-recipes.ts";
import { mirroredImages, mirroredReleases, type MirroredImage, type MirroredRelease } from "./mirror-contents.ts";
import { OFFICIAL_SITES, releaseOf } from "./recipes.ts";
import { tarOf, type TarEntry } from "./tar.ts";

export interface Missing {
  /** Path in the mirror. */
  path: string;
  why: string;
}

export interface FilledMirror {
  path: string;
  missing: readonly Missing[];
}

export function mirrorPath(): string {
  return join(cacheRoot(), "mirror");
}

/** What is not there yet, without looking into what is: a test asks this before it decides to run. */
export async function missingFromMirror(): Promise<string[]> {
  const paths = [
    ...mirroredReleases(OFFICIAL_SITES, platformName()).flatMap(({ path, sumsPath }) => [path, sumsPath]),
    ...mirroredImages(architectureHere()).flatMap(({ path }) => [path, `${path}.sha256`]),
  ];
  const missing: string[] = [];
  for (const path of paths) if (!(await isThere(join(mirrorPath(), path)))) missing.push(path);
  return missing;
}

export interface FillOptions extends Omit<ObtainOptions, "downloads"> {
  /** False leaves the images alone: release files only. */
  withImages?: boolean;
}

export async function fillMirror(say: Say, options: FillOptions = {}): Promise<FilledMirror> {
  const mirror = mirrorPath();
  const platform = platformName();
  if (!platform.startsWith("linux-")) return { path: mirror, missing: [{ path: ".", why: `the machines run Linux, and parts can be made on Linux only; this computer is ${platform}` }] };
  const context: Context = { mirror, say, options: { ...options, downloads: new Downloads(say) } };
  const missing: Missing[] = [];
  for (const release of mirroredReleases(options.sites ?? OFFICIAL_SITES, platform)) {
    const why = await fillRelease(release, context).catch(messageOf);
    if (why !== undefined) missing.push({ path: release.path, why });
  }
  for (const image of options.withImages === false ? [] : mirroredImages(architectureHere())) {
    const why = await fillImage(image, context).catch(messageOf);
    if (why !== undefined) missing.push({ path: image.path, why });
  }
  if (options.withImages !== false) {
    const why = await fillK3s(mirror, say, context.options).catch(messageOf);
    if (why !== undefined) missing.push({ path: `github.com/k3s-io/k3s/releases/download/${K3S_VERSION}/k3s`, why });
  }
  return { path: mirror, missing };
}

interface Context {
  mirror: string;
  say: Say;
  options: ObtainOptions & { downloads: Downloads };
}

function architectureHere(): string {
  return platformName().split("-")[1]!;
}

/** Undefined when the file is there with its checksum, else why not. */
async function fillRelease({ path, sumsPath, release, parts }: MirroredRelease, { mirror, say, options }: Context): Promise<string | undefined> {
  const target = join(mirror, path);
  const sumsTarget = join(mirror, sumsPath);
  if ((await isThere(target)) && (await isThere(sumsTarget))) return undefined;
  await mkdir(dirname(target), { recursive: true });
  const fetched = await options.downloads.fetch(release);
  if (fetched.ok) {
    await replaceFile(target, fetched.bytes);
    // The checksum last: where it is, the file is whole.
    await replaceFile(sumsTarget, fetched.sums);
    return undefined;
  }
  const obtained = await obtain(parts, say, options);
  if (!obtained.ok) return obtained.why;
  if (release.archiveMember === undefined) await linkOrCopy(cachedPath(parts[0]!.component, parts[0]!.name), target);
  else await replaceFile(target, await packed(parts, options));
  const digest = createHash("sha256").update(await readFile(target)).digest("hex");
  // As upstream does: Kubernetes a bare digest, the others the line that `sha256sum` writes.
  await replaceFile(sumsTarget, sumsPath.startsWith("dl.k8s.io/") ? digest : `${digest}  ${basename(path)}\n`);
  say(`${path}: made of built parts`);
  return undefined;
}

async function packed(parts: MirroredRelease["parts"], options: ObtainOptions): Promise<Buffer> {
  const members = parts.map((part) => ({ part, path: releaseOf(part, options.sites ?? OFFICIAL_SITES, platformName())!.archiveMember! }));
  const directories = [...new Set(members.map(({ path }) => dirname(path)))].filter((directory) => directory !== ".");
  const entries: TarEntry[] = [
    ...directories.map((path): TarEntry => ({ path, kind: "directory", mode: 0o755 })),
    ...members.map(({ part, path }): TarEntry => ({ path, kind: "file", mode: 0o755, content: { file: cachedPath(part.component, part.name) } })),
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(entries)) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

/** Undefined when the archive is there with its checksum, else why not. */
async function fillImage({ path, recipe }: MirroredImage, { mirror, say, options }: Context): Promise<string | undefined> {
  const obtained = await obtain(recipe.parts, say, options);
  if (!obtained.ok) return obtained.why;
  const unpacked = recipe.packages.length === 0 ? { ok: true as const, directories: [] } : await unpackDebianPackages(recipe.packages, say);
  if (!unpacked.ok) return unpacked.why;
  const root = newRoot();
  await recipe.fill(root, { packages: unpacked.directories, path: (part) => cachedPath(part.component, part.name) });
  const target = join(mirror, path);
  await mkdir(dirname(target), { recursive: true });
  const written = await writeImageArchive(target, { reference: recipe.reference, architecture: architectureHere(), config: recipe.config, root: root.layer() });
  if (written) say(`${path}: ${Math.round((await stat(target)).size / 1e6)} MB`);
  return undefined;
}

/** The cache and the mirror are usually one disk: then nothing is copied. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}`;
  await rm(temporary, { force: true });
  await link(from, temporary).catch(() => copyFile(from, temporary));
  await rename(temporary, to);
}

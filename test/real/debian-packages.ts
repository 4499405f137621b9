/**
 * Unpacks packages of this computer's own Debian into a directory, without installing them: what the images have beside their Go binaries.
 * Only the libraries that they depend on come along; the packages' scripts do not run.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheRoot, isThere } from "./binaries.ts";
import { messageOf, type Say } from "./downloads.ts";

const run = promisify(execFile);

export type Unpacked = { ok: true; directories: readonly string[] } | { ok: false; why: string };

/** One directory of the cache for each package, named by its version: an update of Debian makes another. */
export async function unpackDebianPackages(names: readonly string[], say: Say): Promise<Unpacked> {
  try {
    await run("dpkg-deb", ["--version"]);
    await run("apt-get", ["--version"]);
  } catch {
    return { ok: false, why: `the packages ${names.join(", ")} come from Debian, and this computer has no apt-get` };
  }
  try {
    const packages = await withLibraries(names);
    const versions = await candidates(packages);
    const unknown = packages.filter((name) => !versions.has(name));
    if (unknown.length > 0) return { ok: false, why: `apt knows no ${unknown.join(", ")}: run apt-get update` };
    const directories: string[] = [];
    for (const name of packages) directories.push(await unpackOne(name, versions.get(name)!, say));
    return { ok: true, directories };
  } catch (error) {
    return { ok: false, why: `unpacking ${names.join(", ")}: ${messageOf(error)}` };
  }
}

/** The packages, then every library that one of them depends on, and so on. Interpreters, configuration tools and the like are left behind. */
async function withLibraries(names: readonly string[]): Promise<string[]> {
  const found = [...names];
  for (const name of found) {
    const { stdout } = await run("apt-cache", ["depends", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", name]);
    for (const [, dependency] of stdout.matchAll(/^ *(?:Pre)?Depends: ((?:lib|zlib)\S+)$/gm)) if (!found.includes(dependency!)) found.push(dependency!);
  }
  return [...names, ...found.slice(names.length).sort()];
}

async function candidates(names: readonly string[]): Promise<Map<string, string>> {
  const { stdout } = await run("apt-cache", ["policy", ...names]);
  const versions = new Map<string, string>();
  for (const [, name, version] of stdout.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (\S+)$/gm)) if (version !== "(none)") versions.set(name!, version!);
  return versions;
}

async function unpackOne(name: string, version: string, say: Say): Promise<string> {
  const wanted = `${name}=${version}`;
  const target = join(cacheRoot(), "debian", wanted);
  if (await isThere(target)) return target;
  say(`${wanted}: downloading Debian's package`);
  await mkdir(join(cacheRoot(), "debian"), { recursive: true });
  const scratch = await mkdtemp(`${target}.`);
  try {
    await run("apt-get", ["-q", "download", wanted], { cwd: scratch });
    const archive = (await readdir(scratch)).find((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
    if (archive === undefined) throw new Error(`apt-get download ${wanted} left no package`);
    await run("dpkg-deb", ["--extract", join(scratch, archive), join(scratch, "root")]);
    await rename(join(scratch, "root"), target);
    return target;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

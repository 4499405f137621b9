/** The files of an image, gathered path by path and handed out as a layer: sorted, parents first, `/bin`, `/sbin`, `/lib` and `/lib64` merged into `/usr` as on any current system. */
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "../../src/lib/assert.ts";
import type { TarEntry } from "./tar.ts";

const MERGED = ["bin", "sbin", "lib", "lib64"] as const;

export class RootFilesystem {
  private readonly entries = new Map<string, TarEntry>();

  addDirectory(path: string, mode = 0o755): this {
    return this.add({ path: merged(path), kind: "directory", mode });
  }

  addFile(path: string, content: string | { file: string }, mode = 0o644): this {
    return this.add({ path: merged(path), kind: "file", mode, content: typeof content === "string" ? Buffer.from(content) : content });
  }

  addProgram(path: string, file: string): this {
    return this.addFile(path, { file }, 0o755);
  }

  /** The target is taken as it stands in the link. */
  addLink(path: string, target: string): this {
    return this.add({ path: merged(path), kind: "link", target });
  }

  has(path: string): boolean {
    return this.entries.has(merged(path));
  }

  /** Everything under a directory of this computer, but for what `skip` names by its path in the image. */
  async addTree(directory: string, skip: (path: string) => boolean = () => false, at = ""): Promise<this> {
    for (const name of (await readdir(join(directory, at))).sort()) {
      const path = at === "" ? name : `${at}/${name}`;
      const source = join(directory, path);
      const status = await lstat(source);
      if (skip(path)) continue;
      if (status.isSymbolicLink()) this.addLink(path, await readlink(source));
      else if (status.isFile()) this.addFile(path, { file: source }, status.mode & 0o7777);
      else if (status.isDirectory()) {
        if (!MERGED.some((name) => name === path)) this.addDirectory(path, status.mode & 0o7777);
        await this.addTree(directory, skip, path);
      } else throw new Error(`${source} is no file, directory or link`);
    }
    return this;
  }

  layer(): TarEntry[] {
    const all = new Map(this.entries);
    for (const name of MERGED) {
      if (![...this.entries.keys()].some((path) => path.startsWith(`usr/${name}/`))) continue;
      all.set(name, { path: name, kind: "link", target: `usr/${name}` });
    }
    for (const path of this.entries.keys()) {
      for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
        const parent = path.slice(0, slash);
        if (!all.has(parent)) all.set(parent, { path: parent, kind: "directory", mode: 0o755 });
      }
    }
    return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  private add(entry: TarEntry): this {
    assert(!entry.path.startsWith("/") && !entry.path.includes(".."), `${entry.path} is a path within an image`);
    this.entries.set(entry.path, entry);
    return this;
  }
}

/** `usr/X` for what a system without the merge has as `X`. */
function merged(path: string): string {
  return MERGED.some((name) => path.startsWith(`${name}/`)) ? `usr/${path}` : path;
}

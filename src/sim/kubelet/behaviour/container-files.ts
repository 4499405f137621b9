/** The files of one container: its own writable layer over the volumes mounted into it. Paths are absolute and normalised. */

/** A mounted volume. Directories are implied by the files in them. */
export interface MountedVolume {
  read(path: string): string | undefined;
  list(): readonly string[];
  /** False where the volume is read-only. */
  write(path: string, content: string | undefined): boolean;
  onChange?(listener: () => void): void;
}

/** A directory in memory, shared by the containers that mount it (`emptyDir`, claims). */
export class MemoryVolume implements MountedVolume {
  readonly #files = new Map<string, string>();
  readonly #listeners: (() => void)[] = [];
  #bytes = 0;

  read(path: string): string | undefined {
    return this.#files.get(path);
  }

  /** What all files together take. */
  get bytes(): number {
    return this.#bytes;
  }

  list(): readonly string[] {
    return [...this.#files.keys()];
  }

  write(path: string, content: string | undefined): boolean {
    this.#bytes += Buffer.byteLength(content ?? "") - Buffer.byteLength(this.#files.get(path) ?? "");
    if (content === undefined) this.#files.delete(path);
    else this.#files.set(path, content);
    for (const listener of this.#listeners) listener();
    return true;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}

/** Files that come from objects (configuration, secrets, the downward API), read when they are looked at. */
export class ProjectedVolume implements MountedVolume {
  readonly #files: () => ReadonlyMap<string, string>;

  constructor(files: () => ReadonlyMap<string, string>) {
    this.#files = files;
  }

  read(path: string): string | undefined {
    return this.#files().get(path);
  }

  list(): readonly string[] {
    return [...this.#files().keys()];
  }

  write(): boolean {
    return false;
  }
}

interface Mount {
  path: string;
  subPath: string;
  readOnly: boolean;
  volume: MountedVolume;
}

/** What every container begins with. */
const DIRECTORIES: ReadonlySet<string> = new Set(["/", "/tmp", "/dev", "/etc", "/var", "/var/log", "/root", "/proc"]);
const NULL = "/dev/null";

export class ContainerFiles {
  /** Made when there is something to keep: a large home has more containers than can each have an empty one. */
  #own: MemoryVolume | undefined;
  #directories: Set<string> | undefined;
  readonly #mounts: Mount[] = [];
  readonly #listeners: (() => void)[] = [];

  mount(path: string, volume: MountedVolume, options: { subPath?: string; readOnly?: boolean } = {}): void {
    this.#mounts.push({ path: normalizePath(path), subPath: (options.subPath ?? "").replace(/^\/|\/$/g, ""), readOnly: options.readOnly ?? false, volume });
    // The innermost mount wins.
    this.#mounts.sort((a, b) => b.path.length - a.path.length);
    volume.onChange?.(() => this.#changed());
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What the container itself wrote, beside its volumes. */
  get ownBytes(): number {
    return this.#own?.bytes ?? 0;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #locate(path: string): { mount: Mount; inner: string } | undefined {
    for (const mount of this.#mounts) {
      if (path === mount.path && mount.subPath !== "" && mount.volume.read(mount.subPath) !== undefined) return { mount, inner: mount.subPath };
      if (path === mount.path) return { mount, inner: mount.subPath };
      const prefix = mount.path === "/" ? "/" : `${mount.path}/`;
      if (!path.startsWith(prefix)) continue;
      const rest = path.slice(prefix.length);
      return { mount, inner: mount.subPath === "" ? rest : `${mount.subPath}/${rest}` };
    }
    return undefined;
  }

  /** False for what would come from the image or was written by the container itself. */
  isOnVolume(path: string): boolean {
    return this.#locate(normalizePath(path)) !== undefined;
  }

  read(path: string): string | undefined {
    const normal = normalizePath(path);
    if (normal === NULL) return "";
    const located = this.#locate(normal);
    return located === undefined ? this.#own?.read(normal) : located.mount.volume.read(located.inner);
  }

  /** False when the place is read-only. */
  write(path: string, content: string | undefined): boolean {
    const normal = normalizePath(path);
    if (normal === NULL || normal === "/dev/stdout" || normal === "/dev/stderr") return true;
    const located = this.#locate(normal);
    if (located === undefined) return this.#ownVolume().write(normal, content);
    return !located.mount.readOnly && located.mount.volume.write(located.inner, content);
  }

  makeDirectory(path: string): void {
    (this.#directories ??= new Set()).add(normalizePath(path));
  }

  #ownVolume(): MemoryVolume {
    if (this.#own === undefined) {
      this.#own = new MemoryVolume();
      this.#own.onChange(() => this.#changed());
    }
    return this.#own;
  }

  isDirectory(path: string): boolean {
    const normal = normalizePath(path);
    if (DIRECTORIES.has(normal) || this.#directories?.has(normal) === true || this.#mounts.some((mount) => mount.path === normal && this.read(normal) === undefined)) return true;
    return this.list(normal).length > 0;
  }

  exists(path: string): boolean {
    return this.read(path) !== undefined || this.isDirectory(path);
  }

  /** Names directly below a directory, sorted. */
  list(path: string): string[] {
    const normal = normalizePath(path);
    const prefix = normal === "/" ? "/" : `${normal}/`;
    const names = new Set<string>();
    const addBelow = (full: string): void => {
      if (full.startsWith(prefix) && full.length > prefix.length) names.add(full.slice(prefix.length).split("/")[0]!);
    };
    addBelow(NULL);
    for (const own of this.#own?.list() ?? []) addBelow(own);
    for (const directory of DIRECTORIES) addBelow(directory);
    for (const directory of this.#directories ?? []) addBelow(directory);
    for (const { path: mountPath, subPath, volume } of this.#mounts) {
      addBelow(mountPath);
      for (const inner of volume.list()) {
        if (subPath === "") addBelow(`${mountPath}/${inner}`);
        else if (inner.startsWith(`${subPath}/`)) addBelow(`${mountPath}/${inner.slice(subPath.length + 1)}`);
      }
    }
    return [...names].sort();
  }
}

export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/**
 * Loads the bundles that the program ships as, and keeps what V8 compiled of them, so that the next start need not parse and compile again what it runs.
 * Only time is saved by it: without a directory, with one that is somebody else's or cannot be written, or with compiled code that is not what this
 * Node made of this very text, everything is compiled as ever.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

/** Compiled code of smaller bundles is not worth a file. */
const SOURCE_BYTES_MIN = 50_000;
/** Files in the directory: several builds of the program on several versions of Node. */
const FILES_COUNT_MAX = 60;
const DIGEST_BYTES = 32;
const HEADER_BYTES = DIGEST_BYTES + 4;
/** Work after which all that a start needs has been compiled. */
const WORK_MS_MAX = 10_000;

interface Module {
  exports: unknown;
}

interface Compiled {
  script: Script;
  /** Where its code is kept. */
  path: string;
  /** CPU time that the process which made the kept code had taken; 0 where none is kept. */
  keptWorkMs: number;
}

/** Where a user's compiled code is kept; undefined where it is not to be. */
export function keptCodeDirectory(env: NodeJS.ProcessEnv): string | undefined {
  // Node's own switch for what it keeps by itself since version 22.
  if (env["NODE_DISABLE_COMPILE_CACHE"]) return undefined;
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kubernest", "compiled");
}

export class BundleLoader {
  readonly #directory: string | undefined;
  readonly #workMs: () => number;
  readonly #modules = new Map<string, Module>();
  readonly #compiled: Compiled[] = [];

  /** `directory`: where compiled code is kept; nowhere without it. `workMs`: CPU time that this process has taken. */
  constructor(directory: string | undefined, workMs: () => number = cpuMs) {
    this.#workMs = workMs;
    this.#directory = directory !== undefined && isOurs(directory) ? directory : undefined;
  }

  /** Whether a bundle was run from kept code. */
  get usesKept(): boolean {
    return this.#compiled.some(({ keptWorkMs }) => keptWorkMs > 0);
  }

  /** What the CommonJS bundle at this absolute path exports; throws what it throws. */
  load(path: string): unknown {
    const known = this.#modules.get(path);
    if (known !== undefined) return known.exports;
    const made: Module = { exports: {} };
    this.#modules.set(path, made);
    const run = this.#compile(path).runInThisContext() as (exports: unknown, require: (id: string) => unknown, module: Module, filename: string, directory: string) => void;
    const directory = dirname(path);
    const outside = createRequire(path);
    run(made.exports, (id) => (id.startsWith("./") ? this.load(join(directory, id)) : quietly(() => outside(id))), made, path, directory);
    return made.exports;
  }

  /** Keeps what is compiled by now, where nothing is kept yet, or what was kept by a process that had done less than half of the work. */
  keep(): void {
    const workMs = this.#workMs();
    const directory = this.#directory;
    const news = this.#compiled.filter(({ keptWorkMs }) => keptWorkMs === 0 || (keptWorkMs < WORK_MS_MAX && workMs >= 2 * keptWorkMs));
    if (directory === undefined || news.length === 0) return;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const { script, path } of news) replaceFile(path, withHeader(script.createCachedData(), workMs));
      forgetOldest(directory);
    } catch {
      // A full or read-only disk: the next start compiles again.
    }
  }

  #compile(filename: string): Script {
    const bytes = readFileSync(filename);
    // What was bundled were modules, and modules are strict.
    const source = `(function (exports, require, module, __filename, __dirname) { "use strict"; ${bytes.toString("utf8")}\n})`;
    if (this.#directory === undefined || bytes.length < SOURCE_BYTES_MIN) return new Script(source, { filename });
    const key = createHash("sha256").update(`${process.version} ${process.arch}\n`).update(bytes).digest("hex");
    const path = join(this.#directory, key);
    const kept = readKept(path);
    const script = new Script(source, { filename, ...(kept === undefined ? {} : { cachedData: kept.data }) });
    this.#compiled.push({ script, path, keptWorkMs: kept === undefined || script.cachedDataRejected === true ? 0 : kept.workMs });
    return script;
  }
}

/** Requires a package of modules alone, as age is. Node 22.12 does, and says that it is an experiment of its own; those before and after do without a word. */
function quietly(load: () => unknown): unknown {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!String(warning).includes("is loading ES Module")) emitWarning.call(process, warning, ...rest);
  }) as typeof emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.ceil((user + system) / 1000);
}

/** Code is run from it: it must be ours, and nobody else may write there. One that is not there yet is ours where what it would be made in is. */
function isOurs(directory: string): boolean {
  const uid = process.getuid?.();
  if (uid === undefined) return true;
  for (let place = directory; ; place = dirname(place)) {
    const found = stat(place);
    if (found === undefined && place !== dirname(place)) continue;
    return found?.uid === uid && found.isDirectory() && (place !== directory || (found.mode & 0o022) === 0);
  }
}

function stat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Below a file, or where we may not look.
    return undefined;
  }
}

/** V8 looks at version, flags and length, but not at each byte: half a file, or a bad disk, is found here. */
function readKept(path: string): { data: Buffer; workMs: number } | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    // Not kept yet, or not for us.
    return undefined;
  }
  if (file.length <= HEADER_BYTES || !digestOf(file.subarray(DIGEST_BYTES)).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
  return { data: file.subarray(HEADER_BYTES), workMs: file.readUInt32LE(DIGEST_BYTES) };
}

function withHeader(data: Buffer, workMs: number): Buffer {
  const work = Buffer.alloc(4);
  work.writeUInt32LE(Math.max(1, Math.min(workMs, WORK_MS_MAX)));
  const body = Buffer.concat([work, data]);
  return Buffer.concat([digestOf(body), body]);
}

const digestOf = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();

/** Whole or not at all: another start may be reading. */
function replaceFile(path: string, bytes: Buffer): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function forgetOldest(directory: string): void {
  const names = readdirSync(directory);
  if (names.length <= FILES_COUNT_MAX) return;
  const ages = names.map((name) => ({ path: join(directory, name), ms: statSync(join(directory, name)).mtimeMs })).sort((a, b) => b.ms - a.ms);
  for (const { path } of ages.slice(FILES_COUNT_MAX)) rmSync(path, { force: true });
}

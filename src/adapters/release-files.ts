/** Release files over https or from a mirror, with upstream's checksums, kept in a cache by their digest. What is not verified is never in the cache. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Artifact, ArtifactFailed, type ArtifactSource, type ObtainedArtifact } from "../ports/artifact-source.ts";

export interface ReleaseFilesOptions {
  /** A directory or an http(s) address; undefined for the release sites themselves. */
  readonly mirror: string | undefined;
  readonly cacheDirectory: string;
  readonly connectTimeoutMs: number;
  /** A download that has not ended by then is given up. */
  readonly downloadTimeoutMs: number;
  debug(line: string): void;
}

export function releaseFiles(options: ReleaseFilesOptions): ArtifactSource {
  const sums = new Map<string, Promise<string>>();
  const fetching = new Map<string, Promise<ObtainedArtifact>>();

  const checksum = (artifact: Artifact): Promise<string> => {
    const known = sums.get(artifact.url);
    if (known !== undefined) return known;
    const asked = readChecksum(artifact, options);
    sums.set(artifact.url, asked);
    asked.catch(() => sums.delete(artifact.url));
    return asked;
  };
  return {
    checksum,
    async has(artifact) {
      return checksum(artifact).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ArtifactFailed) return false;
          throw error;
        },
      );
    },
    obtain(artifact) {
      // Several machines want the same file at the same time.
      const known = fetching.get(artifact.url);
      if (known !== undefined) return known;
      const promise = checksum(artifact).then((sha256) => obtain(artifact, sha256, options));
      fetching.set(artifact.url, promise);
      promise.catch(() => fetching.delete(artifact.url));
      return promise;
    },
  };
}

/** Where a mirror, or the release site, holds a file; undefined where it is nowhere: images without a mirror. */
function placeOf(url: string, mirror: string | undefined): string | undefined {
  const path = url.startsWith("image://") ? `images/${url.slice("image://".length)}` : url.replace(/^https?:\/\//, "");
  if (mirror === undefined) return url.startsWith("image://") ? undefined : url;
  return /^https?:\/\//.test(mirror) ? `${mirror.replace(/\/$/, "")}/${path}` : join(mirror, decodeURIComponent(path));
}

async function readChecksum(artifact: Artifact, options: ReleaseFilesOptions): Promise<string> {
  // Releases never change: a checksum that was read once holds for ever, also without a network.
  const kept = join(options.cacheDirectory, "checksums", createHash("sha256").update(`${options.mirror ?? ""} ${artifact.checksumUrl} ${artifact.url}`).digest("hex"));
  const isLocal = options.mirror !== undefined && !/^https?:\/\//.test(options.mirror);
  if (!isLocal) {
    const known = await readFile(kept, "utf8").catch(() => "");
    if (/^[0-9a-f]{64}$/.test(known)) return known;
  }
  const place = placeOf(artifact.checksumUrl, options.mirror);
  if (place === undefined) throw notFound(artifact, "images are kept by a mirror only");
  const text = /^https?:\/\//.test(place) ? await download(artifact, place, options) : await readFile(place, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw notFound(artifact, `${place}: ${error.code === "ENOENT" ? "not there" : error.message}`);
  });
  const sha256 = checksumIn(text, decodeURIComponent(artifact.url.slice(artifact.url.lastIndexOf("/") + 1)));
  if (sha256 === undefined) throw new ArtifactFailed("checksum-missing", artifact, `${place} has no checksum of ${artifact.name}`, "the mirror must hold upstream's own checksum files");
  if (!isLocal) await write(kept, sha256);
  return sha256;
}

/** A published sums file is one bare digest, or lines of `digest  name`. */
export function checksumIn(text: string, fileName: string): string | undefined {
  const bare = /^\s*([0-9a-f]{64})\s*$/.exec(text);
  if (bare !== null) return bare[1];
  for (const line of text.split("\n")) {
    const [, digest, name] = /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim()) ?? [];
    if (name === fileName || name?.endsWith(`/${fileName}`) === true) return digest;
  }
  return undefined;
}

async function download(artifact: Artifact, url: string, options: ReleaseFilesOptions): Promise<string> {
  const response = await request(artifact, url, options.connectTimeoutMs);
  return await response.text();
}

async function request(artifact: Artifact, url: string, timeoutMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error instanceof Error ? error.message : error);
    throw new ArtifactFailed("unreachable", artifact, `${artifact.name}: ${url}: ${cause}`, "is this computer online? Without a network, artifacts.mirror names a directory that holds the files", { cause: error });
  }
  if (!response.ok) throw response.status === 404 ? notFound(artifact, `${url} does not exist`) : new ArtifactFailed("unreachable", artifact, `${artifact.name}: ${url} answered ${response.status}`, "try again later");
  return response;
}

async function obtain(artifact: Artifact, sha256: string, options: ReleaseFilesOptions): Promise<ObtainedArtifact> {
  const place = placeOf(artifact.url, options.mirror)!;
  if (!/^https?:\/\//.test(place)) {
    const digest = await digestOf(place).catch((error: NodeJS.ErrnoException) => {
      throw notFound(artifact, `${place}: ${error.message}`);
    });
    if (digest !== sha256) throw differs(artifact, place, digest, sha256);
    return obtained(place, sha256);
  }
  const path = join(options.cacheDirectory, "files", sha256);
  if ((await digestOf(path).catch(() => "")) === sha256) return obtained(path, sha256);
  options.debug(`downloading ${place}`);
  const temporary = `${path}.${randomBytes(4).toString("hex")}`;
  await mkdir(join(options.cacheDirectory, "files"), { recursive: true, mode: 0o700 });
  const response = await request(artifact, place, options.downloadTimeoutMs);
  const file = await open(temporary, "w", 0o600);
  const hash = createHash("sha256");
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      await file.write(chunk);
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw new ArtifactFailed("unreachable", artifact, `${artifact.name}: the download broke off: ${error instanceof Error ? error.message : String(error)}`, "run the same command again", { cause: error });
  } finally {
    await file.close();
  }
  const digest = hash.digest("hex");
  if (digest !== sha256) {
    await rm(temporary, { force: true });
    throw differs(artifact, place, digest, sha256);
  }
  await rename(temporary, path);
  return obtained(path, sha256);
}

async function obtained(path: string, sha256: string): Promise<ObtainedArtifact> {
  const { size } = await stat(path);
  return { sha256, sizeBytes: size, read: () => createReadStream(path) as AsyncIterable<Uint8Array> };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function notFound(artifact: Artifact, why: string): ArtifactFailed {
  return new ArtifactFailed("not-found", artifact, `${artifact.name} is not to be had: ${why}`, "is this version released, and for this architecture? Does the mirror hold it?");
}

function differs(artifact: Artifact, place: string, digest: string, sha256: string): ArtifactFailed {
  return new ArtifactFailed("checksum-differs", artifact, `${place} has the checksum ${digest}, published is ${sha256}`, "the file is damaged or not the released one: nothing of it was used");
}

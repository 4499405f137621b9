/**
 * Writes a container image of one layer as an archive that `ctr images import`, `docker load` and `podman load` read: an OCI layout with Docker's
 * manifest.json beside it. The same content gives the same bytes, so an image that has not changed is not written again.
 */
import { createHash } from "node:crypto";
import { open, rename } from "node:fs/promises";
import { isThere, replaceFile } from "./binaries.ts";
import { ARCHIVE_TIME_SECONDS, tarOf, type TarEntry } from "./tar.ts";

export interface ImageConfig {
  Entrypoint?: readonly string[];
  Cmd?: readonly string[];
  Env?: readonly string[];
  User?: string;
  WorkingDir?: string;
  ExposedPorts?: Readonly<Record<string, object>>;
}

export interface Image {
  /** With its registry and tag: `registry.k8s.io/pause:3.10.2`. */
  reference: string;
  architecture: string;
  config: ImageConfig;
  /** Parents before children. */
  root: readonly TarEntry[];
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

const CREATED = new Date(ARCHIVE_TIME_SECONDS * 1000).toISOString();

/** Writes the archive and its `.sha256` beside it. False when both were there with this content. */
export async function writeImageArchive(target: string, image: Image): Promise<boolean> {
  // The layer is packed twice: what names it stands in front of it in the archive, and it may be too large for memory.
  const layer = await describe(tarOf(image.root));
  const layerDescriptor: Descriptor = { mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer };
  const config = json({
    created: CREATED,
    architecture: image.architecture,
    os: "linux",
    config: image.config,
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: CREATED, created_by: "kubernest test parts" }],
  });
  const configDescriptor: Descriptor = { mediaType: "application/vnd.oci.image.config.v1+json", ...describeBytes(config) };
  const manifest = json({ schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: configDescriptor, layers: [layerDescriptor] });
  const manifestDescriptor: Descriptor = {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    ...describeBytes(manifest),
    // The first names the image in containerd, the second is the tag within the layout.
    annotations: { "io.containerd.image.name": image.reference, "org.opencontainers.image.ref.name": image.reference.slice(image.reference.lastIndexOf(":") + 1) },
  };
  const index = json({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [manifestDescriptor] });
  const head: TarEntry[] = [
    file("index.json", index),
    file("manifest.json", json([{ Config: blobPath(configDescriptor), RepoTags: [image.reference], Layers: [blobPath(layerDescriptor)] }])),
    file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    { path: "blobs", kind: "directory", mode: 0o755 },
    { path: "blobs/sha256", kind: "directory", mode: 0o755 },
    file(blobPath(configDescriptor), config),
    file(blobPath(manifestDescriptor), manifest),
  ];
  if (await beginsWithIndex(target, index)) return false;
  const temporary = `${target}.${process.pid}`;
  const sum = createHash("sha256");
  const handle = await open(temporary, "w", 0o644);
  try {
    const layerEntry: TarEntry = { path: blobPath(layerDescriptor), kind: "file", mode: 0o644, content: { size: layer.size, chunks: () => tarOf(image.root) } };
    for await (const chunk of tarOf([...head, layerEntry])) {
      sum.update(chunk);
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  await rename(temporary, target);
  await replaceFile(`${target}.sha256`, `${sum.digest("hex")}\n`);
  return true;
}

/** An archive of ours opens with its index, which names everything else by digest. */
async function beginsWithIndex(target: string, index: Buffer): Promise<boolean> {
  if (!(await isThere(target)) || !(await isThere(`${target}.sha256`))) return false;
  const handle = await open(target, "r");
  try {
    const found = Buffer.alloc(index.length);
    await handle.read(found, 0, index.length, 512);
    return found.equals(index);
  } finally {
    await handle.close();
  }
}

async function describe(chunks: AsyncIterable<Buffer>): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

function describeBytes(bytes: Buffer): { digest: string; size: number } {
  return { digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, size: bytes.length };
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}

function file(path: string, content: Buffer): TarEntry {
  return { path, kind: "file", mode: 0o644, content };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

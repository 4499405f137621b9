/**
 * A mirror of small stand-ins for the release files of a node: scripts that do nothing, in archives and with checksums as upstream has them. With them a comparison shows what
 * preparing costs without the hundreds of megabytes that any tool has to carry, and needs no parts built. containerd's says that it is ready, as its unit expects.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Homelab, Machine } from "../../../src/config/homelab.ts";
import { cniPluginsArchive, containerdArchive, kubernetesBinary, type ReleaseFile, runcBinary } from "../../../src/manifests/cluster/artifacts.ts";
import { tarOf, type TarEntry } from "../../../test/real/tar.ts";
import { CNI_PLACED, CONTAINERD_PLACED } from "../../../src/steps/install-container-runtime.ts";
import { KUBERNETES_PROGRAMS } from "../../../src/steps/install-kubernetes.ts";

const NOTHING = "#!/bin/sh\nexit 0\n";
const READY = "#!/bin/sh\nsystemd-notify --ready\nexec sleep infinity\n";

export async function writeStandIns(mirror: string, homelab: Homelab, machine: Machine): Promise<void> {
  for (const name of KUBERNETES_PROGRAMS) put(mirror, kubernetesBinary(homelab, machine, name), Buffer.from(`${NOTHING}# ${name}\n`));
  put(mirror, runcBinary(machine), Buffer.from(`${NOTHING}# runc\n`));
  put(mirror, containerdArchive(machine), await archive(CONTAINERD_PLACED.map(({ member }) => [member!, member === "bin/containerd" ? READY : NOTHING])));
  put(mirror, cniPluginsArchive(machine), await archive(CNI_PLACED.map(({ member }) => [member!, NOTHING])));
}

async function archive(files: readonly (readonly [path: string, text: string])[]): Promise<Buffer> {
  const entries = files.map(([path, text]): TarEntry => ({ path, kind: "file", mode: 0o755, content: Buffer.from(text) }));
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(entries)) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

function put(mirror: string, file: ReleaseFile, bytes: Buffer): void {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const path = pathIn(mirror, file.url);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  writeFileSync(pathIn(mirror, file.checksumUrl), `${digest}  ${file.url.slice(file.url.lastIndexOf("/") + 1)}\n`);
}

/** Where a mirror holds a file: under its address, without the scheme. */
export function pathIn(mirror: string, url: string): string {
  return join(mirror, url.slice(url.indexOf("://") + "://".length));
}

/** The published checksums of everything that a homelab's machines are made of, asked for once, before steps decide: deciding itself asks nobody. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { cniPluginsArchive, containerdArchive, crioArchive, endpointImages, imageArchive, k3sBinary, k3sImages, kubernetesBinary, type ReleaseFile, runcBinary } from "../manifests/cluster/artifacts.ts";
import { ArtifactFailed, type ArtifactSource } from "../ports/artifact-source.ts";
import { imagesFor, renderedImages } from "../steps/preload-images.ts";

export function releaseFilesOf(homelab: Homelab, machine: Machine): ReleaseFile[] {
  const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
  if (!isNode) return [];
  const { distribution, containerRuntime } = homelab.kubernetes;
  // Images are kept by a mirror only.
  const hasMirror = homelab.artifacts.mirror !== undefined;
  if (distribution === "k3s") return [k3sBinary(homelab, machine), ...(hasMirror ? [k3sImages(homelab, machine), ...[...endpointImages(homelab, machine), ...renderedImages({ homelab, machine })].map((image) => imageArchive(image, machine))] : [])];
  const images = hasMirror ? imagesFor({ homelab, machine }).map((image) => imageArchive(image, machine)) : [];
  return [...(["kubeadm", "kubelet", "kubectl"] as const).map((name) => kubernetesBinary(homelab, machine, name)), ...(containerRuntime === "containerd" ? [runcBinary(machine), containerdArchive(machine), cniPluginsArchive(machine)] : [crioArchive(homelab, machine), cniPluginsArchive(machine)]), ...images];
}

export async function releaseChecksums(homelab: Homelab, machines: readonly Machine[], source: ArtifactSource, debug: (line: string) => void): Promise<ReadonlyMap<string, string>> {
  const files = new Map(machines.flatMap((machine) => releaseFilesOf(homelab, machine)).map((file) => [file.url, file]));
  const sums = new Map<string, string>();
  await Promise.all(
    [...files.values()].map(async (file) => {
      try {
        sums.set(file.url, await source.checksum(file));
      } catch (error) {
        if (!(error instanceof ArtifactFailed)) throw error;
        // The step that needs it says so; for images none is needed.
        debug(error.message);
      }
    }),
  );
  return sums;
}

/** What a mirror of real parts holds, by path: release files under their URL without its scheme, images under `images/`. */
import { IMAGE_RECIPES, type ImageRecipe } from "./image-recipes.ts";
import { releaseOf, type ReleaseFile, type ReleaseSites } from "./recipes.ts";
import { CNI_PLUGIN_PARTS, CONTAINERD_PARTS, CRICTL, KUBEADM, KUBECTL, KUBELET, RUNC, type Part } from "./versions.ts";

/** A published file: one binary, or an archive of several. */
export interface MirroredRelease {
  path: string;
  sumsPath: string;
  release: ReleaseFile;
  parts: readonly Part[];
}

export interface MirroredImage {
  path: string;
  recipe: ImageRecipe;
}

const RELEASES: readonly (readonly Part[])[] = [[KUBEADM], [KUBELET], [KUBECTL], CONTAINERD_PARTS, [RUNC], CNI_PLUGIN_PARTS, [CRICTL]];

export function mirroredReleases(sites: ReleaseSites, platform: string): MirroredRelease[] {
  return RELEASES.map((parts) => {
    const release = releaseOf(parts[0]!, sites, platform)!;
    return { path: withoutScheme(release.url), sumsPath: withoutScheme(release.sumsUrl), release, parts };
  });
}

export function mirroredImages(architecture: string): MirroredImage[] {
  return IMAGE_RECIPES.map((recipe) => ({ path: imagePath(recipe.reference, architecture), recipe }));
}

/** `images/REGISTRY/REPOSITORY/TAG-ARCHITECTURE.tar`. */
export function imagePath(reference: string, architecture: string): string {
  const colon = reference.lastIndexOf(":");
  return `images/${reference.slice(0, colon)}/${reference.slice(colon + 1)}-${architecture}.tar`;
}

function withoutScheme(url: string): string {
  return url.slice(url.indexOf("://") + "://".length);
}

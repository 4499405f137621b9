/** Files of one volume that would lie at the same path, or one inside the other (upstream `warningsForOverlappingVirtualPaths`). */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";

interface Place {
  path: string;
  /** Only for a volume of several sources. */
  source: string;
}

export function overlappingPathWarnings(volumes: readonly Loose[]): string[] {
  const warnings: string[] = [];
  for (const { name, configMap, secret, downwardAPI, projected } of volumes) {
    const overlap = (what: string, places: readonly Place[], seen: Place[] = []): void => {
      for (const { path, source } of places) {
        const place = { path: path.replace(/\/+$/, ""), source };
        for (const other of overlaps(seen, place)) warnings.push(`volume "${name}" (${what}): overlapping paths: ${print(place)} with ${print(other)}`);
        seen.push(place);
      }
    };
    if (configMap?.items) overlap(`ConfigMap "${configMap.name}"`, places(configMap.items, ""));
    if (secret?.items) overlap(`Secret "${secret.secretName}"`, places(secret.items, ""));
    if (downwardAPI?.items) overlap("DownwardAPI", places(downwardAPI.items, ""));
    const seen: Place[] = [];
    for (const source of items(projected?.sources)) {
      if (Object.keys(source).length === 0) warnings.push(`volume "${name}" (Projected) has no sources provided`);
      else overlap("Projected", placesOfSource(source), seen);
    }
  }
  return warnings;
}

const places = (files: unknown, source: string): Place[] => items(files).map(({ path }) => ({ path: String(path ?? ""), source }));

function placesOfSource({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate }: Loose): Place[] {
  if (configMap?.items) return places(configMap.items, `ConfigMap "${configMap.name}"`);
  if (secret?.items) return places(secret.items, `Secret "${secret.name}"`);
  if (downwardAPI?.items) return places(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken) return places([serviceAccountToken], "ServiceAccountToken");
  if (clusterTrustBundle) return places([clusterTrustBundle], `ClusterTrustBundle "${clusterTrustBundle.name ?? clusterTrustBundle.signerName}"`);
  if (!podCertificate) return [];
  const { certificateChainPath, keyPath, credentialBundlePath } = podCertificate;
  return [
    { path: certificateChainPath, source: "PodCertificate chain" },
    { path: keyPath, source: "PodCertificate key" },
    { path: credentialBundlePath, source: "PodCertificate credential bundle" },
  ].filter(({ path }) => path);
}

const print = ({ path, source }: Place): string => (source === "" ? `"${path}"` : `"${path}" (${source})`);

function overlaps(seen: readonly Place[], { path }: Place): Place[] {
  if (path === "") return [];
  return seen.filter((other) => other.path !== "" && (`${other.path}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${other.path}/`)));
}

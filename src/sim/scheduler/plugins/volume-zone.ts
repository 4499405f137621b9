/** A volume with zone labels goes only to nodes of that zone. */
import type { Plugin } from "../plugin.ts";
import { NEW_LABELS, unresolvable } from "../plugin.ts";
import { isClaimBound, podClaims } from "../volume-claims.ts";

const KEYS = [
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
];
const STABLE: Readonly<Record<string, string>> = { [KEYS[0]!]: KEYS[2]!, [KEYS[1]!]: KEYS[3]! };

export const volumeZone: Plugin = {
  name: "VolumeZone",
  requeueOn: ["claim", "volume", "storage-class", "node"],
  nodeHint: NEW_LABELS,
  filter(info, { client }) {
    if (info.claimNames.length === 0) return undefined;
    const claims = podClaims(info, client);
    // Claims that are missing or unbound are VolumeBinding's to report.
    if (typeof claims === "string") return undefined;
    const zones = claims.bound.filter(isClaimBound).flatMap((claim) => {
      const labels = client.get("persistentvolumes", undefined, claim.spec.volumeName)?.metadata.labels;
      return KEYS.flatMap((key) => (labels?.[key] === undefined ? [] : [{ key, values: new Set(labels[key].split("__")) }]));
    });
    if (zones.length === 0) return undefined;
    return {
      check({ node }) {
        const labels = node.metadata.labels ?? {};
        if (!KEYS.some((key) => labels[key] !== undefined)) return undefined;
        const fits = zones.every(({ key, values }) => {
          const value = labels[key] ?? labels[STABLE[key] ?? key];
          return value !== undefined && values.has(value);
        });
        return fits ? undefined : unresolvable("node(s) had no available volume zone");
      },
    };
  },
};

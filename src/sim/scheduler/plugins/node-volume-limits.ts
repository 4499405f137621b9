/** A CSI driver may limit how many of its volumes a node takes (CSINode `allocatable.count`). */
import type { SimClient } from "../../api/client.ts";
import { claimClass } from "../volume-claims.ts";
import type { Plugin } from "../plugin.ts";
import { unschedulable } from "../plugin.ts";
import type { PodInfo } from "../pod-info.ts";

export const nodeVolumeLimits: Plugin = {
  name: "NodeVolumeLimits",
  requeueOn: ["pod-deleted", "claim", "volume", "csi"],
  filter(info, { client }) {
    const wanted = csiVolumes(info, client);
    if (wanted.size === 0) return undefined;
    return {
      check(node) {
        const drivers = client.get("storage.k8s.io/csinodes", undefined, node.name)?.spec?.drivers as { name: string; allocatable?: { count?: number } }[] | undefined;
        const limits = new Map((drivers ?? []).flatMap((driver): [string, number][] => (driver.allocatable?.count === undefined ? [] : [[driver.name, driver.allocatable.count]])));
        if (limits.size === 0) return undefined;
        const attached = new Map<string, string>();
        for (const other of node.pods.values()) for (const [volume, driver] of csiVolumes(other, client)) attached.set(volume, driver);
        for (const [driver, limit] of limits) {
          const current = [...attached.values()].filter((name) => name === driver).length;
          const added = [...wanted].filter(([volume, name]) => name === driver && !attached.has(volume)).length;
          if (added > 0 && current + added > limit) return unschedulable("node(s) exceed max volume count");
        }
        return undefined;
      },
    };
  },
};

/** Driver by a name that is unique per volume. */
function csiVolumes({ pod, claimNames }: PodInfo, client: SimClient): Map<string, string> {
  const volumes = new Map<string, string>();
  for (const name of claimNames) {
    const claim = client.get("persistentvolumeclaims", pod.metadata.namespace, name);
    if (claim === undefined) continue;
    const csi = claim.spec?.volumeName ? client.get("persistentvolumes", undefined, claim.spec.volumeName)?.spec?.csi : undefined;
    if (csi) {
      volumes.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    } else if (!claim.spec?.volumeName) {
      const provisioner = client.get("storage.k8s.io/storageclasses", undefined, claimClass(claim))?.provisioner;
      if (provisioner) volumes.set(`${provisioner}/${pod.metadata.namespace}/${name}`, provisioner);
    }
  }
  return volumes;
}

/** `ReadWriteOncePod` claims have one pod in the whole cluster; a few network disks have one writer per node. */
import type { Volume } from "../../kubelet/pod.ts";
import type { Plugin } from "../plugin.ts";
import { NEW_NODES, unschedulable } from "../plugin.ts";
import type { PodInfo } from "../pod-info.ts";

export const volumeRestrictions: Plugin = {
  name: "VolumeRestrictions",
  requeueOn: ["pod-deleted", "claim", "node"],
  nodeHint: NEW_NODES,
  filter(info, view) {
    const { pod } = info;
    const disks = (pod.spec.volumes ?? []).filter((volume) => volume.iscsi || volume.rbd);
    const exclusive = info.claimNames.filter((name) => {
      const modes: string[] = view.client.get("persistentvolumeclaims", pod.metadata.namespace, name)?.spec?.accessModes ?? [];
      return modes.includes("ReadWriteOncePod");
    });
    if (disks.length === 0 && exclusive.length === 0) return undefined;
    let users = exclusive.reduce((sum, name) => sum + view.claimUserCount(`${pod.metadata.namespace}/${name}`), 0);
    const usersOf = (other: PodInfo): number =>
      other.pod.metadata.namespace === pod.metadata.namespace ? other.claimNames.filter((name) => exclusive.includes(name)).length : 0;
    return {
      check(node) {
        if (users > 0) {
          return unschedulable(
            "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
          );
        }
        for (const other of node.pods.values()) {
          if ((other.pod.spec.volumes ?? []).some((theirs) => disks.some((ours) => conflict(ours, theirs)))) {
            return unschedulable("node(s) had no available disk");
          }
        }
        return undefined;
      },
      podRemoved: (other) => void (users -= usersOf(other)),
      podAdded: (other) => void (users += usersOf(other)),
    };
  },
};

function conflict(ours: Volume, theirs: Volume): boolean {
  if (ours.iscsi && theirs.iscsi) return ours.iscsi.iqn === theirs.iscsi.iqn && !(ours.iscsi.readOnly && theirs.iscsi.readOnly);
  if (ours.rbd && theirs.rbd) {
    const [a, b] = [ours.rbd, theirs.rbd];
    const sharesMonitor = a.monitors.some((monitor) => b.monitors.includes(monitor));
    return sharesMonitor && (a.pool ?? "rbd") === (b.pool ?? "rbd") && a.image === b.image && !(a.readOnly && b.readOnly);
  }
  return false;
}

/** What a person can do about a volume that has stopped where what is lost does not come back, by its storage. The commands name what the real cluster calls it: volumes have other names there. */
import type { Cluster } from "../../sim/cluster.ts";
import { CEPH_RBD, LINSTOR, LONGHORN } from "../../sim/storage/drivers.ts";
import { isUsable } from "../../sim/storage/volume-copies.ts";
import type { ByHand } from "./repairs.ts";

/** A volume that took no reads and writes when all had come to rest. */
export interface StuckVolume {
  /** Of its claim. */
  readonly namespace: string;
  readonly name: string;
  readonly driver: string;
  readonly storageClass: string;
  readonly why: string;
  /** Machines whose copies could be used if somebody said so: they answer, and may be behind. */
  readonly left: readonly string[];
  /** Of Ceph: monitors that answer, where most do not. */
  readonly monitors: readonly string[];
}

export function stuckVolumes({ client, volumes, agents }: Cluster, namespace: string): StuckVolume[] {
  const monitors = client.list("pods", { labels: { app: "rook-ceph-mon" } }).filter((pod) => agents.machine((pod["spec"].nodeName as string | undefined) ?? "")?.isReachable === true).flatMap(({ metadata }) => metadata.labels?.["mon"] ?? []);
  const monitorCount = new Set(client.list("pods", { labels: { app: "rook-ceph-mon" } }).map(({ metadata }) => metadata.labels?.["mon"])).size;
  return volumes.all.flatMap(({ name: volumeName, claim, driver, stopped, copies }) => {
    if (stopped === undefined || claim.namespace !== namespace) return [];
    const storageClass = (client.get("persistentvolumes", undefined, volumeName)?.["spec"].storageClassName as string | undefined) ?? "";
    const left = copies.filter((copy) => isUsable(copy) && agents.machine(copy.machine)?.isReachable === true).map(({ machine }) => machine);
    return [{ ...claim, driver, storageClass, why: stopped, left, monitors: driver === CEPH_RBD && monitors.length * 2 <= monitorCount ? monitors : [] }];
  });
}

export function storageRepairs({ namespace, name, driver, storageClass, why, left, monitors }: StuckVolume): ByHand[] {
  const volume = `$(kubectl get pvc ${name} -n ${namespace} -o jsonpath='{.spec.volumeName}')`;
  switch (driver) {
    case LONGHORN:
      return [{
        text: left.length > 0
          ? `Longhorn takes what is left of volume ${name} by itself once one of its copies is known to have failed last; where it does not, salvage the copy on ${left.join(" or ")}: what it lacks is lost.`
          : `${capital(why)}. Longhorn salvages it by itself when a machine with a copy is back; where none comes back, restore it from a backup.`,
        commands: [`kubectl get replicas.longhorn.io -n longhorn-system -l longhornvolume="${volume}"`, ...(left.length > 0 ? [`kubectl patch replicas.longhorn.io REPLICA -n longhorn-system --type merge -p '{"spec":{"failedAt":""}}'`] : [])],
      }];
    case CEPH_RBD:
      return [
        ...(monitors.length === 0 ? [] : [{ text: "Most of Ceph's monitors are gone: let one that answers go on alone (with the plugin rook-ceph of kubectl); the operator makes new ones.", commands: ["kubectl get pods -n rook-ceph -l app=rook-ceph-mon -o wide", `kubectl rook-ceph mons restore-quorum ${monitors[0]!}`] }]),
        ...(left.length === 0 ? [] : [{ text: `Let the pool take writes with one copy for as long as others are away: a further loss then loses data.`, commands: [`kubectl patch cephblockpools.ceph.rook.io ${storageClass} -n rook-ceph --type merge -p '{"spec":{"parameters":{"min_size":"1"}}}'`] }]),
      ];
    case LINSTOR:
      if (why.includes("has no quorum")) return [{ text: `${capital(why)}. Only where these are off for good, let volume ${name} go on without a quorum: two sides that write lose one's writes.`, commands: [`kubectl exec -n piraeus-datastore deploy/linstor-controller -- linstor resource-definition drbd-options --quorum off "${volume}"`] }];
      return left.length === 0 ? [] : [{ text: `Only a copy that is behind is left of volume ${name}: declare it the valid one, what it lacks is lost.`, commands: [`kubectl exec -n piraeus-datastore "$(kubectl get pods -n piraeus-datastore -l app.kubernetes.io/component=linstor-satellite --field-selector spec.nodeName=${left[0]!} -o name)" -- drbdadm primary --force "${volume}"`] }];
    default:
      return [];
  }
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

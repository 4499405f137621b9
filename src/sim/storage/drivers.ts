/** What is known of storage that keeps copies, by its CSI driver: how many copies, on which machines, and who moves them along. */
import { quantityNumber } from "../../lib/quantity.ts";
import type { SimClient } from "../api/client.ts";
import { isConditionTrue } from "../controllers/conditions.ts";
import { isPodReady } from "../controllers/pod-state.ts";
import type { Node, Pod } from "../controllers/shapes.ts";
import type { PersistentVolume } from "../controllers/volume/volume-shape.ts";
import { stepCeph } from "./ceph.ts";
import { placeDrbd, stepDrbd } from "./drbd.ts";
import { placeLonghorn, stepLonghorn } from "./longhorn.ts";
import type { Step, StorageWorld, VolumeState } from "./volume-copies.ts";

export const LONGHORN = "driver.longhorn.io";
export const LINSTOR = "linstor.csi.linbit.com";
export const CEPH_RBD = "rook-ceph.rbd.csi.ceph.com";
const CEPH_POOLS = "ceph.rook.io/cephblockpools";
const HOSTNAME = "kubernetes.io/hostname";

export interface StorageDriver {
  /** Labels of the pods that a machine needs to hold copies. Where the cluster shows none, machines that take any pod do. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** A volume is cut into groups that are on different machines each; else a copy is the whole of it. */
  readonly isSpread?: true;
  copiesOf(attributes: Readonly<Record<string, string>>, client: SimClient): number;
  /** `preferred`: where the first pod is to be, if that is known. */
  place(count: number, preferred: string | undefined, driver: string, world: StorageWorld): readonly string[];
  step(volume: VolumeState, world: StorageWorld): Step;
}

const whole = (text: string | undefined, otherwise: number): number => {
  const count = Number(text ?? "");
  return Number.isInteger(count) && count > 0 ? count : otherwise;
};

export const STORAGE_DRIVERS: Readonly<Record<string, StorageDriver>> = {
  [LONGHORN]: {
    podLabels: { "longhorn.io/component": "instance-manager" },
    copiesOf: ({ numberOfReplicas }) => whole(numberOfReplicas, 3),
    place: (count, _preferred, driver, world) => placeLonghorn(count, [], driver, world),
    step: stepLonghorn,
  },
  [LINSTOR]: {
    podLabels: { "app.kubernetes.io/component": "linstor-satellite" },
    copiesOf: (attributes) => whole(attributes[`${LINSTOR}/placementCount`] ?? attributes["placementCount"] ?? attributes[`${LINSTOR}/autoPlace`] ?? attributes["autoPlace"], 1),
    place: placeDrbd,
    step: stepDrbd,
  },
  [CEPH_RBD]: {
    podLabels: { app: "rook-ceph-osd" },
    isSpread: true,
    copiesOf: ({ pool }, client) => {
      const size: number | undefined = client.serves(CEPH_POOLS) ? client.get(CEPH_POOLS, "rook-ceph", pool ?? "")?.["spec"]?.replicated?.size : undefined;
      return size ?? 3;
    },
    // Its groups are on all hosts with stores.
    place: (_count, _preferred, driver, world) => [...world.hosts(driver)].sort(),
    step: stepCeph,
  },
};

/** Machines that may hold copies, in no order. */
export function hostsOf({ podLabels }: StorageDriver, client: SimClient): string[] {
  const pods = client.list<Pod>("pods", { labels: podLabels });
  if (pods.length === 0) return client.list<Node>("nodes").filter(takesPods).map(({ metadata }) => metadata.name);
  // A store that waits for its disk's machine is on it all the same.
  const pinned = pods.flatMap(({ spec }) => spec.nodeSelector?.[HOSTNAME] ?? []);
  if (pinned.length > 0) return [...new Set(pinned)];
  return [...new Set(pods.filter((pod) => isPodReady(pod) && pod.metadata.deletionTimestamp === undefined).flatMap(({ spec }) => spec.nodeName ?? []))];
}

const takesPods = ({ spec, status }: Node): boolean => spec.unschedulable !== true && isConditionTrue(status?.conditions, "Ready") && !(spec.taints ?? []).some(({ effect }) => effect !== "PreferNoSchedule");

/** Each monitor once, where it runs or was last. */
export function monitorsOf(client: SimClient, runs: (pod: Pod) => boolean): { machine: string; isRunning: boolean }[] {
  const byName = new Map<string, { machine: string; isRunning: boolean }>();
  for (const pod of client.list<Pod>("pods", { labels: { app: "rook-ceph-mon" } })) {
    const name = pod.metadata.labels?.["mon"] ?? pod.metadata.name;
    if (pod.spec.nodeName === undefined || byName.get(name)?.isRunning === true) continue;
    byName.set(name, { machine: pod.spec.nodeName, isRunning: runs(pod) });
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, monitor]) => monitor);
}

/** Whether copies on a machine are served: by one of its pods of the driver's, where the cluster shows any at all. */
export function servesOn({ podLabels }: StorageDriver, machine: string, client: SimClient, runs: (pod: Pod) => boolean): boolean {
  const pods = client.list<Pod>("pods", { labels: podLabels });
  return pods.length === 0 || pods.some((pod) => pod.spec.nodeName === machine && runs(pod));
}

export function sizeOf({ spec }: PersistentVolume): number {
  return quantityNumber(spec.capacity?.["storage"] ?? "0");
}

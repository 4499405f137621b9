/** Without an amount whatever is cleared away is written full again, as by a log that runs wild. */
import { type FaultEffect, isServer, nodeOf, type Struck } from "./fault-effect.ts";

/** etcd ends when it cannot write its log (`failed to save Raft state and entries`), SQLite refuses ("database or disk is full"): the server with it. */
function setHindered(struck: Struck, target: string, isHindered: boolean): void {
  if (isServer(struck, target)) struck.cluster.controlPlane?.setHindered(nodeOf(struck, target), "disk", isHindered);
}

export const DISK_FULL_EFFECT: FaultEffect = {
  begin: (struck, target, amount) => {
    const kubelet = struck.cluster.agents.machine(nodeOf(struck, target));
    if (kubelet === undefined) return;
    const { diskBytes } = kubelet.machine;
    if (amount !== undefined) return kubelet.setOtherFileBytes(Math.max(0, kubelet.diskAvailableBytes - (diskBytes * parseFloat(amount)) / 100));
    kubelet.setOtherFileBytes(diskBytes);
    setHindered(struck, target, true);
  },
  end: (struck, target) => {
    struck.cluster.agents.machine(nodeOf(struck, target))?.setOtherFileBytes(0);
    setHindered(struck, target, false);
  },
};

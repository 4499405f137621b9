/** All rules about real machines, by id. */
import { architectureAsWritten } from "./architecture-as-written.ts";
import { clocksTogether } from "./clocks-together.ts";
import { etcdDiskFast } from "./etcd-disk-fast.ts";
import { forwardsTried } from "./forwards-tried.ts";
import { hostResolves } from "./host-resolves.ts";
import { hostnameAsWritten } from "./hostname-as-written.ts";
import type { LiveCheck } from "./live-check.ts";
import { machineReachable } from "./machine-reachable.ts";
import { machinesDistinct } from "./machines-distinct.ts";
import { machinesReachEachOther } from "./machines-reach-each-other.ts";
import { memoryAsWritten } from "./memory-as-written.ts";
import { portsFree } from "./ports-free.ts";
import { sudoWorks } from "./sudo-works.ts";

export const allLiveChecks: readonly LiveCheck[] = [architectureAsWritten, clocksTogether, etcdDiskFast, forwardsTried, hostResolves, hostnameAsWritten, machineReachable, machinesDistinct, machinesReachEachOther, memoryAsWritten, portsFree, sudoWorks];

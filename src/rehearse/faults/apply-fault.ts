/** Every kind of fault with its effect on the embedded cluster: one table, one file each. */
import type { Fault, FaultId } from "../../scenarios/fault.ts";
import { DISK_LOST_EFFECT } from "./disk-lost.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";
import { NETWORK_CUT_EFFECT } from "./network-cut.ts";
import { PART_OFF_EFFECT } from "./part-off.ts";
import { POWER_OFF_EFFECT } from "./power-off.ts";

const EFFECTS: Readonly<Record<FaultId, FaultEffect>> = {
  "power-off": POWER_OFF_EFFECT,
  "network-cut": NETWORK_CUT_EFFECT,
  "disk-lost": DISK_LOST_EFFECT,
  "part-off": PART_OFF_EFFECT,
};

export const beginFault = (struck: Struck, { id, target }: Fault): void => EFFECTS[id].begin(struck, target);

export const endFault = (struck: Struck, { id, target }: Fault): void => EFFECTS[id].end(struck, target);

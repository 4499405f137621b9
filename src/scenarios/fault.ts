/**
 * What can break, as data: one entry for each kind in one table, one file each. A fault begins and, unless it is a moment, ends; what it does to an
 * embedded or a real cluster is written where that is driven, not here.
 */
import { DISK_LOST } from "./faults/disk-lost.ts";
import { NETWORK_CUT } from "./faults/network-cut.ts";
import { PART_OFF } from "./faults/part-off.ts";
import { POWER_OFF } from "./faults/power-off.ts";

/** What a fault strikes. */
export type FaultTarget = "machine" | "site part";

export interface FaultKind {
  /** As written in scenarios: `power-off`. */
  readonly id: string;
  readonly strikes: FaultTarget;
  /** What happens, said of a target: `pi2 loses its power`. */
  begins(target: string): string;
  /** What ends it: `pi2 has power again and boots`. */
  ends(target: string): string;
  /** In words for a table: `pi2 off`. */
  short(target: string): string;
  /** Why anyone should expect it at home. */
  readonly why: string;
  /** Whether data on the target may be gone for ever. */
  readonly destroysData: boolean;
}

const TABLE = { "power-off": POWER_OFF, "network-cut": NETWORK_CUT, "disk-lost": DISK_LOST, "part-off": PART_OFF } as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultId = keyof typeof TABLE;

/** In the order in which reports list them. */
export const FAULTS: Readonly<Record<FaultId, FaultKind>> = TABLE;

export const FAULT_IDS = Object.keys(TABLE) as readonly FaultId[];

export interface Fault {
  readonly id: FaultId;
  /** A machine or a site part, by its name in the file. */
  readonly target: string;
}

/** `power-off pi2` */
export const faultText = ({ id, target }: Fault): string => `${id} ${target}`;

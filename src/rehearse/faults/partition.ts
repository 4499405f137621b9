import { type FaultEffect, nodeOf, type Struck } from "./fault-effect.ts";

const set = (struck: Struck, target: string, isApart: boolean): void => struck.site.setApart(target.split(",").map((machine) => nodeOf(struck, machine)), isApart);

export const PARTITION_EFFECT: FaultEffect = {
  begin: (struck, target) => set(struck, target, true),
  end: (struck, target) => set(struck, target, false),
};

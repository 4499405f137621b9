import type { FaultKind } from "../fault.ts";

export const POD_DELETED: FaultKind = {
  id: "pod-deleted",
  strikes: "pods",
  begins: (target) => `a pod of ${target} is deleted`,
  ends: (target) => `a pod of ${target} has been deleted`,
  short: (target) => `a pod of ${target} deleted`,
  why: "somebody types the wrong name, a tool cleans up too much",
  destroysData: false,
  isMoment: true,
};

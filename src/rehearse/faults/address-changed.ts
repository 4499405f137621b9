import { type FaultEffect, nodeOf } from "./fault-effect.ts";

/** The other members of etcd know it by its old address, and its certificates name that one: it takes no part until it has it again. */
export const ADDRESS_CHANGED_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.cluster.controlPlane?.setHindered(nodeOf(struck, target), "address", true),
  end: (struck, target) => struck.cluster.controlPlane?.setHindered(nodeOf(struck, target), "address", false),
};

/** `reset`: Kubernetes off the machines, and back what was there before. Workers first, then control planes one by one, so that a cluster that lives on loses its members in order. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { settleReverts } from "../steps/settle-reverts.ts";
import { undoContainerRuntime } from "../steps/undo-container-runtime.ts";
import { undoK3s } from "../steps/undo-k3s.ts";
import { undoKubernetes } from "../steps/undo-kubernetes.ts";
import { undoPreparation } from "../steps/undo-preparation.ts";
import type { Work } from "./plan-up.ts";

// What is still to be put back by a timer would come back over it.
const UNDO_STEPS = [settleReverts, undoK3s, undoKubernetes, undoContainerRuntime, undoPreparation];

export function resetWork(_homelab: Homelab, machines: readonly Machine[]): Work {
  const isControlPlane = (machine: Machine): boolean => machine.roles.includes("control-plane");
  return {
    operation: "reset",
    isInCluster: false,
    isNeeded: () => true,
    machines,
    stages: [
      { id: "undo-workers", title: "Put the workers back", steps: UNDO_STEPS, machines: () => machines.filter((machine) => !isControlPlane(machine) && machine.roles.includes("worker")), atOnce: "all", after: [] },
      { id: "undo-control-planes", title: "Put the control planes back", steps: UNDO_STEPS, machines: () => machines.filter(isControlPlane), atOnce: "one", after: ["undo-workers"] },
      // The address that the others leave by goes last.
      { id: "undo-others", title: "Put the other machines back", steps: UNDO_STEPS, machines: () => machines.filter((machine) => !isControlPlane(machine) && !machine.roles.includes("worker")), atOnce: "all", after: ["undo-control-planes"] },
    ],
  };
}

/** For machines that come back anew under their names: out of the cluster, and Kubernetes off them. What they were prepared with stays. */
export function leaveWork(machines: readonly Machine[]): Work {
  return { operation: "leave", isInCluster: false, isNeeded: () => true, machines, stages: [{ id: "leave", title: "Take Kubernetes off the machine", steps: [undoK3s, undoKubernetes], machines: () => machines, atOnce: "one", after: [] }] };
}

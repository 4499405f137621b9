/** Which machines are nodes, what pods may run on them, and what room they have. */
import type { Architecture, Homelab, Machine, Placement, Taint, Workload } from "../../config/homelab.ts";
import { assert } from "../../lib/assert.ts";
import { own } from "../../lib/own.ts";
import { evictionMemoryBytes } from "./kubelet-arguments.ts";

const CONTROL_PLANE_TAINT: Taint = { key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" };

export const controlPlanes = (homelab: Homelab): Machine[] => withRole(homelab, "control-plane");
export const workers = (homelab: Homelab): Machine[] => withRole(homelab, "worker");

/** Machines that become nodes. */
export function nodes(homelab: Homelab): Machine[] {
  return Object.values(homelab.machines).filter((machine) => machine.roles.includes("control-plane") || machine.roles.includes("worker"));
}

/** Taints that the node will have; a control plane that is not a worker is tainted by the distribution. */
export function taintsOf(machine: Machine): readonly Taint[] {
  const isControlPlaneOnly = machine.roles.includes("control-plane") && !machine.roles.includes("worker");
  return isControlPlaneOnly && !machine.taints.some((taint) => taint.key === CONTROL_PLANE_TAINT.key)
    ? [...machine.taints, CONTROL_PLANE_TAINT]
    : machine.taints;
}

/** Every app asks for every machine's, and a homelab is never changed once it is loaded. */
const labelsByMachine = new WeakMap<Homelab, ReadonlyMap<Machine, Readonly<Record<string, string>>>>();

/** Labels that the node will have, those of Kubernetes and of the site included. */
export function labelsOf(homelab: Homelab, machine: Machine): Readonly<Record<string, string>> {
  let labels = labelsByMachine.get(homelab);
  if (labels === undefined) labelsByMachine.set(homelab, (labels = collectLabels(homelab)));
  const found = labels.get(machine);
  assert(found !== undefined, `${machine.name} is no machine of this homelab`);
  return found;
}

function collectLabels(homelab: Homelab): ReadonlyMap<Machine, Readonly<Record<string, string>>> {
  const partsByMachine = new Map<string, { kind: string; name: string }[]>();
  for (const part of Object.values(homelab.site)) {
    for (const name of new Set([...part.connects, ...part.powers, ...part.runs])) {
      const parts = partsByMachine.get(name);
      if (parts === undefined) partsByMachine.set(name, [part]);
      else parts.push(part);
    }
  }
  return new Map(
    Object.values(homelab.machines).map((machine) => [
      machine,
      {
        ...machine.labels,
        "kubernetes.io/hostname": machine.hostname,
        "kubernetes.io/arch": machine.architecture,
        "kubernetes.io/os": "linux",
        ...(machine.roles.includes("control-plane") ? { "node-role.kubernetes.io/control-plane": "" } : {}),
        ...Object.fromEntries((partsByMachine.get(machine.name) ?? []).map(({ kind, name }) => [`site.kubernest.dev/${kind}`, name])),
      },
    ]),
  );
}

/** Whether a pod with these tolerations may be put on a node with this taint (`PreferNoSchedule` never forbids). */
export function tolerates(placement: Placement, taint: Taint): boolean {
  if (taint.effect === "PreferNoSchedule") return true;
  return placement.tolerations.some(
    (toleration) =>
      (toleration.key === taint.key || toleration.key === "") &&
      (toleration.value === undefined || toleration.value === taint.value) &&
      (toleration.effect === undefined || toleration.effect === taint.effect),
  );
}

/** Most pods ask for the same, and a homelab is never changed once it is loaded. */
const eligibleByWish = new WeakMap<Homelab, Map<string, readonly Machine[]>>();

/** Machines where the scheduler may put a pod, room left aside. Pods go only where their image was built for, when the file says that. The same list for all pods that ask for the same. */
export function eligibleMachines(homelab: Homelab, { placement, architectures }: Pick<Workload, "placement" | "architectures">): readonly Machine[] {
  let byWish = eligibleByWish.get(homelab);
  if (byWish === undefined) eligibleByWish.set(homelab, (byWish = new Map()));
  const wish = JSON.stringify([architectures, placement.machines, placement.labels, placement.tolerations]);
  let machines = byWish.get(wish);
  if (machines === undefined) byWish.set(wish, (machines = findEligible(homelab, placement, architectures)));
  return machines;
}

function findEligible(homelab: Homelab, placement: Placement, architectures: readonly Architecture[]): Machine[] {
  return nodes(homelab).filter(
    (machine) =>
      (architectures.length === 0 || architectures.includes(machine.architecture)) &&
      (placement.machines.length === 0 || placement.machines.includes(machine.name)) &&
      hasLabels(labelsOf(homelab, machine), placement.labels) &&
      taintsOf(machine).every((taint) => tolerates(placement, taint)),
  );
}

export interface Room {
  /** Cores. */
  cpu: number;
  /** Bytes. */
  memory: number;
}

/** What pods may request of a machine: all of it less what is reserved and the kubelet's eviction threshold. */
export function allocatable(homelab: Homelab, machine: Machine): Room {
  const { system, kubernetes } = machine.reserved;
  return {
    cpu: machine.cpu.value - (system.cpu?.value ?? 0) - (kubernetes.cpu?.value ?? 0),
    memory: machine.memory.value - (system.memory?.value ?? 0) - (kubernetes.memory?.value ?? 0) - evictionMemoryBytes(homelab, machine),
  };
}

/** Architectures among machines, sorted. */
export function architecturesOf(machines: readonly Machine[]): Architecture[] {
  return [...new Set(machines.map((machine) => machine.architecture))].sort();
}

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => own(labels, key) === value);
}

function withRole(homelab: Homelab, role: Machine["roles"][number]): Machine[] {
  return Object.values(homelab.machines).filter((machine) => machine.roles.includes(role));
}

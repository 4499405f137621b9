/**
 * What must wait while machines of the file do not answer. Who does not answer may be alive and hold data, or be off for good: nothing is done that would need it, and nothing that would
 * take the majority from etcd, or the last way to the API from everybody else. Pure.
 */
import type { Homelab, Machine } from "../config/homelab.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import { controlPlaneMachines } from "../manifests/cluster/cluster-machines.ts";
import type { ClusterView, Want } from "./step.ts";

/** `pi3 is away`, `pi2 and pi3 are away`. */
export function awayText(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? `${last} is away` : `${names.slice(0, -1).join(", ")} and ${last} are away`;
}

/** Whether it is part of a cluster of ours, as its facts show it. */
export function hasJoined(homelab: Homelab, facts: MachineFacts | undefined): boolean {
  if (homelab.kubernetes.distribution === "k3s") return facts?.kubernetes.k3s?.hasJoined === true;
  const kubeadm = facts?.kubernetes.kubeadm;
  return kubeadm?.hasJoined === true && !kubeadm.isHalfDone;
}

/** Control planes that hold the cluster. One that is away counts as holding it: nobody can tell. */
interface Holders {
  readonly away: readonly string[];
  readonly answering: number;
  /** As many as must answer, that anything can be written. */
  readonly needed: number;
}

function holders(homelab: Homelab, cluster: ClusterView): Holders {
  const controlPlanes = controlPlaneMachines(homelab);
  const away = controlPlanes.map(({ name }) => name).filter((name) => cluster.away?.includes(name));
  const answering = controlPlanes.filter(({ name }) => !away.includes(name) && hasJoined(homelab, cluster.machines[name])).length;
  // Who shares a datastore with others needs none of them.
  const needed = homelab.kubernetes.datastore.kind === "etcd" ? Math.floor((answering + away.length) / 2) + 1 : 1;
  return { away, answering, needed };
}

/** Whether so many control planes are away that the cluster takes no writes, as far as the machines that answer show it. */
export function isWithoutMajority(homelab: Homelab, cluster: ClusterView): boolean {
  const { away, answering, needed } = holders(homelab, cluster);
  return away.length > 0 && answering < needed;
}

/** Why a machine of the file that is no node yet must not become one now; undefined where it may. */
export function joinWaitsFor(homelab: Homelab, machine: Machine, cluster: ClusterView): string | undefined {
  const { away, answering, needed } = holders(homelab, cluster);
  if (away.length > 0 && answering < needed) return `${awayText(away)}, and without ${away.length === 1 ? "it" : "them"} the cluster takes nobody in`;
  if (away.length > 0 && machine.roles.includes("control-plane") && homelab.kubernetes.datastore.kind === "etcd") return `${awayText(away)}, and etcd takes a new member only when all others are there`;
  const { by, on } = homelab.kubernetes.endpoint;
  const carriers = on.filter((name) => name !== machine.name);
  return (by === "haproxy" || by === "machine") && carriers.length > 0 && carriers.every((name) => cluster.away?.includes(name)) ? `${awayText(carriers)}, by which the API is reached` : undefined;
}

/** Why a machine that serves must not be disrupted now; undefined where it may, or where it serves nobody yet. */
export function disruptionWaitsFor({ homelab, machine, cluster }: Pick<Want, "homelab" | "machine" | "cluster">): string | undefined {
  const facts = cluster.machines[machine.name];
  const { away, answering, needed } = holders(homelab, cluster);
  if (away.length > 0 && hasJoined(homelab, facts)) {
    if (answering < needed) return `${awayText(away)}, and what stops here now might not come back without the cluster`;
    if (machine.roles.includes("control-plane") && answering - 1 < needed) return `${awayText(away)}, and without ${machine.name} ${homelab.kubernetes.datastore.kind === "etcd" ? "etcd would have no majority" : "no control plane would serve"}`;
  }
  const { by, on } = homelab.kubernetes.endpoint;
  const others = on.filter((name) => name !== machine.name);
  const isCarrier = by === "haproxy" && on.includes(machine.name) && facts?.units["haproxy.service"]?.active === "active";
  return isCarrier && others.length > 0 && others.every((name) => cluster.away?.includes(name)) ? `${awayText(others)}, and nobody but ${machine.name} leads to the API` : undefined;
}

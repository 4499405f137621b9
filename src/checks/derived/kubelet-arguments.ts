/** What a machine's kubelet is told by the arguments in the file: those of the cluster, then those of the machine. */
import type { Homelab, Machine } from "../../config/homelab.ts";
import { quantityNumber } from "../../lib/quantity.ts";

const EVICTION_MEMORY_TEXT = "100Mi";

/** The last value of a flag; undefined where it is not given. */
export function kubeletArgument(homelab: Homelab, machine: Machine, flag: string): string | undefined {
  return argumentsOf(homelab, machine).findLast(({ name }) => name === flag)?.value;
}

/**
 * A flag that is a map (`eviction-hard`: `memory.available<100Mi,nodefs.available<10%`; `eviction-minimum-reclaim`: with `=`). Given several
 * times, its entries add up; undefined where it is not given at all, so that the distribution's own default stands.
 */
export function kubeletArgumentMap(homelab: Homelab, machine: Machine, flag: string): ReadonlyMap<string, string> | undefined {
  const given = argumentsOf(homelab, machine).filter(({ name }) => name === flag);
  if (given.length === 0) return undefined;
  const entries = given.flatMap(({ value }) => value.split(",").map((part) => part.split(/[<=]/, 2).map((side) => side.trim())));
  return new Map(entries.filter((entry): entry is [string, string] => entry.length === 2 && entry[0] !== ""));
}

/** Bytes that the kubelet keeps free of pods' requests: the hard eviction threshold for memory. k3s sets a list of its own that has none. */
export function evictionMemoryBytes(homelab: Homelab, machine: Machine): number {
  const given = kubeletArgumentMap(homelab, machine, "eviction-hard");
  const text = given === undefined ? (homelab.kubernetes.distribution === "k3s" ? undefined : EVICTION_MEMORY_TEXT) : given.get("memory.available");
  if (text === undefined) return 0;
  return text.endsWith("%") ? Math.trunc((machine.memory.value * Number(text.slice(0, -1))) / 100) || 0 : quantityNumber(text);
}

function argumentsOf(homelab: Homelab, machine: Machine): { name: string; value: string }[] {
  return [...homelab.kubernetes.extraArgs.kubelet, ...machine.kubeletArgs];
}

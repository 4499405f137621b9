/** What fits, as JSON: `kubernest fit -o json`. Cpu in thousandths of a core, memory and disk in bytes. */
import type { Homelab } from "../config/homelab.ts";
import type { Fit, WaitingPod, Without } from "../rehearse/fit/fit.ts";
import type { MachineRoom } from "../rehearse/fit/machine-room.ts";

interface WaitingResult {
  /** `namespace/name`, as it is now. */
  pod: string;
  /** `photos`, `shop/api`, or the workload of the platform. */
  owner: string;
  /** null: of the platform, or an object of the file's own. */
  app: string | null;
  cpuMilli: number;
  memoryBytes: number;
  wants: "room" | "volume" | "placement";
  /** The machine that lacks least, and what it lacks beside what those before in the list would take; null where it is no question of room. */
  short: { machine: string; cpuMilli: number; memoryBytes: number; ephemeralBytes: number; pods: number } | null;
  /** The machine with its volume's disk; null where that is not the matter. */
  volumeOn: string | null;
  scheduler: string;
}

interface WithoutResult {
  /** Names in the file; empty: now. */
  without: readonly string[];
  fits: boolean;
  waiting: WaitingResult[];
  fitsPlacedAnew: boolean;
  stopsControlPlane: boolean;
}

export interface FitResult {
  homelab: string;
  kubernetes: string;
  seed: string;
  now: WithoutResult;
  oneLess: WithoutResult[];
  /** null: there are fewer than three machines, or too many pairs. */
  twoLess: WithoutResult[] | null;
  machines: (Omit<MachineRoom, "ephemeralBytes" | "largestPod"> & { ephemeralBytes: MachineRoom["ephemeralBytes"] | null; largestPod: MachineRoom["largestPod"] | null })[];
  /** `now`: null where copies are no question of room, for the reason in `why`. */
  copies: { app: string; service: string; now: number | null; why: string | null; oneLess: { copies: number; machine: string } | null }[];
}

export function fitResult(homelab: Homelab, { now, oneLess, twoLess, rooms, copies }: Fit, seed: string): FitResult {
  const machineOf = (node: string): string => Object.values(homelab.machines).find(({ hostname }) => hostname === node)?.name ?? node;
  const waiting = ({ info, owner, cause, scheduler }: WaitingPod): WaitingResult => {
    const { node, ...amounts } = cause.kind === "room" ? cause.short : { node: "" };
    return {
      pod: info.key,
      owner: owner.name,
      app: owner.app ?? null,
      cpuMilli: info.requests.get("cpu") ?? 0,
      memoryBytes: info.requests.get("memory") ?? 0,
      wants: cause.kind,
      short: cause.kind === "room" ? { machine: machineOf(node), ...(amounts as Omit<typeof cause.short, "node">) } : null,
      volumeOn: cause.kind === "volume" ? machineOf(cause.node) : null,
      scheduler,
    };
  };
  const without = (each: Without): WithoutResult => ({ without: each.machines, fits: each.waiting.length === 0 && now.waiting.length === 0, waiting: each.waiting.map(waiting), fitsPlacedAnew: each.fitsPlacedAnew, stopsControlPlane: each.stopsControlPlane });
  return {
    homelab: homelab.name,
    kubernetes: homelab.kubernetes.version,
    seed,
    now: without(now),
    oneLess: oneLess.map(without),
    twoLess: twoLess?.map(without) ?? null,
    machines: rooms.map((room) => ({ ...room, ephemeralBytes: room.ephemeralBytes ?? null, largestPod: room.largestPod ?? null })),
    copies: copies.map(({ app, service, now: count, oneLess: less }) => ({ app, service, now: typeof count === "number" ? count : null, why: typeof count === "number" ? null : count, oneLess: less ?? null })),
  };
}

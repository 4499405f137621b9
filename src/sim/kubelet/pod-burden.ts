/** What troubles add to what a pod uses: work that it is asked for, memory that it does not give back. Its first container bears both. */
import { quantityNumber } from "../../lib/quantity.ts";
import { type ContainerRecord, isRunning } from "./container-record.ts";
import type { Pod } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";

type Usage = { memoryBytes: number; cpuMilli: number };
type Host = Pick<PodHost, "troubles" | "machine" | "context">;

/** Changes what it is given, by container. Work is done as far as a limit lets it. */
export function burdened(byContainer: Map<string, Usage>, pod: Pod, first: ContainerRecord | undefined, { troubles: { load, leak }, machine, context }: Host): Map<string, Usage> {
  if ((load.isEmpty && leak.isEmpty) || first === undefined || !isRunning(first)) return byContainer;
  const before = byContainer.get(first.spec.name);
  if (before === undefined) return byContainer;
  let { cpuMilli, memoryBytes } = before;
  const extra = first.isReady ? load.of(pod) : undefined;
  if (extra !== undefined) cpuMilli = Math.round(Math.min((limitOf(first, "cpu") ?? Infinity) * 1000, machine.cpuMilli, cpuMilli + extra()));
  const leaking = leak.of(pod);
  if (leaking !== undefined) memoryBytes += leaking.bytesPerMs * (context.clock.now() - Math.max(leaking.sinceMs, first.current!.startedMs));
  return byContainer.set(first.spec.name, { cpuMilli, memoryBytes });
}

/** Of the container that leaks: until it has its limit, or what the machine has left. Undefined where none does. */
export function leakEndsInMs(usage: ReadonlyMap<string, Usage>, pod: Pod, first: ContainerRecord | undefined, { troubles }: Host, availableBytes: number): number | undefined {
  const leaking = troubles.leak.of(pod);
  const used = first === undefined ? undefined : usage.get(first.spec.name)?.memoryBytes;
  if (leaking === undefined || first === undefined || used === undefined) return undefined;
  return Math.max(0, Math.min(availableBytes, (limitOf(first, "memory") ?? Infinity) - used) / leaking.bytesPerMs);
}

/** In cores or bytes; undefined where it has none. */
function limitOf({ spec }: ContainerRecord, resource: "cpu" | "memory"): number | undefined {
  const limit = (spec.resources?.limits as Record<string, string | number> | undefined)?.[resource];
  return limit === undefined ? undefined : quantityNumber(limit);
}

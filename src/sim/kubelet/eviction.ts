/** Whom a node under pressure sends away first, and who took more than the pod was given (kubelet `eviction/helpers.go`, `eviction_manager.go`). */
import { compareQuantities, formatQuantity, quantityNumber } from "../../lib/quantity.ts";
import { isStatic } from "./admit.ts";
import type { Pod } from "./pod.ts";
import type { PodDiskUse } from "./pod-disk-use.ts";

/** Resources by which pods are evicted. */
export type StarvedResource = "memory" | "ephemeral-storage";

/** A pod as the ranking sees it. */
export interface RankedPod {
  pod: Pod;
  /** True once nothing more will be started. */
  isEnding: boolean;
  usage(): ReadonlyMap<string, { memoryBytes: number }>;
  diskUse(): PodDiskUse;
}

/** What is short: the threshold that was crossed, and what is left. */
export interface Shortage {
  resource: StarvedResource;
  thresholdBytes: number;
  availableBytes: number;
}

/** `system-cluster-critical`: pods of at least this priority are never evicted (`SystemCriticalPriority`). */
const CRITICAL_PRIORITY = 2_000_000_000;

/** Memory and disk are given out in whole pages and blocks. */
const PAGE_BYTES = 4096;

export const isEvictable = ({ pod, isEnding }: RankedPod): boolean => !isEnding && !isStatic(pod) && (pod.spec.priority ?? 0) < CRITICAL_PRIORITY;

/** The one to go: who uses more than was asked for first, then the least important, then who is furthest over. */
export function victimOf<P extends RankedPod>(shortage: Shortage, pods: readonly P[]): { victim: P; message: string } | undefined {
  const candidates = pods.filter(isEvictable).map((pod) => {
    const byContainer = usageOf(shortage.resource, pod);
    const dirBytes = shortage.resource === "memory" ? 0 : pod.diskUse().emptyDirs.reduce((sum, dir) => sum + (dir.isInMemory ? 0 : dir.bytes), 0);
    const usedBytes = [...byContainer.values()].reduce((sum, bytes) => sum + bytes, dirBytes);
    const requestedBytes = pod.pod.spec.containers.reduce((sum, container) => sum + quantityNumber(requestOf(container, shortage.resource)), 0);
    return { pod, byContainer, usedBytes, requestedBytes };
  });
  candidates.sort((a, b) => {
    const overA = a.usedBytes > a.requestedBytes;
    const overB = b.usedBytes > b.requestedBytes;
    if (overA !== overB) return overA ? -1 : 1;
    const priority = (a.pod.pod.spec.priority ?? 0) - (b.pod.pod.spec.priority ?? 0);
    return priority || b.usedBytes - b.requestedBytes - (a.usedBytes - a.requestedBytes);
  });
  const first = candidates[0];
  return first === undefined ? undefined : { victim: first.pod, message: evictionMessage(shortage, first.pod.pod, first.byContainer) };
}

function usageOf(resource: StarvedResource, pod: RankedPod): ReadonlyMap<string, number> {
  const used = resource === "memory" ? [...pod.usage()].map(([name, { memoryBytes }]) => [name, memoryBytes] as const) : [...pod.diskUse().containers];
  return new Map(used.map(([name, bytes]) => [name, Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES]));
}

function requestOf(container: Pod["spec"]["containers"][number], resource: StarvedResource): string {
  const requests = container.resources?.requests as Record<string, string> | undefined;
  return requests?.[resource] ?? "0";
}

function evictionMessage({ resource, thresholdBytes, availableBytes }: Shortage, pod: Pod, byContainer: ReadonlyMap<string, number>): string {
  let message = `The node was low on resource: ${resource}. Threshold quantity: ${binary(thresholdBytes)}, available: ${binary(availableBytes)}. `;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  for (const [name, usedBytes] of byContainer) {
    const container = containers.find((one) => one.name === name);
    if (container === undefined) continue;
    const request = requestOf(container, resource);
    if (usedBytes > quantityNumber(request)) message += `Container ${name} was using ${binary(usedBytes)}, request is ${request}, has larger consumption of ${resource}. `;
  }
  return message;
}

const limitOf = (container: Pod["spec"]["containers"][number]): string | undefined => (container.resources?.limits as Record<string, string> | undefined)?.["ephemeral-storage"];
const isLimited = (container: Pod["spec"]["containers"][number]): boolean => limitOf(container) !== undefined;

/** Whether anything limits what a pod of this spec takes of the disk: asked of every pod every ten seconds, and nobody changes a spec in place. */
const limitedSpecs = new WeakMap<Pod["spec"], boolean>();

function hasDiskLimit(spec: Pod["spec"]): boolean {
  let known = limitedSpecs.get(spec);
  if (known === undefined) limitedSpecs.set(spec, (known = spec.containers.some(isLimited) || spec.volumes?.some((volume) => volume.emptyDir?.sizeLimit != null) === true));
  return known;
}

/** Why a pod goes that took more of the disk than its own limits allow, whatever the node has left; undefined when it may stay. */
export function localStorageProblem(pod: RankedPod): string | undefined {
  const { spec } = pod.pod;
  if (!hasDiskLimit(spec)) return undefined;
  const hasLimits = spec.containers.some(isLimited);
  const { containers, emptyDirs } = pod.diskUse();
  for (const { name, bytes, sizeLimit } of emptyDirs) {
    if (sizeLimit !== undefined && compareQuantities(sizeLimit, "0") > 0 && bytes > quantityNumber(sizeLimit)) return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(sizeLimit)}. `;
  }
  if (!hasLimits) return undefined;
  const limitBytes = spec.containers.reduce((sum, container) => sum + quantityNumber(limitOf(container)), 0);
  const usedBytes = [...containers.values()].reduce((sum, bytes) => sum + bytes, emptyDirs.reduce((sum, dir) => sum + (dir.isInMemory ? 0 : dir.bytes), 0));
  if (usedBytes > limitBytes) return `Pod ephemeral local storage usage exceeds the total limit of containers ${sumText(spec.containers.flatMap((container) => limitOf(container) ?? []))}. `;
  for (const container of spec.containers) {
    const limit = limitOf(container);
    if (limit !== undefined && (containers.get(container.name) ?? 0) > quantityNumber(limit)) return `Container ${container.name} exceeded its local ephemeral storage limit ${JSON.stringify(limit)}. `;
  }
  return undefined;
}

function sumText(limits: readonly string[]): string {
  return limits.length === 1 ? limits[0]! : binary(limits.reduce((sum, limit) => sum + quantityNumber(limit), 0));
}

function binary(bytes: number): string {
  return formatQuantity({ nano: BigInt(Math.trunc(bytes)) * 1_000_000_000n, format: "BinarySI" });
}

/** What a pod asks of a node: the sum over containers, init containers and overhead as component-helpers `resource.PodRequests` counts it. */
import { quantityMilli, quantityNumber } from "../../lib/quantity.ts";
import type { Container, Pod } from "../kubelet/pod.ts";
import { isRestartableInit } from "../kubelet/pod.ts";

/** Amounts by resource name: cpu in thousandths, everything else in whole units (bytes, devices). */
export type Amounts = Map<string, number>;

/** What a container without a request counts for in scores (scheduler `DefaultMilliCPURequest`, `DefaultMemoryRequest`). */
export const DEFAULT_MILLI_CPU_REQUEST = 100;
export const DEFAULT_MEMORY_REQUEST = 200 * 1024 * 1024;

/** A cluster uses few different amounts many times. */
const amounts = { cpu: new Map<string | number, number>(), other: new Map<string | number, number>() };
const CACHED_COUNT_MAX = 10_000;

export function amountOf(name: string, text: string | number | undefined): number {
  if (text === undefined) return 0;
  const cache = name === "cpu" ? amounts.cpu : amounts.other;
  let amount = cache.get(text);
  if (amount === undefined) {
    amount = name === "cpu" ? quantityMilli(text) : Math.ceil(quantityNumber(text));
    if (cache.size >= CACHED_COUNT_MAX) cache.clear();
    cache.set(text, amount);
  }
  return amount;
}

function containerRequests(container: Container, countMissing: boolean): Amounts {
  const asked: Amounts = new Map();
  const requests = container.resources?.requests as Record<string, string | number> | undefined;
  for (const name in requests) asked.set(name, amountOf(name, requests[name]));
  if (countMissing) {
    if (!asked.has("cpu")) asked.set("cpu", DEFAULT_MILLI_CPU_REQUEST);
    if (!asked.has("memory")) asked.set("memory", DEFAULT_MEMORY_REQUEST);
  }
  return asked;
}

function add(into: Amounts, other: Amounts): void {
  for (const [name, value] of other) into.set(name, (into.get(name) ?? 0) + value);
}

function raise(into: Amounts, other: Amounts): void {
  for (const [name, value] of other) if (value > (into.get(name) ?? 0) || !into.has(name)) into.set(name, value);
}

/** With `countMissing`, containers without a request count with the scheduler's default amounts (scores only, never filters). */
export function podRequests(pod: Pod, countMissing = false): Amounts {
  const total: Amounts = new Map();
  for (const container of pod.spec.containers) add(total, containerRequests(container, countMissing));
  const sidecars: Amounts = new Map();
  const initPeak: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const own = containerRequests(container, countMissing);
    if (isRestartableInit(container)) {
      add(total, own);
      add(sidecars, own);
      raise(initPeak, sidecars);
    } else {
      add(own, sidecars);
      raise(initPeak, own);
    }
  }
  raise(total, initPeak);
  // Pod-level requests replace the sum for the resources that they name.
  const podLevel = pod.spec.resources?.requests as Record<string, string | number> | undefined;
  for (const name in podLevel) total.set(name, amountOf(name, podLevel[name]));
  const overhead = pod.spec.overhead as Record<string, string | number> | undefined;
  for (const name in overhead) total.set(name, (total.get(name) ?? 0) + amountOf(name, overhead[name]));
  return total;
}

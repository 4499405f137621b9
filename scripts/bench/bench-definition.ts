/** What a bench is: one figure, measured in a process of its own, with the goal it is held to. */

import { readFileSync } from "node:fs";

export interface Sample {
  value: number;
  /** CPU time of the measured part in milliseconds: what a busy machine does not change. */
  cpuMs?: number;
  /** Other figures of the same run, for people. */
  notes?: Readonly<Record<string, number | string>>;
}

export interface Bench {
  name: string;
  title: string;
  unit: "ms" | "per second" | "MB";
  /** `max` where less is better, `min` where more is. */
  goal: { max: number } | { min: number };
  /** Runs, each in a fresh process, unless `--repeat` says otherwise. */
  repeatCount: number;
  /** `isFirst`: of the runs of this bench; comparisons that take minutes are made once. */
  measure(isFirst: boolean): Promise<Sample>;
}

/** CPU time of the thread that runs JavaScript: what wall time follows where the machine is quiet. Linux alone tells it on every Node; undefined elsewhere. */
export function mainThreadMs(): number | undefined {
  if (process.platform !== "linux") return undefined;
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
}

/** Wall clock and CPU time of this process for a piece of work, and of its main thread alone where that is known. */
export async function timed<T>(work: () => T | Promise<T>): Promise<{ result: T; wallMs: number; cpuMs: number; threadMs: number | undefined }> {
  const cpuBefore = process.cpuUsage();
  const threadBefore = mainThreadMs();
  const startedMs = performance.now();
  const result = await work();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { result, wallMs, cpuMs: (user + system) / 1000, threadMs: threadBefore === undefined ? undefined : mainThreadMs()! - threadBefore };
}

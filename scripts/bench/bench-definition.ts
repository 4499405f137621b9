/** What a bench is: one figure, measured in a process of its own, with the goal it is held to. */

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

/** Wall clock and CPU time of this process for a piece of work. */
export async function timed<T>(work: () => T | Promise<T>): Promise<{ result: T; wallMs: number; cpuMs: number }> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const result = await work();
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { result, wallMs, cpuMs: (user + system) / 1000 };
}

/** What the figures depend on: the computer, and how busy it is. */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

export interface MachineFacts {
  date: string;
  cpu: string;
  coreCount: number;
  memoryGib: number;
  node: string;
  platform: string;
  /** The system's load average of the last minute; above the number of cores, wall clock times are too long. */
  load: number;
}

export function machineFacts(): MachineFacts {
  return {
    date: new Date().toISOString().slice(0, 16),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    coreCount: availableParallelism(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    platform: `${process.platform}/${process.arch}`,
    load: loadavg()[0]!,
  };
}

import type { LiveCheck } from "./live-check.ts";

const APART_MS_MAX = 1_000;

export const clocksTogether: LiveCheck = {
  id: "clocks-together",
  severity: "error",
  summary: "Clocks of all machines are within a second of each other.",
  why: "Certificates and tokens made on one machine are not valid yet on another whose clock is behind, and etcd warns from a second on. A Raspberry Pi has no clock of its own while it is off.",
  check({ facts }) {
    const offsets = Object.values(facts).map(({ machine, clock }) => ({ machine, ms: clock.offsetMs })).sort((a, b) => a.ms - b.ms);
    const median = offsets[Math.floor((offsets.length - 1) / 2)];
    if (median === undefined) return [];
    return offsets
      .filter(({ ms }) => Math.abs(ms - median.ms) > APART_MS_MAX)
      .map(({ machine, ms }) => ({
        path: ["machines", machine],
        at: "key" as const,
        message: `the clock of ${machine} is ${(Math.abs(ms - median.ms) / 1000).toFixed(1)} s ${ms > median.ms ? "ahead of" : "behind"} that of ${median.machine}`,
        fix: `See \`kubernest exec ${machine} -- timedatectl\`: is anything keeping it, and can it reach its time servers?`,
      }));
  },
};

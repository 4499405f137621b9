import type { LiveCheck } from "./live-check.ts";

/** Firmware, graphics and the kernel keep some: a board of 1 GiB shows 924 Mi. */
const SHARE_MIN = 0.85;

export const memoryAsWritten: LiveCheck = {
  id: "memory-as-written",
  severity: "warning",
  summary: "A machine has the memory that the file says or implies.",
  why: "Rehearsals and predictions place pods by the file's figure; with less, they would not hold. What firmware and graphics keep is allowed for: 924 Mi pass for 1 Gi.",
  check: ({ homelab, facts }) =>
    Object.values(homelab.machines).flatMap((machine) => {
      const bytes = facts[machine.name]?.hardware.memoryBytes;
      if (bytes === undefined || bytes === 0 || bytes >= machine.memory.value * SHARE_MIN) return [];
      const found = `${Math.floor(bytes / 2 ** 20)}Mi`;
      return [{ path: ["machines", machine.name, "memory"], message: `${machine.name} has ${found} of memory, and the file has ${machine.memory.text}`, value: machine.memory.text, expected: found, fix: `Write \`memory: ${found}\`.` }];
    }),
};

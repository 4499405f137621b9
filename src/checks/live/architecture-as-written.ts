import type { LiveCheck } from "./live-check.ts";

export const architectureAsWritten: LiveCheck = {
  id: "architecture-as-written",
  severity: "error",
  summary: "A machine has the architecture that the file says or implies.",
  why: "Binaries and images are chosen by it; those of another architecture do not start. What counts is the user space: a Raspberry Pi may run 32-bit programs on a 64-bit kernel.",
  check: ({ homelab, facts }) =>
    Object.values(homelab.machines).flatMap((machine) => {
      const found = facts[machine.name]?.system.architecture;
      if (found === undefined || found === machine.architecture) return [];
      return [{ path: ["machines", machine.name, "architecture"], message: `${machine.name} is ${found}, and the file has ${machine.architecture}`, value: machine.architecture, expected: found, fix: `Write \`architecture: ${found}\`, or install a system of ${machine.architecture} on it.` }];
    }),
};

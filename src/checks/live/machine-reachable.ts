import type { LiveCheck } from "./live-check.ts";

/** Everything else about a machine is unknown until then. */
export const machineReachable: LiveCheck = {
  id: "machine-reachable",
  severity: "error",
  summary: "Each machine answers over SSH, with a host key that is known and a user who may log in.",
  why: "All that is done on machines goes through one SSH session each; host keys are always verified.",
  check: ({ unreached }) => unreached.filter(({ code }) => !code.startsWith("sudo-")).map(({ machine, message, hint }) => ({ path: ["machines", machine, "address"], message, fix: hint })),
};

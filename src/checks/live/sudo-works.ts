import type { LiveCheck } from "./live-check.ts";

export const sudoWorks: LiveCheck = {
  id: "sudo-works",
  severity: "error",
  summary: "The user who logs in becomes root by sudo.",
  why: "Files under `/etc`, units and packages are root's.",
  check: ({ unreached }) => unreached.filter(({ code }) => code.startsWith("sudo-")).map(({ machine, message, hint }) => ({ path: ["machines", machine], at: "key", message, fix: hint })),
};

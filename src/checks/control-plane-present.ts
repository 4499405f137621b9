/** Someone runs the control plane, and someone runs the apps. */
import type { Check, CheckResult } from "./check.ts";
import { controlPlanes, workers } from "./derived/machines.ts";

export const controlPlanePresent: Check = {
  id: "control-plane-present",
  severity: "error",
  summary: "At least one machine is a control plane, and at least one a worker.",
  why: "Without a control plane there is no API; without a worker every pod stays Pending, because a control plane that is not a worker is tainted.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }`,
    bad: `
      machines: # ✗
        pi1: { address: 192.168.1.11 }
        pi2: { address: 192.168.1.12 }`,
  },
  check({ homelab }) {
    const results: CheckResult[] = [];
    const first = Object.keys(homelab.machines)[0];
    if (controlPlanes(homelab).length === 0) {
      results.push({
        path: ["machines"],
        at: "key",
        message: "no machine is a control plane",
        expected: "a machine with roles: [control-plane, worker]",
        fix: first === undefined ? "Add a machine with roles: [control-plane, worker]." : `Give ${first} roles: [control-plane, worker].`,
      });
    }
    if (workers(homelab).length === 0 && controlPlanes(homelab).length > 0) {
      results.push({
        path: ["machines"],
        at: "key",
        message: "no machine is a worker, and control planes that are not workers take no apps",
        expected: "a machine with the role worker",
        fix: `Give ${controlPlanes(homelab)[0]?.name ?? "a control plane"} roles: [control-plane, worker], or add a worker.`,
      });
    }
    return results;
  },
};

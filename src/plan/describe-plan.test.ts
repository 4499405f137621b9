import { expect, it } from "vitest";
import type { Change } from "../steps/change.ts";
import { describePlan } from "./describe-plan.ts";
import type { Plan } from "./plan.ts";

const change = (summary: string, why: string, over: Partial<Change> = {}): Change => ({ step: "step", summary, why, risk: "safe", run: [{ do: "script", script: { text: "true" }, shown: "true", deadlineMs: 1 }], ...over });
const install = change("install runc 1.4.3", "not there");
const plan: Plan = {
  format: 1, operation: "up", homelab: "maison",
  stages: [{ id: "prepare", title: "Prepare the machines", machines: [
    { machine: "cp1", changes: [install, change("restart containerd", "its binary is new", { risk: "disrupts" })] },
    { machine: "w1", changes: [install] },
    { machine: "w2", changes: [install] },
  ] }],
};

it("says of each machine what is done and why, and the very same of several machines once", () => {
  expect(describePlan(plan, undefined, { brief: true }).split("\n").slice(0, -2)).toEqual([
    "Prepare the machines",
    "  cp1",
    "    + install runc 1.4.3: not there",
    "    ~ restart containerd (disrupts): its binary is new",
    "  w1, w2",
    "    + install runc 1.4.3: not there",
    "",
  ]);
});

it("shows what is run, unless it is to be brief, and ends with a line that counts", () => {
  const text = describePlan(plan);
  expect(text).toContain("    + install runc 1.4.3: not there\n        $ true\n");
  expect(text).toMatch(/\nPlan [0-9a-f]{12}: 4 changes, on 3 machines, 1 disrupts\.\n$/);
});

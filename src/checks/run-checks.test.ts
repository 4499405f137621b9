import { expect, it } from "vitest";
import { loadHomelab } from "../config/load.ts";
import type { Check } from "./check.ts";
import { runChecks } from "./run-checks.ts";

const TODAY = Date.parse("2026-11-01");

async function context(text: string) {
  const { homelab, source, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  expect(findings).toEqual([]);
  if (homelab === undefined) throw new Error("no homelab");
  return { homelab, source, today: TODAY };
}

function rule(id: string, check: Check["check"]): Check {
  return { id, severity: "warning", summary: "A rule.", why: "For a test.", examples: { good: "", bad: "" }, check };
}

it("sorts by place, skips what is ignored, and lets a result be graver than its rule", async () => {
  const found = runChecks(await context("name: maison\nmachines:\n  pi1: { roles: [control-plane, worker] }\n"), {
    ignore: ["never"],
    checks: [
      rule("later", () => [{ path: ["machines", "pi1"], at: "key", message: "b", fix: "f" }]),
      rule("never", () => [{ path: [], message: "x", fix: "f" }]),
      rule("first", () => [{ path: ["name"], message: "a", fix: "f", severity: "error", value: "maison" }]),
    ],
  });
  expect(found).toEqual([
    { id: "first", severity: "error", path: ["name"], file: "homelab.yaml", line: 1, column: 7, message: "a", value: "maison", fix: "f" },
    { id: "later", severity: "warning", path: ["machines", "pi1"], file: "homelab.yaml", line: 3, column: 3, message: "b", fix: "f" },
  ]);
});

it("points at the only item of a list that is written without one", async () => {
  const text = "name: maison\nmachines: { pi1: { roles: [control-plane, worker] } }\nkubernetes:\n  network:\n    pods: 10.42.0.0/16\n";
  const [found] = runChecks(await context(text), { checks: [rule("r", () => [{ path: ["kubernetes", "network", "pods", 0], message: "m", fix: "f" }])] });
  expect([found?.line, found?.column]).toEqual([5, 11]);
});

it("says once what several machines get from one anchor", async () => {
  const text = `name: maison
machines:
  pi1: &pi
    roles: [control-plane, worker]
    memory: 256Mi
  pi2: *pi
  pi3: { memory: 256Mi }
`;
  const found = runChecks(await context(text)).filter((finding) => finding.id === "memory-for-role");
  expect(found.map((finding) => [finding.line, finding.message])).toEqual([
    [5, "pi1 has 256Mi of memory, less than kubelet.memoryMin (512Mi) (pi2 alike)"],
    [7, "pi3 has 256Mi of memory, less than kubelet.memoryMin (512Mi)"],
  ]);
});

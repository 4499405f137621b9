import { describe, expect, it } from "vitest";
import { changedSecrets, type Plan, planHash, type PlannedStage } from "../plan/plan.ts";
import type { WantedCluster } from "./cluster-work.ts";
import { planSecrets } from "./plan-secrets.ts";

const write = (path: string, values: readonly string[]) => ({ do: "write-file" as const, path, content: { text: "", values }, mode: "0600", owner: "root:root", before: undefined, keepsOriginal: true });
const STAGES: readonly PlannedStage[] = [
  {
    id: "prepare",
    title: "",
    machines: [
      {
        machine: "cp1",
        changes: [
          { step: "a", summary: "", why: "", risk: "safe", run: [write("/a", ["ENCRYPTION_KEY", "BOOTSTRAP_TOKEN"]), { do: "guarded", run: [write("/b", ["JSON:SECRET:wifi"])], revert: "", revertAfterMs: 1, whatIf: "" }] },
          { step: "b", summary: "", why: "", risk: "safe", run: [{ do: "script", script: { text: "", values: ["SECRET:new"] }, shown: "", deadlineMs: 1 }] },
        ],
      },
    ],
  },
  { id: "apps", title: "", machines: [], objects: [{ object: "Secret shop/smtp", action: "change", risk: "safe", diff: "" }] },
];
const secret = (name: string, secretNames: Record<string, string>) => ({ object: { apiVersion: "v1", kind: "Secret", metadata: { namespace: "shop", name } }, secretNames });
const none = { objects: [], charts: [] };
const WANTED = { stages: { network: none, platform: none, apps: { objects: [secret("smtp", { password: "smtp.password" }), secret("as-it-is", { key: "untouched" })], charts: [] } }, names: [], failures: [] } as unknown as WantedCluster;

describe("what a plan says of secrets", () => {
  const values: Record<string, string> = { "kubernetes-encryption-key": "1", wifi: "2", "smtp.password": "3", untouched: "4" };
  const plan = (digestOf: (name: string) => string | undefined): Plan => ({ format: 1, operation: "up", homelab: "maison", stages: STAGES, ...{ secrets: planSecrets(STAGES, WANTED, digestOf)! } });
  const digests = (name: string): string | undefined => (values[name] === undefined ? undefined : `d${values[name]}`);

  it("is a digest of each that it puts somewhere and that has a value", () => {
    expect(planSecrets(STAGES, WANTED, digests)).toEqual({ "kubernetes-encryption-key": "d1", "smtp.password": "d3", wifi: "d2" });
    expect(planSecrets(STAGES, WANTED, () => undefined)).toBeUndefined();
  });

  it("makes it another plan when a value is another, and one that is approved notices", () => {
    const approved = plan(digests);
    const other = (name: string): string | undefined => (name === "wifi" ? "d9" : digests(name));
    expect(planHash(plan(other))).not.toBe(planHash(approved));
    expect(changedSecrets(approved, other)).toEqual(["wifi"]);
    expect(changedSecrets(approved, (name) => (name === "wifi" ? undefined : digests(name)))).toEqual(["wifi"]);
    expect(changedSecrets(approved, digests)).toEqual([]);
    // What is not touched may change.
    expect(changedSecrets(approved, (name) => (name === "untouched" ? "d9" : digests(name)))).toEqual([]);
  });
});

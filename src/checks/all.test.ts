/** Every rule runs its own examples: the good one must pass it, the bad one must be reported exactly on the lines it marks. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadHomelab } from "../config/load.ts";
import { allChecks } from "./all.ts";
import type { Check } from "./check.ts";
import { completeExample, markedLines } from "./complete-example.ts";
import { runChecks } from "./run-checks.ts";

/** Within the table of versions, so that "supported" does not change with the calendar. */
const TODAY = Date.parse("2026-11-01T12:00:00Z");

const NOT_RULES = new Set(["all", "check", "run-checks", "check-file", "complete-example", "rules-page"]);

async function findings(check: Check, which: "good" | "bad") {
  const text = completeExample(check.examples[which]);
  const loaded = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  expect(loaded.findings, `${check.id}'s ${which} example must load:\n${text}`).toEqual([]);
  if (loaded.homelab === undefined) throw new Error("no homelab, and no finding");
  const { facts, secretNames } = check.examples;
  return runChecks({ homelab: loaded.homelab, source: loaded.source, today: TODAY, facts: facts?.[which], secretNames });
}

describe.each(allChecks.map((check) => [check.id, check] as const))("%s", (_id, check) => {
  it("passes its good example, which no other rule calls an error", async () => {
    const found = await findings(check, "good");
    expect(found.filter((finding) => finding.id === check.id || finding.severity === "error").map((finding) => `${finding.id}: ${finding.message}`)).toEqual([]);
  });

  it("finds its bad example, on the marked lines", async () => {
    const own = (await findings(check, "bad")).filter((finding) => finding.id === check.id);
    expect(own.map((finding) => finding.line)).toEqual(markedLines(check.examples.bad));
    expect(own.length).toBeGreaterThan(0);
    for (const finding of own) {
      expect(finding.fix, "a finding says how to mend it").toBeTruthy();
      expect(finding.message).not.toMatch(/undefined|NaN|\[object|Infinity/);
      expect(finding.message).toMatch(/[^.]$/);
      expect(finding.severity === "info" || finding.expected !== undefined || check.severity !== "error" || finding.fix !== undefined).toBe(true);
    }
  });
});

describe("the list of rules", () => {
  it("has every rule's file, named as its id and its export", async () => {
    const files = readdirSync(new URL(".", import.meta.url))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => file.slice(0, -3))
      .filter((name) => !NOT_RULES.has(name));
    expect(allChecks.map((check) => check.id)).toEqual([...files].sort());
    for (const file of files) {
      const module = (await import(/* @vite-ignore */ new URL(`${file}.ts`, import.meta.url).href)) as Record<string, unknown>;
      expect(Object.keys(module)).toEqual([file.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]);
    }
  });

  it("says of each rule what must hold and why", () => {
    for (const check of allChecks) {
      expect(check.summary, check.id).toMatch(/^[A-Z`].*\.$/);
      expect(check.why, check.id).toMatch(/^[A-Za-z`'].*[.)]$/);
    }
  });
});

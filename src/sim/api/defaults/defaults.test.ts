import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { applyDefaults } from "./apply-defaults.ts";
import { prepareForCreate } from "../strategy/strategy.ts";

/** What a real API server (1.36.3) stored for each object, apart from what it allocated. */
const recorded = readFileSync(new URL("./recorded-defaults.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line));

describe("defaults equal those of a real API server", () => {
  test.each(recorded.map((entry, index) => [`${index} ${entry.object.kind}`, entry]))("%s", (_name, { object, stored }) => {
    const fresh = structuredClone(object);
    applyDefaults(fresh);
    prepareForCreate(fresh);
    if (stored.metadata.namespace) fresh.metadata.namespace ??= stored.metadata.namespace;
    expect(fresh).toEqual(stored);
  });
});

test("applying defaults twice changes nothing more", () => {
  for (const { object } of recorded) {
    applyDefaults(object);
    const once = structuredClone(object);
    applyDefaults(object);
    expect(object).toEqual(once);
  }
});

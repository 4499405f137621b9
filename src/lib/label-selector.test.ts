import { describe, expect, it } from "vitest";
import { labelsInclude, selectorIsEmpty, selectorMatches } from "./label-selector.ts";

describe("a label selector", () => {
  const labels = { app: "web", tier: "front" };

  it.each([
    [{ matchLabels: { app: "web" } }, true],
    [{ matchLabels: { app: "db" } }, false],
    [{ matchExpressions: [{ key: "app", operator: "In", values: ["db", "web"] }] }, true],
    [{ matchExpressions: [{ key: "zone", operator: "In", values: ["attic"] }] }, false],
    [{ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["attic"] }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    [{ matchExpressions: [{ key: "tier", operator: "Unheard" }] }, false],
    // Empty is everything, missing is nothing.
    [{}, true],
    [undefined, false],
    [null, false],
  ])("%j", (selector, matches) => {
    expect(selectorMatches(selector, labels)).toBe(matches);
  });

  it("is empty only without any requirement", () => {
    expect([selectorIsEmpty({}), selectorIsEmpty(undefined), selectorIsEmpty({ matchLabels: { a: "b" } })]).toEqual([true, true, false]);
    expect(labelsInclude(undefined, { a: "b" })).toBe(false);
    expect(labelsInclude(undefined, undefined)).toBe(true);
  });
});

import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["90s", 90_000],
  ["2m", 120_000],
  ["1h30m", 5_400_000],
  ["7d", 604_800_000],
  ["4w", 2_419_200_000],
  ["250ms", 250],
  ["1.5h", 5_400_000],
])("%s is %i ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(["", "2", "m", "2 m", "-2m", "2y", "2m3", "99999999999999999999w"])("%j is not a duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

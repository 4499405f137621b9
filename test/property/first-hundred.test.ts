/** Half of the two hundred small homelabs by chance of the suite: in two files, so that two cores share them. */
import { expect, it } from "vitest";
import { failuresOf } from "./small-trials.ts";

it("a hundred small homelabs come right again, and nothing that must not happens on the way", { timeout: 180_000 }, async () => {
  expect(await failuresOf(1, 100)).toEqual([]);
});

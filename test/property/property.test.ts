/** That trials come to the same log twice, see a mistake, shrink it, and name it. Those that must hold: `first-hundred.test.ts`, `second-hundred.test.ts`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MISTAKES, withMistake } from "./mistakes.ts";
import { type Failure, runTrial } from "./run-trial.ts";
import { shrink } from "./shrink.ts";
import { smallTrialOf, trialOf } from "./by-chance.ts";
import { trialText } from "./trial-text.ts";
import { without } from "./trial.ts";

it("one seed, one log", { timeout: 60_000 }, async () => {
  for (const seed of [3, 11]) {
    const [once, again] = [await runTrial(smallTrialOf(seed)), await runTrial(smallTrialOf(seed))];
    expect(once.changeCount).toBeGreaterThan(50);
    expect(again).toEqual(once);
  }
});

it("a failing trial is made small: what is not needed for the failure goes, and what an event strikes stays", async () => {
  const trial = trialOf(2);
  const needed = ["m1", "a2", "e4"];
  const fails = (less: typeof trial): Promise<Failure | undefined> => Promise.resolve(needed.every((id) => [...less.machines, ...less.apps, ...less.steps].some((one) => one.id === id)) ? { what: "podsFit", why: "", atMs: 0 } : undefined);
  const { trial: small, removed } = await shrink(trial, { what: "podsFit", why: "", atMs: 0 }, fails);
  expect([small.machines, small.apps, small.steps].map((things) => things.map(({ id }) => id))).toEqual([["m1", "m2"], ["a2"], ["e4"]]);
  expect(without(trial, removed)).toEqual(small);
  expect(trialText(small)).toContain("# e4  +565 s  partition m1, for 714 s");
});

it("of what strikes several machines the rest is left: a side that would be all of them is none", () => {
  const [split, off] = [trialOf(3), trialOf(32)];
  const textOf = (trial: typeof split, gone: string[]): string => trialText(without(trial, gone)!).split("# then")[1]!;
  expect([textOf(split, []), textOf(split, ["m3"]), textOf(split, ["m2", "m4"])].map((text) => /partition [m\d,]+(?=,)/.exec(text)?.[0])).toEqual(["partition m1,m3,m5", "partition m1,m5", undefined]);
  expect([textOf(off, []), textOf(off, ["m3"])].map((text) => /one of ([m\d, ]+) is drained/.exec(text)?.[1])).toEqual(["m3, m1", "m1"]);
});

it("a server that comes back without the API having been away is given its volumes", { timeout: 60_000 }, async () => {
  // Longhorn, three servers, one of them for 19 s on a side of its own: nobody looked at the volume again once it heard the API.
  const trial = without(trialOf(27), ["e1", "e2", "e4", "e5", "a1", "a3", "a4", "a5"])!;
  expect(trialText(trial)).toContain("partition m3, for 19 s");
  expect((await runTrial(trial)).failure).toBe(undefined);
});

it("every planted mistake still has its place in the source", () => {
  for (const mistake of MISTAKES) {
    const text = readFileSync(join(import.meta.dirname, "../..", mistake.file), "utf8");
    expect(withMistake(mistake, text), mistake.name).not.toBe(text);
  }
});

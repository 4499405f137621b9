/** A part of the trials of `npm run property`, small ones; two of them twice, to the same log; and that the trials see a mistake, shrink it, and name it. */
import { expect, it } from "vitest";
import { type Failure, runTrial } from "./run-trial.ts";
import { shrink } from "./shrink.ts";
import { smallTrialOf, trialOf, trialText, without } from "./trial.ts";

const SEEDS = 25;

it(`${SEEDS} small homelabs come right again, and nothing that must not happens on the way`, { timeout: 180_000 }, async () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure } = await runTrial(smallTrialOf(seed));
    if (failure !== undefined) failures.push(`npm run property -- --small --seed ${seed} --runs 1: ${failure.what}: ${failure.why}`);
  }
  expect(failures).toEqual([]);
});

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
  expect(trialText(small)).toContain("# e4  +565 s");
});

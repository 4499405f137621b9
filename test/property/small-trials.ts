/** Small trials of `npm run property` as a test: each that fails, with what was wrong and the command that replays it. */
import { smallTrialOf } from "./by-chance.ts";
import { runTrial } from "./run-trial.ts";

export async function failuresOf(firstSeed: number, count: number): Promise<string[]> {
  const failures: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { failure } = await runTrial(smallTrialOf(seed));
    if (failure !== undefined) failures.push(`npm run property -- --small --seed ${seed} --runs 1: ${failure.what}: ${failure.why}`);
  }
  return failures;
}

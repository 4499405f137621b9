/** `npm run property -- [--seed N] [--runs N] [--small] [--without m2,a1,e3] [--all]`: trials from a seed on; the first that fails is shrunk and told with the command that replays it. With `--all` every one that fails is told, as it is. */
import { parseArgs } from "node:util";
import { type Failure, runTrial } from "./run-trial.ts";
import { shrink } from "./shrink.ts";
import { smallTrialOf, trialOf } from "./by-chance.ts";
import { trialText } from "./trial-text.ts";
import { without } from "./trial.ts";

const RUNS_DEFAULT = 2000;
const PROGRESS_RUNS = 100;

const { values } = parseArgs({ options: { seed: { type: "string" }, runs: { type: "string" }, without: { type: "string" }, small: { type: "boolean" }, unshrunk: { type: "boolean" }, all: { type: "boolean" } } });
const number = (text: string | undefined, otherwise: number): number => {
  if (text !== undefined && !/^\d+$/.test(text)) {
    console.error(`${text} is no number. Try: npm run property -- --seed 1 --runs 200`);
    process.exit(1);
  }
  return text === undefined ? otherwise : Number(text);
};
const first = number(values.seed, 1);
const runs = number(values.runs, values.without === undefined ? RUNS_DEFAULT : 1);
const taken = values.without?.split(",").filter(Boolean) ?? [];
const told = ({ what, why, atMs }: Failure): string => `${what}, ${Math.round(atMs / 1000)} s after the cluster began: ${why}`;

console.log(`trials ${first} to ${first + runs - 1}`);
let changes = 0;
let failures = 0;
const beganMs = process.cpuUsage().user / 1000;
for (let seed = first; seed < first + runs; seed++) {
  const trial = without(values.small ? smallTrialOf(seed) : trialOf(seed), taken);
  if (trial === undefined) {
    console.error("nothing is left of the trial without these");
    process.exit(1);
  }
  const { failure, changeCount } = await runTrial(trial);
  changes += changeCount;
  if (failure !== undefined) {
    console.log(`seed ${seed} failed: ${told(failure)}`);
    failures++;
  }
  if (failure !== undefined && !values.all) {
    const { trial: small, removed, failure: last } = values.unshrunk ? { trial, removed: [], failure } : await shrink(trial, failure, async (less) => (await runTrial(less)).failure);
    const left = [...taken, ...removed];
    console.log(`\n${trialText(small)}\n\n${told(last)}\n\nreplay: npm run property -- ${values.small ? "--small " : ""}--seed ${seed} --runs 1${left.length > 0 ? ` --without ${left.join(",")}` : ""}`);
    process.exit(1);
  }
  if ((seed - first + 1) % PROGRESS_RUNS === 0) console.log(`${seed - first + 1} of ${runs} ${failures > 0 ? `tried, ${failures} failed` : "held"}; ${changes} changes looked at, ${((process.cpuUsage().user / 1000 - beganMs) / (seed - first + 1)).toFixed(0)} ms of processor for each trial`);
}
console.log(`${failures > 0 ? `${failures} of ${runs} failed` : `all ${runs} held`}: ${changes} changes looked at`);
process.exitCode = failures > 0 ? 1 : 0;

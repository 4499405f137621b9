/**
 * `npm run bench`: every figure the project is held to, each run in a fresh process from the same bundle that ships, with the machine's facts.
 * Exits 0 when all ran, whatever the goals: a figure is to be read, not to fail a build on a busy machine.
 */
import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { Bench, Sample } from "./bench-definition.ts";
import { BENCHES } from "./benches.ts";
import { buildBenches } from "./build-benches.ts";
import { machineFacts } from "./machine-facts.ts";

const HELP = `npm run bench -- [--only NAME[,NAME…]] [--repeat N] [-o table|json] [--real] [--profile DIR]

  --only NAME    only these: ${BENCHES.map((bench) => bench.name).join(", ")}
  --repeat N     runs of each, each in a fresh process
  -o json        every sample, on stdout
  --real         also the 1,000-replica Deployment on KWOK with a real control plane (npm run real-kubernetes)
  --profile DIR  leave a CPU profile of each run there
`;
const RUN_DEADLINE_MS = 300_000;
const BUNDLE = "node_modules/.cache/kubernest-bench";

interface Result {
  name: string;
  title: string;
  unit: string;
  goal: Bench["goal"] | undefined;
  isMet: boolean | undefined;
  min: number;
  median: number;
  max: number;
  cpuMedianMs: number | undefined;
  load: number;
  samples: Sample[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: "string" }, repeat: { type: "string" }, output: { type: "string", short: "o", default: "table" }, real: { type: "boolean", default: false }, profile: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const names = values.only?.split(",");
  const unknown = names?.filter((name) => !BENCHES.some((bench) => bench.name === name)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`there is no bench ${unknown.join(", ")}\n${HELP}`);
    return 1;
  }
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const facts = machineFacts();
  say(`${facts.date} · ${facts.cpu}, ${facts.coreCount} cores, ${facts.memoryGib} GiB · Node ${facts.node} ${facts.platform} · load ${facts.load.toFixed(1)}`);
  await buildBenches(BUNDLE);

  const results: Result[] = [];
  let failureCount = 0;
  for (const bench of BENCHES) {
    if (names !== undefined && !names.includes(bench.name)) continue;
    try {
      const result = await repeat(bench, Number(values.repeat ?? bench.repeatCount), values.profile);
      results.push(result);
      if (values.output !== "json") process.stdout.write(`${line(result)}\n`);
    } catch (error) {
      failureCount++;
      say(`${bench.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (values.real) {
    const { realDeployment } = await import("./real-deployment.ts");
    const real = await realDeployment(say);
    if (real === undefined) say("real-deployment: skipped");
    else {
      const result = summary({ name: "real-deployment", title: "the same Deployment on KWOK and a real control plane", unit: "ms", goal: undefined }, [real]);
      results.push(result);
      if (values.output !== "json") process.stdout.write(`${line(result)}\n`);
    }
  }
  if (values.output === "json") process.stdout.write(`${JSON.stringify({ machine: facts, results }, undefined, 2)}\n`);
  return failureCount > 0 ? 1 : 0;
}

async function repeat(bench: Bench, count: number, profileDirectory: string | undefined): Promise<Result> {
  const samples: Sample[] = [];
  const flags = profileDirectory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${join(profileDirectory, bench.name)}`];
  for (let run = 0; run < count; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(BUNDLE, "measure.mjs"), bench.name, ...(run === 0 ? [] : ["again"])], { timeout: RUN_DEADLINE_MS });
    samples.push(JSON.parse(stdout) as Sample);
  }
  return summary(bench, samples);
}

function summary(bench: { name: string; title: string; unit: string; goal: Bench["goal"] | undefined }, samples: Sample[]): Result {
  const sorted = samples.map((sample) => sample.value).sort((a, b) => a - b);
  const median = middle(sorted);
  const cpu = samples.flatMap((sample) => (sample.cpuMs === undefined ? [] : [sample.cpuMs]));
  return {
    name: bench.name,
    title: bench.title,
    unit: bench.unit,
    goal: bench.goal,
    isMet: bench.goal === undefined ? undefined : "max" in bench.goal ? median <= bench.goal.max : median >= bench.goal.min,
    min: sorted[0]!,
    median,
    max: sorted.at(-1)!,
    cpuMedianMs: cpu.length === 0 ? undefined : middle(cpu.sort((a, b) => a - b)),
    load: loadavg()[0]!,
    samples,
  };
}

const middle = (sorted: readonly number[]): number => (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

function line(result: Result): string {
  const { goal } = result;
  const target = goal === undefined || ("min" in goal && goal.min === 0) ? "" : `; goal ${"max" in goal ? "≤" : "≥"} ${number("max" in goal ? goal.max : goal.min)}: ${result.isMet ? "met" : "missed"}`;
  const cpu = result.cpuMedianMs === undefined ? "" : `, CPU ${number(result.cpuMedianMs)} ms`;
  const latest: Record<string, number | string> = Object.assign({}, ...result.samples.map((sample) => sample.notes));
  const notes = Object.entries(latest).map(([name, value]) => `${name} ${typeof value === "number" ? number(value) : value}`);
  return `${result.title}: ${number(result.median)} ${result.unit} (min ${number(result.min)}, max ${number(result.max)}, ${result.samples.length} runs${cpu}, load ${result.load.toFixed(1)}${target})${notes.length > 0 ? `\n    ${notes.join(" · ")}` : ""}`;
}

process.exitCode = await main();

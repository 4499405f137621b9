/**
 * How quick a proof is, and how its time grows: `npm run bench:prove`. One loss with its recovery on a home of five machines and a hundred pods; all losses and pairs of a home
 * with thirty elements by the real command; then one loss for more and more machines and pods, each size in a process of its own. `--large` goes on to a thousand machines, `--huge` to
 * five thousand as well, which takes a quarter of an hour and 10 GB.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lossesOf, pairsOf } from "../../../src/scenarios/scenario.ts";
import { buildOneLoss } from "../build-benches.ts";
import { machineFacts } from "../machine-facts.ts";
import { homeOfSize, type HomeSize } from "./home-of-size.ts";

const SMALL: HomeSize = { machineCount: 5, podCount: 100 };
/** Eight machines with three losses each, and six parts of the site: thirty elements. */
const THIRTY: HomeSize = { machineCount: 9, podCount: 100 };
const SIZES: readonly HomeSize[] = [SMALL, { machineCount: 20, podCount: 600 }, { machineCount: 50, podCount: 1_500 }, { machineCount: 200, podCount: 6_000 }];
const LARGE: HomeSize = { machineCount: 1_000, podCount: 30_000 };
const HUGE: HomeSize = { machineCount: 5_000, podCount: 150_000 };
/** What V8 may take for objects. It collects less while it has room: what is resident says what was taken, not what is needed. */
const HEAP_MIB = 1_600;
const HEAP_MIB_HUGE = 12_000;
/** What the threads of a proof have (a third of `maxYoungGenerationSizeMb`). */
const SEMI_SPACE_MIB = 64;
const BUNDLE = "node_modules/.cache/kubernest-bench-prove";

export interface OneLoss {
  machines: number;
  pods: number;
  upMs: number;
  upCpuMs: number;
  /** The first one of a process, which is compiled while it runs. */
  firstMs: number;
  scenarioMs: number;
  scenarioCpuMs: number;
  virtualMinutes: number;
  residentMib: number;
}

function oneLoss(size: HomeSize): OneLoss {
  const ended = spawnSync(process.execPath, [`--max-old-space-size=${size.machineCount > LARGE.machineCount ? HEAP_MIB_HUGE : HEAP_MIB}`, `--max-semi-space-size=${SEMI_SPACE_MIB}`, join(BUNDLE, "one-loss.mjs"), String(size.machineCount), String(size.podCount)], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (ended.status !== 0) throw new Error(`${size.machineCount} machines: the measurement ended with ${ended.status}`);
  return JSON.parse(ended.stdout) as OneLoss;
}

function allPairs(size: HomeSize, options: readonly string[], what: string): void {
  const directory = mkdtempSync(join(tmpdir(), "kubernest-bench-prove-"));
  try {
    writeFileSync(join(directory, "homelab.yaml"), homeOfSize(size));
    const startedMs = performance.now();
    const ended = spawnSync(process.execPath, ["dist/main.mjs", "prove", "-c", join(directory, "homelab.yaml"), "--faults", "pairs", "-o", "json", ...options], { encoding: "utf8", maxBuffer: 1 << 28 });
    const seconds = (performance.now() - startedMs) / 1000;
    const { scenarios } = JSON.parse(ended.stdout) as { scenarios: unknown[] };
    console.log(`all losses and pairs of ${size.machineCount} machines (${scenarios.length} scenarios, each with its recovery), coming up included, ${what}: ${seconds.toFixed(1)} s, ${((seconds * 1000) / scenarios.length).toFixed(0)} ms each (goal: 465 in 30 s on two cores)`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await buildOneLoss(BUNDLE);
const facts = machineFacts();
console.log(`${facts.date} · ${facts.cpu}, ${facts.coreCount} cores, ${facts.memoryGib} GiB · Node ${facts.node} ${facts.platform} · load ${facts.load.toFixed(1)}`);
const small = oneLoss(SMALL);
console.log(`one loss with its recovery, ${small.machines} machines, ${small.pods} pods, ${small.virtualMinutes.toFixed(0)} virtual minutes: ${small.scenarioMs.toFixed(0)} ms median (goal: 50 ms for 20 minutes), CPU ${small.scenarioCpuMs.toFixed(0)} ms; the first of a process ${small.firstMs.toFixed(0)} ms`);
allPairs(THIRTY, ["--placements", "0"], "pods placed as the seed draws");
allPairs(THIRTY, [], "each on the placement that is worst for it");
const isHuge = process.argv.includes("--huge");
for (const size of [...SIZES.slice(1), ...(isHuge || process.argv.includes("--large") ? [LARGE] : []), ...(isHuge ? [HUGE] : [])]) {
  const { machines, pods, upMs, upCpuMs, scenarioMs, scenarioCpuMs, virtualMinutes, residentMib } = oneLoss(size);
  const seconds = (ms: number, cpuMs: number): string => `${(ms / 1000).toFixed(1)} s (CPU ${(cpuMs / 1000).toFixed(1)})`;
  console.log(`${machines} machines, ${pods} pods: up after ${seconds(upMs, upCpuMs)}, one loss ${seconds(scenarioMs, scenarioCpuMs)}, ${virtualMinutes.toFixed(0)} virtual minutes, ${residentMib.toFixed(0)} MiB resident`);
}
const pairCount = (elementCount: number): number => elementCount + pairsOf(lossesOf({ machines: [], siteParts: Array.from({ length: elementCount }, (_, index) => `part${index}`) })).length;
console.log(`scenarios grow with the square of the elements: 15 make ${pairCount(15)}, 30 make ${pairCount(30)}, 60 make ${pairCount(60)}`);

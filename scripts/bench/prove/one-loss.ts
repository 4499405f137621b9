/** One loss on a homelab of a size, measured in this process: `one-loss.ts MACHINES PODS`, the result as JSON. */
import { certificateAuthority } from "../../../src/adapters/certificate-authority.ts";
import { homelabOf, virtualRehearsal } from "../../../test/rehearse/virtual-rehearsal.ts";
import { runFromStart } from "../../../src/rehearse/prove/run-from-start.ts";
import { WarmClusters, type WarmStart, warmStartOf } from "../../../src/rehearse/prove/warm-start.ts";
import { losing } from "../../../src/scenarios/scenario.ts";
import { timed } from "../bench-definition.ts";
import type { OneLoss } from "./bench-prove.ts";
import { homeOfSize } from "./home-of-size.ts";

const [machineCount = 5, podCount = 100] = process.argv.slice(2).map(Number);
/** Enough for the compiler to be done with it (a proof of a home with thirty elements has hundreds); large ones take long enough as it is. */
const [RUN_COUNT, COLD_COUNT] = machineCount <= 10 ? [60, 30] : machineCount <= 50 ? [15, 5] : [1, 0];
const MIB = 1024 ** 2;
const MINUTE_MS = 60_000;

const homelab = await homelabOf("homelab.yaml", homeOfSize({ machineCount, podCount }));
const { start, up } = await comeUp();
const clusters = new WarmClusters(homelab, start, certificateAuthority("kubernest-bench", 0, Date.UTC(2100, 0)), () => undefined);
const runs: { wallMs: number; cpuMs: number; virtualMinutes: number }[] = [];
for (let run = 0; run < RUN_COUNT; run++) {
  const { result, wallMs, cpuMs } = await timed(() => runFromStart(clusters, homelab, losing([{ id: "power-off", target: `m${machineCount}` }])));
  if (result.unwell.length > 0) throw new Error(`it did not come back: ${result.unwell.join(", ")}`);
  runs.push({ wallMs, cpuMs, virtualMinutes: (result.faultMs + result.recoveryMs) / MINUTE_MS });
}
const later = runs.slice(COLD_COUNT);
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const result: OneLoss = {
  machines: machineCount,
  pods: podCount,
  upMs: up.wallMs,
  upCpuMs: up.cpuMs,
  firstMs: runs[0]!.wallMs,
  scenarioMs: median(later.map(({ wallMs }) => wallMs)),
  scenarioCpuMs: median(later.map(({ cpuMs }) => cpuMs)),
  virtualMinutes: later[0]!.virtualMinutes,
  residentMib: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify({ ...result, residentMib: Math.max(result.residentMib, process.memoryUsage().rss / MIB) }));

/** As a proof does: of the cluster that comes up only what others begin with is kept. */
async function comeUp(): Promise<{ start: WarmStart; up: { wallMs: number; cpuMs: number } }> {
  const rehearsal = virtualRehearsal(homelab, { isBreakable: true, isUnread: true, readyWithinMs: 24 * 60 * MINUTE_MS, stalledAfterMs: 60 * MINUTE_MS });
  const { result, wallMs, cpuMs } = await timed(() => rehearsal.settle(() => false));
  if (!result.isReady) throw new Error(`it is not ready: ${result.why}`);
  rehearsal.cluster.run(MINUTE_MS);
  const start = warmStartOf(rehearsal.cluster, "1");
  await rehearsal.close();
  return { start, up: { wallMs, cpuMs } };
}

/**
 * `npm run conformance:failures`: the failure cases on a real control plane, started here, one for each world; what is seen is compared with the embedded cluster in virtual time.
 * With a kubeconfig: on that cluster, the world that needs no hold on its processes. Takes some eight minutes of real time.
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { startRealControlPlane } from "../../real/control-plane.ts";
import { connect, loadTarget } from "../client.ts";
import { FAILURE_WORLDS } from "./cases.ts";
import { compare, hasHappened, TOLERANCES } from "./compare.ts";
import type { FailureWorld } from "./failure-case.ts";
import { predict } from "./predict.ts";
import { loadRecorded, type Recorded, saveRecorded } from "./recordings.ts";
import { runWorld } from "./run-world.ts";
import type { Surroundings } from "./surroundings.ts";

const HELP = `npm run conformance:failures -- [--kubeconfig FILE] [--world ID] [--record] [--table]

  --kubeconfig FILE  on this cluster, whose nodes nobody else may manage: the world "${FAILURE_WORLDS[0]!.id}"
  --world ID         only this one of ${FAILURE_WORLDS.map(({ id }) => id).join(", ")}
  --record           take what is seen as right and store it
  --recorded         run nothing for real: compare with what is stored
  --table            measured against predicted, as Markdown
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function measure(world: FailureWorld, kubeconfig: string | undefined): Promise<Recorded | undefined> {
  const started = kubeconfig === undefined ? await startRealControlPlane(say, { withoutNodes: true }) : undefined;
  if (started?.ok === false) {
    say(`skipped: ${started.why}`);
    return undefined;
  }
  const controlPlane = started?.controlPlane;
  const api = connect(await loadTarget(kubeconfig ?? controlPlane!.kubeconfig));
  const around: Surroundings = {
    call: (call) => api.call(call),
    nowMs: () => Date.now(),
    pass: (ms) => sleep(ms),
    ...(controlPlane === undefined ? {} : { restartControllers: () => controlPlane.restart("kube-controller-manager") }),
  };
  try {
    return await Promise.race([runWorld(around, world, (line) => say(`${world.id}: ${line}`)), controlPlane?.failed ?? new Promise<never>(() => undefined)]);
  } finally {
    await api.close();
    await controlPlane?.stop();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { kubeconfig: { type: "string" }, world: { type: "string" }, record: { type: "boolean" }, recorded: { type: "boolean" }, table: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const possible = values.kubeconfig === undefined ? FAILURE_WORLDS : FAILURE_WORLDS.slice(0, 1);
  const worlds = possible.filter(({ id }) => values.world === undefined || id === values.world);
  if (worlds.length === 0) {
    say(`no world ${values.world}: there are ${possible.map(({ id }) => id).join(", ")}`);
    return 1;
  }
  const stored = await loadRecorded();
  let isSame = true;
  const measured: Recorded = { ...stored };
  const predictions = new Map<string, Recorded>();
  for (const world of worlds) predictions.set(world.id, await predict(world));
  const results = values.recorded ? worlds.map(() => stored) : await Promise.all(worlds.map((world) => measure(world, values.kubeconfig)));
  for (const [index, world] of worlds.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    for (const { id, what, chance } of world.cases) {
      measured[id] = result[id] ?? [];
      const { pairs, wrong } = compare(measured[id], predictions.get(world.id)![id]!, chance);
      isSame &&= wrong.length === 0;
      say(`${wrong.length === 0 ? "same" : "DIFFERENT"}  ${id}: ${what}; ${pairs.length} milestones${hasHappened(measured[id]!, chance) ? `, less what chance did: ${chance!.why}` : ""}`);
      for (const line of wrong) say(`    ${line}`);
    }
  }
  if (values.record) await saveRecorded(measured);
  if (values.table) process.stdout.write(table(worlds, measured, predictions));
  return isSame ? 0 : 1;
}

/** Of each kind of milestone in each case the first and the last, in seconds from the beginning of the case. */
function table(worlds: readonly FailureWorld[], measured: Recorded, predictions: ReadonlyMap<string, Recorded>): string {
  const rows = worlds.flatMap((world) => world.cases.map(({ id, what, chance }) => {
    const { pairs } = compare(measured[id] ?? [], predictions.get(world.id)![id]!, chance);
    const told = pairs.filter(({ text }) => text === "noticed" || /NoExecute$|is to end|bound$|gone$|dropped$|there$/.test(text));
    return `| ${what} | ${told.map(({ text, measuredMs, predictedMs }) => `${text} ${(measuredMs / 1000).toFixed(1)} / ${(predictedMs / 1000).toFixed(1)}`).join("; ") || "nothing"} |`;
  }));
  return ["| case | measured / predicted, seconds |", "| --- | --- |", ...rows, "", ...TOLERANCES.map(([what, , seconds, why]) => `- ${what}: ${seconds} s (${why})`), ""].join("\n");
}

process.exitCode = await main();

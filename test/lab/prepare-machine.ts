/** Prepares one machine as `up` does, and no more: for tests that need no cluster. `plan` or `up`, the file, the machine; what was wanted is printed as JSON. */
import { readFileSync } from "node:fs";
import { realOperationPorts } from "../../src/cli/real-operation-ports.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { loadHomelab } from "../../src/config/load.ts";
import { performPlan } from "../../src/engine/perform-plan.ts";
import { clusterView, governedBy, observe } from "../../src/operations/observe.ts";
import { PREPARE_STEPS } from "../../src/operations/up.ts";
import { decideSteps } from "../../src/plan/decide.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { MachineStage } from "../../src/plan/stage.ts";

const [verb, file, name] = process.argv.slice(2) as [string, string, string];
const { homelab } = await loadHomelab(file, { env: {}, readFile: (path) => readFileSync(path, "utf8") });
if (homelab === undefined) throw new Error(`${file} is not loaded`);
const machine = homelab.machines[name]!;
const ports = realOperationPorts(homelab, processIo(), { report: () => undefined }, () => undefined);
const observed = await observe(homelab, [machine], PREPARE_STEPS, ports, "test", () => undefined);
const failures = [...observed.failures];
const facts = observed.facts[name];
const decided = facts === undefined ? { changes: [], refusals: [] } : decideSteps(PREPARE_STEPS, facts, { homelab, machine, cluster: clusterView(homelab, observed.facts), valueOf: () => undefined, checksumOf: () => undefined });
if (verb === "up" && failures.length === 0 && decided.refusals.length === 0) {
  const stage: MachineStage = { id: "prepare", title: "Prepare", steps: PREPARE_STEPS, machines: () => [machine], atOnce: "all", after: [] };
  const plan: Plan = { format: 1, operation: "up", homelab: homelab.name, stages: [{ id: stage.id, title: stage.title, machines: [{ machine: name, changes: decided.changes }] }] };
  const run = { homelab, stages: [stage], sessions: observed.sessions, ports: observed.sessionPorts, machinesAtOnceMax: 1, checksumOf: () => undefined, governedBy: (all: typeof observed.facts) => governedBy(homelab, all), onFacts: () => undefined, isInterrupted: () => false };
  failures.push(...(await performPlan(plan, run, observed.facts)).failures);
}
await observed.close();
process.stdout.write(`${JSON.stringify({ changes: decided.changes.map(({ step, summary }) => `${step}: ${summary}`), refusals: decided.refusals.map(({ refused }) => refused), failures: failures.map(({ message }) => message) })}\n`);

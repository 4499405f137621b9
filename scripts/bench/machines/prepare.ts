/**
 * Prepares machines as `kubernest up` does, and no more: no cluster is formed. A program of its own, so that its time is all that a user waits for, Node's start included.
 * `prepare.mjs FILE [MACHINE…]` prints what was changed as JSON; `prepare.mjs --script FILE MACHINE` the script that reads that machine.
 */
import { openSecretsOf } from "../../../src/cli/homelab-secrets.ts";
import { loadOrReport } from "../../../src/cli/load-or-report.ts";
import { processIo } from "../../../src/cli/process-io.ts";
import { realOperationPorts } from "../../../src/cli/real-operation-ports.ts";
import { gatherScript } from "../../../src/facts/gather.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../../../src/operations/perform-up.ts";
import { planUp } from "../../../src/operations/plan-up.ts";
import { PREPARE_STEPS, UP_MACHINE_STAGES } from "../../../src/operations/up.ts";
import { questionsOf } from "../../../src/plan/decide.ts";

export interface Prepared {
  /** `MACHINE: what was done`. */
  readonly changes: readonly string[];
  readonly failures: readonly string[];
}

const isScript = process.argv[2] === "--script";
const [file, ...names] = process.argv.slice(isScript ? 3 : 2) as [string, ...string[]];
const io = processIo();
// Read, checked and opened as for `up`, secrets too: that is part of what a user waits for.
const homelab = await loadOrReport(file, io);
if (typeof homelab === "number") process.exit(homelab);
const machines = (names.length === 0 ? Object.keys(homelab.machines) : names).map((name) => homelab.machines[name]!);

if (isScript) {
  const want = { homelab, machine: machines[0]!, cluster: { machines: {}, governedBy: undefined }, valueOf: () => undefined, checksumOf: () => undefined };
  process.stdout.write(gatherScript(questionsOf(PREPARE_STEPS, want), "0123456789abcdef"));
} else {
  const stages = UP_MACHINE_STAGES.filter(({ id }) => id === "prepare").map((stage) => ({ ...stage, machines: () => machines }));
  const secrets = await openSecretsOf(homelab, file, io);
  if (typeof secrets === "number") process.exit(secrets);
  const ports = realOperationPorts(homelab, io, { report: () => undefined }, (name) => secrets.get(name));
  const planned = await planUp(homelab, ports, "prepare", { operation: "prepare", machines, stages, isInCluster: false });
  const failures = [...planned.failures.map(({ message }) => message), ...planned.refusals.map(({ machine, refused }) => `${machine}: ${refused}`)];
  const changes = planned.plan.stages.flatMap((stage) => stage.machines.flatMap(({ machine, changes: all }) => all.map(({ step, summary }) => `${machine}: ${step}: ${summary}`)));
  if (failures.length === 0 && changes.length > 0 && process.env["PLAN_ONLY"] === undefined) {
    const result = await performUp(homelab, planned.plan, planned, ports, [], { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted: () => false });
    failures.push(...result.failures.map(({ message, output }) => `${message}\n${output.join("\n")}`));
  }
  await planned.close();
  process.stdout.write(`${JSON.stringify({ changes, failures } satisfies Prepared)}\n`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/**
 * Prepares machines as `kubernest up` does, and no more: no cluster is formed. For tests that need none, and for measuring: a program of its own, so that its time is all that a user
 * waits for. `plan|up|script FILE [MACHINE…]`: what was wanted, refused and failed is printed as JSON; `script` prints what reads the machine.
 */
import { openSecretsOf } from "../../src/cli/homelab-secrets.ts";
import { failureText, refusalText } from "../../src/cli/failure-text.ts";
import { loadOrReport } from "../../src/cli/load-or-report.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { realOperationPorts } from "../../src/cli/real-operation-ports.ts";
import { gatherScript } from "../../src/facts/gather.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../../src/operations/perform-up.ts";
import { planUp } from "../../src/operations/plan-up.ts";
import { PREPARE_STEPS, UP_MACHINE_STAGES } from "../../src/operations/up.ts";
import { questionsOf } from "../../src/plan/decide.ts";

export interface Prepared {
  /** `STEP: what is done`, machine by machine. */
  readonly changes: readonly string[];
  readonly refusals: readonly string[];
  readonly failures: readonly string[];
  /** Refusals and failures as `up` prints them. */
  readonly said: string;
}

const [verb, file, ...names] = process.argv.slice(2) as ["plan" | "up" | "script", string, ...string[]];
const io = processIo();

async function main(): Promise<number> {
  // Read, checked and opened as for `up`, secrets too: that is part of what a user waits for.
  const homelab = await loadOrReport(file, io);
  if (typeof homelab === "number") return homelab;
  const machines = (names.length === 0 ? Object.keys(homelab.machines) : names).map((name) => homelab.machines[name]!);

  if (verb === "script") {
    const want = { homelab, machine: machines[0]!, cluster: { machines: {}, governedBy: undefined }, valueOf: () => undefined, checksumOf: () => undefined };
    process.stdout.write(gatherScript(questionsOf(PREPARE_STEPS, want), "0123456789abcdef"));
  } else {
    const secrets = await openSecretsOf(homelab, file, io);
    if (typeof secrets === "number") return secrets;
    const stages = UP_MACHINE_STAGES.filter(({ id }) => id === "prepare").map((stage) => ({ ...stage, machines: () => machines }));
    const ports = realOperationPorts(homelab, io, { report: () => undefined }, (name) => secrets.get(name));
    const planned = await planUp(homelab, ports, "prepare", { operation: "prepare", machines, stages, isInCluster: false, isNeeded: () => true });
    const failures = [...planned.failures];
    const changes = planned.plan.stages.flatMap((stage) => stage.machines.flatMap(({ changes: all }) => all.map(({ step, summary }) => `${step}: ${summary}`)));
    if (verb === "up" && failures.length === 0 && planned.refusals.length === 0 && changes.length > 0) {
      const result = await performUp(homelab, planned.plan, planned, ports, [], { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted: () => false });
      failures.push(...result.failures);
    }
    await planned.close();
    const said = `${failures.length > 0 ? failureText(failures, io) : ""}${planned.refusals.length > 0 ? refusalText(planned.refusals, io) : ""}`;
    process.stdout.write(`${JSON.stringify({ changes, refusals: planned.refusals.map(({ refused }) => refused), failures: failures.map(({ message }) => message), said } satisfies Prepared)}\n`);
  }
  return 0;
}

main().then(
  (code) => void (process.exitCode = code),
  (error: unknown) => {
    // As an error that nobody catches.
    setImmediate(() => {
      throw error;
    });
  },
);

/** What `plan` and `up` begin with: the file, what is not built yet, the secrets, and everything read and decided. Whatever stops there is told. */
import type { Homelab } from "../config/homelab.ts";
import type { StepFailed } from "../engine/step-failed.ts";
import type { SecretAccess } from "../operations/generated-secrets.ts";
import type { OperationPorts } from "../operations/operation-ports.ts";
import { type PlannedUp, planUp, upWork } from "../operations/plan-up.ts";
import { upRefusal, upRefusalText } from "../operations/up-refusal.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { awayText, failureText, refusalText } from "./failure-text.ts";
import { homelabFile } from "./homelab-file.ts";
import { openSecretsOf } from "./homelab-secrets.ts";
import { loadOrReport } from "./load-or-report.ts";
import { operationView } from "./operation-view.ts";
import { realOperationPorts } from "./real-operation-ports.ts";

export interface PlannedFor {
  readonly planned: PlannedUp;
  readonly ports: OperationPorts;
  readonly secrets: SecretAccess;
}

/** The file, where the verb can do what it says; else the exit code. */
export async function loadFor(verb: "plan" | "up", options: Readonly<Record<string, unknown>>, io: CommandIo): Promise<Homelab | number> {
  const homelab = await loadOrReport(homelabFile(options, io), io);
  if (typeof homelab === "number") return homelab;
  const refusal = upRefusal(homelab);
  if (refusal === undefined) return homelab;
  io.stderr(upRefusalText(refusal, verb));
  return EXIT.failed;
}

export interface PlanWishes {
  /** The homelab's, beside which its secrets are. */
  readonly file: string;
  /** Machines that it is about: without them there is nothing to go on with. */
  readonly needed?: readonly string[];
  /** Called when what stops it was told. */
  onStopped?(failures: readonly StepFailed[]): void;
}

/** The caller closes what was planned; where there is an exit code instead, nothing is open. */
export async function planFor(verb: "plan" | "up", homelab: Homelab, { file, needed, onStopped }: PlanWishes, io: CommandIo): Promise<PlannedFor | number> {
  const secrets = await openSecretsOf(homelab, file, io);
  if (typeof secrets === "number") return secrets;
  await secrets.ensureDigests();
  const view = operationView(io);
  const ports = realOperationPorts(homelab, io, view, (name) => secrets.get(name), (name) => secrets.digest(name));
  const planned = await planUp(homelab, ports, verb, upWork(homelab, needed));
  view.end();
  const { failures, refusals } = planned;
  io.stderr(awayText(planned.observed.away, io));
  if (failures.length > 0) io.stderr(failureText(failures, io));
  if (refusals.length > 0) io.stderr(refusalText(refusals, io));
  if (failures.length === 0 && refusals.length === 0) {
    for (const note of planned.notes) io.stderr(`${note}\n`);
    return { planned, ports, secrets };
  }
  onStopped?.(failures);
  await planned.close();
  return EXIT.failed;
}

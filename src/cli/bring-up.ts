/** Brings machines and cluster to what a homelab says: the plan is shown, approved and performed, and the apps are told. For `up`, and for what ends with it. */
import type { Homelab } from "../config/homelab.ts";
import type { StepFailed } from "../engine/step-failed.ts";
import { appAddresses } from "../manifests/app-addresses.ts";
import { generatedSecrets } from "../operations/generated-secrets.ts";
import { clusterStages } from "../operations/perform-cluster.ts";
import { awayNodes } from "../operations/left-out.ts";
import { awayNames } from "../operations/observe.ts";
import { MACHINES_AT_ONCE_MAX, performUp } from "../operations/perform-up.ts";
import type { PlannedUp } from "../operations/plan-up.ts";
import { unreadyContents } from "../operations/unready-contents.ts";
import { describePlan, summaryLine } from "../plan/describe-plan.ts";
import { changeCount, changedSecrets, deletedObjects, destroyedMachines, type Plan, planHash, stableJson } from "../plan/plan.ts";
import { appTable } from "./app-table.ts";
import { askYes } from "./ask.ts";
import { type CommandIo, EXIT } from "./command.ts";
import { planStyle } from "./commands/plan.ts";
import { failureText, missingText } from "./failure-text.ts";
import { homelabFile } from "./homelab-file.ts";
import { planFor } from "./plan-for.ts";
import { planPath } from "./state-files.ts";

export interface BringUpWishes {
  /** Nothing is asked. */
  readonly isApproved: boolean;
  /** What left the file is taken away without a question. */
  readonly prunes: boolean;
  /** The homelab's, beside which its secrets are. */
  readonly file: string;
  /** Machines that it is about: without them nothing begins. */
  readonly needed?: readonly string[];
  /** Machines on which data may be destroyed. */
  readonly destroyable: readonly string[];
  /** A plan that was approved before: it is done, and nothing beyond it. */
  readonly approved?: Plan | undefined;
  /** What is approved together with the plan, shown behind it. */
  readonly besides?: string;
  /** Done when it was approved, before anything else. */
  onApproved?(): void;
  /** Called when nothing failed; what waits for machines that are away is marked in the plan. */
  onDone?(plan: Plan): void;
  /** Called where it cannot begin, with the failures among what stops it; the reasons were told. */
  onStopped?(failures: readonly StepFailed[]): void;
}

/** From the options that such commands share. */
export function bringUpWishes(options: Readonly<Record<string, unknown>>, io: CommandIo): BringUpWishes {
  return { file: homelabFile(options, io), isApproved: options["yes"] === true, prunes: options["prune"] === true, destroyable: (options["allowDestroy"] as string[] | undefined) ?? [] };
}

/** The exit code. */
export async function bringUp(homelab: Homelab, wishes: BringUpWishes, io: CommandIo): Promise<number> {
  const { approved, isApproved } = wishes;
  const besides = wishes.besides === undefined ? "" : `\n${wishes.besides}\n`;
  const found = await planFor("up", homelab, wishes, io);
  if (typeof found === "number") return found;
  const { planned, ports, secrets } = found;
  let interruptCount = 0;
  const unlisten = io.onInterrupt(() => {
    interruptCount++;
    io.stderr(interruptCount === 1 ? "\nStopping after what is under way; once more to leave at once.\n" : "\n");
    if (interruptCount > 1) void planned.close();
  });
  try {
    const leaving = deletedObjects(planned.plan);
    // What left the file stays unless somebody wants it gone: alone, it is no reason to begin.
    const isAsked = io.canAsk && !isApproved && approved === undefined;
    if (changeCount(planned.plan) === (isAsked || wishes.prunes ? 0 : leaving.length)) {
      if (leaving.length > 0) io.stderr(leftText(leaving));
      if (besides !== "") {
        io.stdout(besides);
        if (!isApproved && !(await askYes("Do this?"))) return unchanged(io);
        wishes.onApproved?.();
      }
      const code = await nothingToDo(homelab, planned, io);
      wishes.onDone?.(planned.plan);
      return code;
    }
    const plan = approved ?? planned.plan;
    const others = changedSecrets(plan, (name) => secrets.digest(name));
    if (others.length > 0) {
      io.stderr(`${others.join(", ")}: not the value that plan ${planHash(plan)} was made with.\n  → plan again: kubernest plan\n`);
      return EXIT.failed;
    }
    const destroyed = destroyedMachines(plan).filter((machine) => !wishes.destroyable.includes(machine));
    io.stdout(`${describePlan(planned.plan, planStyle(io), { brief: approved !== undefined || isApproved })}${besides}`);
    if (destroyed.length > 0) {
      io.stderr(`This destroys data on ${destroyed.join(", ")}: allow it with --allow-destroy ${destroyed.join(" ")}\n`);
      return EXIT.failed;
    }
    io.writeFile(planPath(io, homelab.name, planHash(plan)), stableJson(plan), { mode: 0o600 });
    if (approved === undefined && !isApproved && !(await askYes("Do this?"))) return unchanged(io);
    const deletions = deletedObjects(plan);
    const prunes = wishes.prunes || (deletions.length > 0 && io.canAsk && !isApproved && (await askYes(`Take away what left the file (${briefly(deletions)})?`)));
    if (deletions.length > 0 && !prunes) io.stderr(leftText(deletions));
    if (!(await secrets.ensure(generatedSecrets(homelab, (bytes) => ports.randomWord(bytes))))) return EXIT.failed;
    wishes.onApproved?.();
    const beganMs = io.now();
    const isInterrupted = (): boolean => interruptCount > 0;
    const inCluster = planned.cluster === undefined ? undefined : clusterStages({ homelab, plan, planned, ports, prunes, isInterrupted });
    const result = await performUp(homelab, plan, planned, ports, inCluster?.stages ?? [], { machinesAtOnceMax: MACHINES_AT_ONCE_MAX, isInterrupted });
    const apps = (await inCluster?.apps()) ?? [];
    if (apps.length > 0) io.stdout(appTable(apps));
    if (result.failures.length > 0) {
      io.stderr(`\n${failureText(result.failures, io)}`);
      if (prunes && result.skipped.includes("prune")) io.stderr(`Left in the cluster until all else is well: ${briefly(deletions)}.\n`);
      return EXIT.failed;
    }
    if (interruptCount > 0) {
      io.stderr("Interrupted. Run kubernest up again: it goes on where the machines are.\n");
      return EXIT.interrupted;
    }
    io.stderr(`Done in ${((io.now() - beganMs) / 1000).toFixed(1)} s.\n`);
    wishes.onDone?.(planned.plan);
    return ended(planned, io);
  } finally {
    unlisten();
    await planned.close();
  }
}

/** One look, without a wait: what is as the file says may still not work. */
async function nothingToDo(homelab: Homelab, planned: PlannedUp, io: CommandIo): Promise<number> {
  const { plan, cluster, observed } = planned;
  const unready = cluster?.access === undefined ? [] : await unreadyContents(cluster.access.client, cluster.wanted, { awayNodes: awayNodes(homelab, observed) });
  for (const { what, why } of unready.filter(({ isAway }) => isAway === true)) io.stderr(`${what}: ${why}\n`);
  const missing = unready.filter(({ isAway }) => isAway !== true);
  if (missing.length === 0) {
    const urls = appAddresses(homelab).map(({ url }) => url);
    io.stderr(`${changeCount(plan) === 0 ? summaryLine(plan) : "Everything else is as the file says."}${urls.length === 0 ? "" : ` ${briefly(urls)}`}\n`);
    return ended(planned, io);
  }
  io.stderr("Nothing to change: everything is as the file says. Not all of it works:\n");
  io.stderr(missingText(missing, io));
  return EXIT.failed;
}

/** All that could be done is done; whether that is all. */
function ended({ observed }: PlannedUp, io: CommandIo): number {
  const away = awayNames(observed);
  if (away.length === 0) return EXIT.done;
  const gone = away.length === 1 ? away[0]! : "MACHINE";
  io.stderr(`All but ${away.join(", ")}, which ${away.length === 1 ? "does" : "do"} not answer.\n  → when ${away.length === 1 ? "it does" : "they do"}: kubernest up; gone for good: kubernest node remove ${gone} --gone\n`);
  return EXIT.failed;
}

const NAMES_SHOWN_MAX = 4;

function briefly(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN_MAX;
  return `${names.slice(0, NAMES_SHOWN_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function leftText(names: readonly string[]): string {
  return `Left in the cluster: ${briefly(names)}.\n  → kubernest up --prune takes away what left the file; kubernest plan lists it\n`;
}

function unchanged(io: CommandIo): number {
  io.stderr("Nothing was changed.\n");
  return EXIT.failed;
}

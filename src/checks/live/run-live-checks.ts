/** Runs the rules about real machines: as `runChecks`, on what machines said. */
import type { Finding } from "../../config/finding.ts";
import type { HomelabSource } from "../../config/source.ts";
import { toleratesCgroupV1 } from "../../facts/kubelet-arguments.ts";
import type { MachineFacts } from "../../facts/machine-facts.ts";
import type { ObservedMachine } from "../check.ts";
import { byPlace, placed } from "../run-checks.ts";
import { allLiveChecks } from "./all.ts";
import type { LiveContext } from "./live-check.ts";

export function runLiveChecks(context: LiveContext, source: HomelabSource, ignore: readonly string[] = []): Finding[] {
  return allLiveChecks
    .filter(({ id }) => !ignore.includes(id))
    .flatMap((rule) => rule.check(context).map((result) => placed(rule, result, { source })))
    .sort(byPlace);
}

/** What rules about the file compare with it. */
export function observedMachine(facts: MachineFacts): ObservedMachine {
  return { cgroupVersion: facts.cgroup.version === "v2" ? 2 : 1, toleratesCgroupV1: toleratesCgroupV1(facts), memoryBytes: facts.hardware.memoryBytes };
}

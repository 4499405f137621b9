/** All findings with what the machines say: the file's rules once more, with what was seen, and the rules about machines. Loaded for `check --live` only. */
import { lookup } from "node:dns/promises";
import { checkFile } from "../checks/check-file.ts";
import { observedMachine, runLiveChecks } from "../checks/live/run-live-checks.ts";
import { byPlace } from "../checks/run-checks.ts";
import type { Finding } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import type { HomelabSource } from "../config/source.ts";
import { lookLive } from "../operations/look-live.ts";
import { acceptedByApi, checkOptions } from "./check-options.ts";
import type { CommandIo } from "./command.ts";
import { operationView } from "./operation-view.ts";
import { realOperationPorts } from "./real-operation-ports.ts";

export async function liveFindings(file: string, homelab: Homelab, source: HomelabSource, ignore: readonly string[], io: CommandIo): Promise<Finding[]> {
  const context = await lookLive(homelab, realOperationPorts(homelab, io, operationView(io), () => undefined), addressesOf);
  const facts = Object.fromEntries(Object.entries(context.facts).map(([name, fact]) => [name, observedMachine(fact)]));
  const { findings } = await checkFile(file, { ...checkOptions(io), ...acceptedByApi, ignore, facts });
  return [...findings, ...runLiveChecks(context, source, ignore)].sort(byPlace);
}

async function addressesOf(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // What has no address and what cannot be asked look alike from here; the finding says whose resolver it was.
    return [];
  }
}

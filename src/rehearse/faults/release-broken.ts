import { selectorLabels } from "../../manifests/names.ts";
import { mainService, patchTemplate } from "./app-workload.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";

/** Pods of the broken release are told from the others by it. */
const RELEASE = "kubernest.dev/release";
const BROKEN = "broken";
/** Estimate: what a program takes to read its configuration. It does not listen yet, so that no look finds it ready. */
const READ_MS = 50;

function set(struck: Struck, name: string, isBroken: boolean): void {
  const app = struck.homelab.apps[name]!;
  struck.cluster.agents.setCrashing(app.namespace, { ...selectorLabels(app, mainService(struck, name).name), [RELEASE]: BROKEN }, isBroken ? READ_MS : undefined);
  patchTemplate(struck, name, { metadata: { labels: { [RELEASE]: isBroken ? BROKEN : null } } });
}

export const RELEASE_BROKEN_EFFECT: FaultEffect = {
  begin: (struck, target) => set(struck, target, true),
  end: (struck, target) => set(struck, target, false),
};

/** A systemd unit that must run with the configuration that its files hold: written, reloaded, enabled, and started again where it runs with an older one. */
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { Action, Change, Risk } from "./change.ts";
import type { Want } from "./step.ts";
import { fileChange, type WantedFile } from "./wanted-file.ts";

export interface WantedUnit {
  readonly step: string;
  /** `containerd.service` */
  readonly unit: string;
  /** Its unit file and drop-ins: a change of these needs `daemon-reload`. */
  readonly unitFiles: readonly WantedFile[];
  /** What it reads when it starts. */
  readonly configuration: readonly WantedFile[];
  /** What stops for the while of a restart; undefined where nothing does. */
  readonly restartRisk: Risk;
  /** A way to take a new configuration without a stop: `systemctl reload haproxy`. */
  readonly reload?: string;
  /** Says whether a configuration is good before it is taken: `haproxy -c -f /etc/haproxy/haproxy.cfg`. */
  readonly test?: string;
  /** A reason from outside to start it again: its binary is new. */
  readonly restartWhy?: string | undefined;
  /** How long a start may take, where that is long. */
  readonly startDeadlineMs?: number;
  /** What must hold before others may be disturbed, where it served already. */
  readonly afterRestart?: readonly Action[];
  readonly hint?: string;
  /** False: enabled, but left for something else to start (the kubelet, before `kubeadm`). */
  readonly isStarted?: boolean;
}

const START_DEADLINE_MS = 90_000;

export function unitChanges(facts: MachineFacts, want: Pick<Want, "valueOf">, wanted: WantedUnit): Change[] {
  const changes: Change[] = [];
  const write = (files: readonly WantedFile[]): boolean => {
    let some = false;
    for (const file of files) {
      const change = fileChange(facts, file, want);
      if (change === undefined) continue;
      some = true;
      changes.push({ step: wanted.step, summary: `write ${file.path}`, why: change.why, risk: "safe", run: [change.action] });
    }
    return some;
  };
  const isUnitNew = write(wanted.unitFiles);
  const isConfigurationNew = write(wanted.configuration);
  const fact = facts.units[wanted.unit];
  const name = wanted.unit.replace(/\.service$/, "");
  const isRunning = fact?.active === "active";
  const isEnabled = fact?.enabled === "enabled" || fact?.enabled === "static" || fact?.enabled === "alias";
  const mustStart = wanted.isStarted !== false;
  const actions: Action[] = [];
  const script = (text: string, shown: string): void => void actions.push({ do: "script", script: { text }, shown, deadlineMs: wanted.startDeadlineMs ?? START_DEADLINE_MS, ...(wanted.hint === undefined ? {} : { hint: wanted.hint }) });

  const reasons: string[] = [];
  if (fact?.load === "masked") {
    script(`systemctl unmask ${wanted.unit}`, `systemctl unmask ${name}`);
    reasons.push("it is masked");
  }
  if (isUnitNew || fact?.needsReload === true) script("systemctl daemon-reload", "systemctl daemon-reload");
  if (!isEnabled) {
    script(`systemctl enable ${wanted.unit}`, `systemctl enable ${name}`);
    reasons.push("it would not start with the machine");
  }
  const why = [isUnitNew ? "its unit is new" : undefined, isConfigurationNew ? "its configuration is new" : undefined, wanted.restartWhy, fact?.needsReload === true && !isUnitNew ? "its unit was changed on the disk" : undefined].filter((reason) => reason !== undefined);
  let verb: "start" | "restart" | "reload" | undefined;
  if (mustStart && !isRunning) {
    verb = "start";
    reasons.push(`it is ${fact === undefined || fact.load === "not-found" ? "not there" : fact.active}`);
  } else if (isRunning && why.length > 0) {
    verb = wanted.reload !== undefined && !isUnitNew && wanted.restartWhy === undefined && fact?.needsReload !== true ? "reload" : "restart";
    reasons.push(...why);
  }
  if (verb !== undefined) {
    if (wanted.test !== undefined) script(wanted.test, wanted.test);
    // A unit that failed too often is not started again by `restart` alone.
    if (verb === "reload") script(wanted.reload!, wanted.reload!);
    else script(`systemctl reset-failed ${wanted.unit} 2>/dev/null || :\nsystemctl restart ${wanted.unit} || { systemctl status --no-pager --lines 15 ${wanted.unit}; exit 1; }`, `systemctl ${verb} ${name}`);
    if (verb === "restart") actions.push(...(wanted.afterRestart ?? []));
  }
  if (reasons.length > 0 || actions.length > 0) {
    const doing = verb ?? (isEnabled ? "reload" : "enable");
    changes.push({ step: wanted.step, summary: `${doing} ${name}`, why: reasons.join(", ") || why.join(", "), risk: verb === "restart" ? wanted.restartRisk : "safe", run: actions });
  }
  return changes;
}

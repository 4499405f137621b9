/**
 * A written scenario on a cluster that is ready: its steps are put on the cluster's own clock, what happens is told, and what was expected is judged. The same
 * in virtual time and live: whoever turns the clock runs it.
 */
import { timeText } from "../../lib/time-text.ts";
import { wrapText } from "../../lib/wrap-text.ts";
import { ACTS } from "../../scenarios/act.ts";
import { FAULTS } from "../../scenarios/fault.ts";
import type { ScenarioFile, WrittenStep } from "../../scenarios/scenario-file.ts";
import { certificateTerm } from "../certificate-term.ts";
import { beginFault, endFault } from "../faults/apply-fault.ts";
import { nodeOf, type Struck } from "../faults/fault-effect.ts";
import { UserView } from "../prove/user-view.ts";
import type { View } from "../prove/view.ts";
import { wayToRegistries } from "../way-to-registries.ts";
import { perform } from "./acts.ts";
import { Expectations, type Judged } from "./expectations.ts";
import { type Line, Timeline } from "./timeline.ts";

const BLIND_LOOK_MS = 10_000;

export interface Told {
  readonly lines: readonly Line[];
  readonly judged: readonly Judged[];
}

export interface Telling {
  /** Undefined while it goes on. */
  readonly told: Told | undefined;
  stop(): void;
}

/** `onEnd` is called once all was watched. */
export function tellScenario(struck: Struck, scenario: ScenarioFile, onLine: (line: Line) => void = () => undefined, onEnd: (told: Told) => void = () => undefined): Telling {
  const { cluster, site, homelab } = struck;
  const { loop, controlPlane, registry, agents } = cluster;
  const startMs = loop.now();
  const now = (): number => loop.now() - startMs;
  const view = new UserView(homelab, cluster, site);
  const views = new Map<string, View>();
  const reasons = new Set<string>();
  const timeline = new Timeline(cluster, now, onLine);
  const expectations = new Expectations(scenario.expectations, { cluster, reasons, nodeOf: (machine) => nodeOf(struck, machine), view: (app) => views.get(app) ?? { share: 1, why: "" } });
  cluster.agents.registries.wayTo = wayToRegistries(struck, (app) => view.of(app).share > 0);
  controlPlane?.setCertificates({ ...certificateTerm(homelab), untilMs: startMs + certificateTerm(homelab).lifeMs - scenario.ageMs });

  const look = (atMs = now()): void => {
    for (const app of Object.values(homelab.apps)) {
      const seen = view.of(app);
      views.set(app.name, seen);
      timeline.see(app, seen);
    }
    expectations.look(atMs);
  };
  // Looked at once for all changes of one moment.
  let isDue = false;
  const due = (): void => {
    if (isDue) return;
    isDue = true;
    loop.after(0, () => {
      isDue = false;
      if (telling.told === undefined) look();
    });
  };
  if (view.entrance !== undefined) Object.assign(view.entrance, { onMove: due, onRouterAsks: due });
  const stops = [
    registry.store.listen(undefined, ({ type, object }) => {
      if (type === "events") reasons.add(object["reason"] as string);
      if (type !== "coordination.k8s.io/leases") due();
    }),
    agents.onReachChange(due),
    agents.onNetworkChange(due),
    site.onChange(due),
    cluster.volumes.onTurn(due),
    controlPlane?.onTurn(due) ?? (() => undefined),
  ];
  // While nobody can write, what happens on machines leaves no trace in the API.
  const lookAgain = (): void => {
    if (controlPlane?.outage !== undefined) due();
    cancelLook = loop.upkeep(BLIND_LOOK_MS, lookAgain);
  };
  let cancelLook = loop.upkeep(BLIND_LOOK_MS, lookAgain);
  // What was before the first step, which may come at once.
  look(-1);
  const cancels = [...new Set(scenario.steps.map(({ atMs }) => atMs))].map((atMs) =>
    loop.after(atMs, () => {
      for (const step of scenario.steps) if (step.atMs === atMs) take(struck, step, (text) => timeline.say(text));
      due();
    }),
  );
  // Times at which something is expected are looked at too, though nothing happens then.
  for (const { when } of scenario.expectations) for (const ms of when.kind === "at" ? [when.ms] : [when.fromMs, when.toMs]) if (ms > 0) cancels.push(loop.after(ms, due));
  let told: Told | undefined;
  const telling = {
    get told() {
      return told;
    },
    stop: () => {
      for (const stop of [...stops, ...cancels, cancelLook]) stop();
      timeline.stop();
    },
  };
  cancels.push(
    loop.after(scenario.untilMs, () => {
      look();
      telling.stop();
      told = { lines: timeline.lines, judged: expectations.judge() };
      onEnd(told);
    }),
  );
  return telling;
}

function take(struck: Struck, step: WrittenStep, say: (text: string) => void): void {
  if (step.does === "act") {
    say(`somebody: ${ACTS[step.act.id].does(step.act.target)} (${ACTS[step.act.id].command(nodeName(struck, step.act.target))})`);
    return perform(struck, step.act, say);
  }
  const { fault } = step;
  say(step.does === "begin" ? FAULTS[fault.id].begins(fault.target) : FAULTS[fault.id].ends(fault.target));
  if (step.does === "begin") beginFault(struck, fault);
  else endFault(struck, fault);
}

const nodeName = (struck: Struck, target: string): string => (target.includes("/") ? target : nodeOf(struck, target));

const TIME_WIDTH = 18;

/** `+5 min 42 s    node not ready: pi2`, broken so that it fits `width` columns. */
export function lineText({ atMs, text }: Line, width: number): string {
  return wrapText(text, width - TIME_WIDTH, "  ").map((each, index) => `${(index === 0 ? `+${timeText(atMs)}` : "").padEnd(TIME_WIDTH)}${each}`.trimEnd()).join("\n");
}

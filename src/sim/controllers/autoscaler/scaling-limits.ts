/** How fast an autoscaler may go, and which earlier recommendations hold it back (`horizontal.go`, `autoscaling/v2/defaults.go`). */
import type { Autoscaler, ScalingRules } from "./autoscaler-shape.ts";

/** `--horizontal-pod-autoscaler-downscale-stabilization`. */
const DOWNSCALE_WINDOW_SECONDS = 300;

/** What an autoscaler remembers between two looks; in memory only. */
export interface History {
  recommendations: { replicas: number; atMs: number }[];
  ups: { change: number; atMs: number }[];
  downs: { change: number; atMs: number }[];
}

export interface Limited {
  replicas: number;
  reason: string;
  message: string;
}

const UP_DEFAULT = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
} as const;
const DOWN_DEFAULT = { stabilizationWindowSeconds: DOWNSCALE_WINDOW_SECONDS, selectPolicy: "Max", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] } as const;

type Rules = Required<Omit<ScalingRules, "tolerance">>;

function rulesOf(given: ScalingRules | undefined, defaults: typeof UP_DEFAULT | typeof DOWN_DEFAULT): Rules {
  return {
    stabilizationWindowSeconds: given?.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds,
    selectPolicy: given?.selectPolicy ?? defaults.selectPolicy,
    policies: given?.policies ?? [...defaults.policies],
  };
}

/** The recommendation that the windows allow; adds this one to the history. */
export function stabilize({ spec }: Autoscaler, history: History, current: number, desired: number, nowMs: number): Limited {
  const up = rulesOf(spec.behavior?.scaleUp, UP_DEFAULT);
  const down = rulesOf(spec.behavior?.scaleDown, DOWN_DEFAULT);
  const upCutoff = nowMs - up.stabilizationWindowSeconds * 1000;
  const downCutoff = nowMs - down.stabilizationWindowSeconds * 1000;
  let lowest = desired;
  let highest = desired;
  for (const { replicas, atMs } of history.recommendations) {
    if (atMs > upCutoff) lowest = Math.min(lowest, replicas);
    if (atMs > downCutoff) highest = Math.max(highest, replicas);
  }
  history.recommendations = [...history.recommendations.filter(({ atMs }) => atMs >= Math.min(upCutoff, downCutoff)), { replicas: desired, atMs: nowMs }];
  // Without behaviour only the way down is held back.
  const replicas = spec.behavior === undefined ? highest : Math.min(Math.max(current, lowest), highest);
  if (replicas === desired) return { replicas, reason: "ReadyForNewScale", message: "recommended size matches current size" };
  return desired >= current && spec.behavior !== undefined
    ? { replicas, reason: "ScaleUpStabilized", message: "recent recommendations were lower than current one, applying the lowest recent recommendation" }
    : { replicas, reason: "ScaleDownStabilized", message: "recent recommendations were higher than current one, applying the highest recent recommendation" };
}

function changeWithin(events: readonly { change: number; atMs: number }[], periodSeconds: number, nowMs: number): number {
  return events.filter(({ atMs }) => atMs > nowMs - periodSeconds * 1000).reduce((sum, { change }) => sum + change, 0);
}

function rateLimit(rules: Rules, direction: 1 | -1, history: History, current: number, nowMs: number): number {
  if (rules.selectPolicy === "Disabled") return current;
  const proposals = rules.policies.map(({ type, value, periodSeconds }) => {
    const start = current - changeWithin(history.ups, periodSeconds, nowMs) + changeWithin(history.downs, periodSeconds, nowMs);
    if (type === "Pods") return start + direction * value;
    return direction > 0 ? Math.ceil(start * (1 + value / 100)) : Math.trunc(start * (1 - value / 100));
  });
  // The largest change is the highest number on the way up and the lowest on the way down.
  const wantsHighest = (rules.selectPolicy === "Max") === direction > 0;
  return wantsHighest ? Math.max(...proposals) : Math.min(...proposals);
}

const WITHIN = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const TOO_MANY = { reason: "TooManyReplicas", message: "the desired replica count is more than the maximum replica count" };
const TOO_FEW = { reason: "TooFewReplicas", message: "the desired replica count is less than the minimum replica count" };
const TOO_FAST_UP = { reason: "ScaleUpLimit", message: "the desired replica count is increasing faster than the maximum scale rate" };
const TOO_FAST_DOWN = { reason: "ScaleDownLimit", message: "the desired replica count is decreasing faster than the maximum scale rate" };

export function limit({ spec }: Autoscaler, history: History, current: number, desired: number, nowMs: number): Limited {
  const { minReplicas = 1, maxReplicas, behavior } = spec;
  if (behavior === undefined) {
    const upLimit = Math.trunc(Math.max(2 * current, 4));
    const most = Math.min(maxReplicas, upLimit);
    if (desired < minReplicas) return { replicas: minReplicas, ...TOO_FEW };
    if (desired > most) return { replicas: most, ...(maxReplicas > upLimit ? TOO_FAST_UP : TOO_MANY) };
    return { replicas: desired, ...WITHIN };
  }
  if (desired > current) {
    const upLimit = Math.max(current, rateLimit(rulesOf(behavior.scaleUp, UP_DEFAULT), 1, history, current, nowMs));
    const most = Math.min(maxReplicas, upLimit);
    if (desired > most) return { replicas: most, ...(maxReplicas > upLimit ? TOO_FAST_UP : TOO_MANY) };
  } else if (desired < current) {
    const downLimit = Math.min(current, rateLimit(rulesOf(behavior.scaleDown, DOWN_DEFAULT), -1, history, current, nowMs));
    const least = Math.max(minReplicas, downLimit);
    if (desired < least) return { replicas: least, ...(minReplicas < downLimit ? TOO_FAST_DOWN : TOO_FEW) };
  }
  return { replicas: desired, ...WITHIN };
}

export function noteScaling(history: History, before: number, after: number, nowMs: number): void {
  (after > before ? history.ups : history.downs).push({ change: Math.abs(after - before), atMs: nowMs });
  // No policy looks back further than half an hour (validation: periodSeconds ≤ 1800).
  for (const events of [history.ups, history.downs]) while (events.length > 0 && events[0]!.atMs < nowMs - 1_800_000) events.shift();
}

/** Conditions as lists by type: found, set and dropped without touching the list that was read. */
import type { Condition } from "./shapes.ts";

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  if (conditions == null) return undefined;
  // Asked of every pod by every loop that counts them: without a closure for each.
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/**
 * As apimachinery's `meta.SetStatusCondition`: in place, and the transition time moves only with the status.
 * Returns the list it was given when nothing differs.
 */
export function withCondition(conditions: readonly Condition[] | undefined, wanted: Condition, now: string): Condition[] {
  const list = [...(conditions ?? [])];
  const index = list.findIndex((condition) => condition.type === wanted.type);
  const found = list[index];
  if (found === undefined) return [...list, { lastTransitionTime: now, ...wanted }];
  const { lastTransitionTime = now } = found;
  list[index] = { ...found, ...wanted, lastTransitionTime: found.status === wanted.status ? lastTransitionTime : (wanted.lastTransitionTime ?? now) };
  return list;
}

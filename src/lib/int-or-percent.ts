/** Kubernetes' IntOrString where the text is a percentage (`intstr.GetScaledValueFromIntOrPercent`). */

export type IntOrPercent = number | string;

/** `"25%"` of 3 is 1 rounded up, 0 rounded down; a number is itself; anything unreadable is undefined. */
export function scaledValue(value: IntOrPercent | null | undefined, total: number, rounding: "up" | "down"): number | undefined {
  if (value == null) return undefined;
  if (typeof value === "number") return value;
  const match = /^(-?\d+)%$/.exec(value);
  if (match === null) return /^-?\d+$/.test(value) ? Number(value) : undefined;
  const scaled = (Number(match[1]) * total) / 100;
  return rounding === "up" ? Math.ceil(scaled) : Math.floor(scaled);
}

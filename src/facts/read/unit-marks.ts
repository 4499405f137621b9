/** Whether a unit runs or will, by the links that systemd keeps: enough to know who does a thing on this machine, and free beside asking for its whole state. */
import { matching, type Readings, type Reads } from "../readings.ts";
import { activityMark } from "./units.ts";

export function unitMarks(units: readonly string[]): Pick<Reads, "paths" | "pathPatterns"> {
  return { paths: units.map(activityMark), pathPatterns: units.map((unit) => `/etc/systemd/system/*.wants/${unit}`) };
}

export function isActive(readings: Readings, unit: string): boolean {
  return readings.paths[activityMark(unit)] !== undefined;
}

export function isEnabled(readings: Readings, unit: string): boolean {
  return matching(readings.paths, `/etc/systemd/system/*.wants/${unit}`).length > 0;
}

/** A service's probes, equal ones together: `health` makes two of one. */
import type { AppService, Probe } from "../../config/homelab.ts";

export interface ProbeGroup {
  /** `readiness and liveness probes`. */
  readonly what: string;
  /** Field of the first. */
  readonly field: "readiness" | "liveness" | "startup";
  readonly probe: Probe;
}

export function probesOf(service: AppService): ProbeGroup[] {
  const groups = new Map<string, { fields: ProbeGroup["field"][]; probe: Probe }>();
  for (const field of ["readiness", "liveness", "startup"] as const) {
    const probe = service[field];
    if (probe === undefined) continue;
    const { successThreshold: _, ...rest } = probe;
    const key = JSON.stringify(rest);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { fields: [field], probe });
    else group.fields.push(field);
  }
  return [...groups.values()].map(({ fields, probe }) => ({
    what: `${fields.join(" and ")} probe${fields.length === 1 ? "" : "s"}`,
    field: fields[0] ?? "readiness",
    probe,
  }));
}

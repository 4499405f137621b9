/** Nothing powers itself. */
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { circle } from "./derived/circle.ts";

export const powerNotCircular: Check = {
  id: "power-not-circular",
  severity: "error",
  summary: "No site part powers itself, also not through others.",
  why: "After a power cut neither would ever start; most often two names were swapped.",
  examples: {
    good: `
      site:
        ups: { kind: ups, powers: [strip] }
        strip: { kind: power-strip, powers: [pi1] }`,
    bad: `
      site:
        ups:
          kind: ups
          powers: [strip] # ✗
        strip: { kind: power-strip, powers: [pi1, ups] }`,
  },
  check({ homelab }) {
    const reported = new Set<string>();
    return Object.values(homelab.site).flatMap((part): CheckResult[] => {
      const round = circle(part.name, (name) => own(homelab.site, name)?.powers ?? []);
      if (round === undefined || round.some((name) => reported.has(name))) return [];
      for (const name of round) reported.add(name);
      return [
        {
          path: ["site", part.name, "powers"],
          value: part.name,
          message: round.length === 1 ? `${part.name} powers itself` : `${[...round, part.name].join(" powers ")}`,
          expected: "power that comes from outside",
          fix: "Remove the name that is powered by something else.",
        },
      ];
    });
  },
};

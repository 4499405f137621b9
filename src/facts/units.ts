/** The state of systemd units that steps ask for. Where systemd does not run the machine, no unit is to be found. */
import type { Fact } from "./fact.ts";
import type { UnitFact } from "./machine-facts.ts";

const NOT_FOUND: UnitFact = { load: "not-found", active: "inactive", sub: "dead", enabled: "", needsReload: false, activeSinceUs: 0 };

export const unitsFact: Fact<Readonly<Record<string, UnitFact>>> = {
  id: "units",
  reads: (questions) => ({ units: questions.units }),
  parse: (readings, questions) => Object.fromEntries(questions.units.map((name) => [name, readings.units[name] ?? NOT_FOUND])),
};

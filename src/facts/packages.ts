/** Which packages of the system are installed, of those that steps ask for. */
import type { Fact } from "./fact.ts";

export const packagesFact: Fact<Readonly<Record<string, string | undefined>>> = {
  id: "packages",
  reads: (questions) => ({ packages: questions.packages }),
  parse: (readings, questions) => Object.fromEntries(questions.packages.map((name) => [name, readings.packages[name]])),
};

/** What might help a promise that is not kept. A rule only proposes: whether it helps is proved on the changed file before anybody reads of it. */
import type { App, AppService, Homelab } from "../../../config/homelab.ts";
import type { Judged } from "../verdict.ts";

export interface AdviceContext {
  homelab: Homelab;
  app: App;
  /** Not kept, with the scenario that decided. */
  judged: Judged;
  /** What is in the way in that scenario, and what is lost by it: the words of the report. */
  cause: string;
}

export interface Proposal {
  /** For people: `a second copy of web`. */
  text: string;
  /** Changes of the file as `--what-if` takes them, by ways of writing the same: a file in short form takes one, in long form another. The first that loads counts. */
  ways: readonly (readonly string[])[];
}

export interface AdviceRule {
  id: string;
  propose(context: AdviceContext): Proposal[];
}

/** Where the file may write a field of a service: an app in short form is its one service. */
export function serviceWays(app: App, service: AppService, change: string): string[][] {
  return [[`apps.${app.name}.services.${service.name}.${change}`], ...(Object.keys(app.services).length === 1 ? [[`apps.${app.name}.${change}`]] : [])].reverse();
}

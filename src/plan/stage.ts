/** A stage of an operation: steps that machines take together before the next stage begins. An operation is a readable list of these. */
import type { Homelab, Machine } from "../config/homelab.ts";
import type { Step } from "../steps/step.ts";

export interface MachineStage {
  readonly id: string;
  /** As a person would say it: `Prepare the machines`. */
  readonly title: string;
  /** In order on each machine. */
  readonly steps: readonly Step[];
  machines(homelab: Homelab): readonly Machine[];
  /** `one`: each machine is done before the next begins. */
  readonly atOnce: "all" | "one";
  /** Stages that must have ended. */
  readonly after: readonly string[];
}

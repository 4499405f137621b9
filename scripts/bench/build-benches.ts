/** Bundles the benches as the program is bundled: run from its sources, tsx gives every function its name again and again. */
import { build } from "tsdown";
import { program, starter } from "../../tsdown.config.ts";

/** `measure.mjs` in this directory runs one. */
export async function buildBenches(outDir: string): Promise<void> {
  const settings = { outDir, sourcemap: false, config: false as const, logLevel: "error" as const };
  await build({ ...starter, entry: { measure: "scripts/bench/start-measure.ts" }, ...settings });
  await build({ ...program, entry: { "measure-bench": "scripts/bench/measure-bench.ts" }, ...settings });
}

/** `one-loss.mjs` in this directory measures one loss of a proof. */
export async function buildOneLoss(outDir: string): Promise<void> {
  const { outputOptions: _, ...settings } = program;
  await build({ ...settings, entry: { "one-loss": "scripts/bench/prove/one-loss.ts" }, format: "esm", outDir, sourcemap: false, config: false, logLevel: "error" });
}

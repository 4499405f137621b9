/** Bundles the benches as the program is bundled. */
import { build } from "tsdown";
import { program, starter } from "../../tsdown.config.ts";

/** `measure.mjs` in this directory runs one. */
export async function buildBenches(outDir: string): Promise<void> {
  const settings = { outDir, sourcemap: false, config: false as const, logLevel: "error" as const };
  await build({ ...starter, entry: { measure: "scripts/bench/start-measure.ts" }, ...settings });
  await build({ ...program, entry: { "measure-bench": "scripts/bench/measure-bench.ts" }, ...settings });
}

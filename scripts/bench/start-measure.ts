/** One run of one bench in a fresh process, started as the program is: `measure.mjs NAME` prints its sample as JSON. Compiled code is kept beside the bundle, so that the user's own is left alone. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BundleLoader } from "../../src/cli/bundle-loader.ts";
import type * as Measure from "./measure-bench.ts";

const loader = new BundleLoader(join(import.meta.dirname, "compiled"));
const { measure } = loader.load(fileURLToPath(new URL("./measure-bench.cjs", import.meta.url))) as typeof Measure;
await measure(process.argv[2]!, process.argv.slice(3));
loader.keep();

/** Starts `prepare-machine.ts` from its bundle, with its compiled code kept between runs, as the package starts the program. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BundleLoader } from "../../../src/cli/bundle-loader.ts";

const cache = process.env["XDG_CACHE_HOME"];
const loader = new BundleLoader(cache === undefined ? undefined : join(cache, "kubernest", "compiled"));
process.on("exit", () => loader.keep());
loader.load(fileURLToPath(new URL("./prepare.cjs", import.meta.url)));

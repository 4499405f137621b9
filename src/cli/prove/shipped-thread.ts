/** A thread of a proof as the package ships it: from its bundle, with the compiled code that is kept between runs. */
import { fileURLToPath } from "node:url";
import { BundleLoader, keptCodeDirectory } from "../bundle-loader.ts";

new BundleLoader(keptCodeDirectory(process.env)).load(fileURLToPath(new URL("./scenario-worker.cjs", import.meta.url)));

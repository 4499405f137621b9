/** Builds what the package ships: the bundles, and the field descriptions that `kubectl explain` shows. */
import { build } from "tsdown";
import config from "../tsdown.config.ts";

await build({ ...config, config: false, logLevel: "error" });
// The bundler empties `dist` first, so this comes after.
await import("./schema-facts/descriptions.ts");

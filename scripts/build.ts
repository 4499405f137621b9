/** Builds what the package ships: the bundles, the types that editors read, and the field descriptions that `kubectl explain` shows. */
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "tsdown";
import config from "../tsdown.config.ts";
import { homelabTypes, type JsonSchema } from "./homelab-types.ts";

await build({ ...config, config: false, logLevel: "error" });
// The bundler empties `dist` first, so these come after. The schema's text is kept current by a test.
const schema = JSON.parse(readFileSync(new URL("../schema/homelab.schema.json", import.meta.url), "utf8")) as JsonSchema;
writeFileSync(new URL("../dist/index.d.mts", import.meta.url), homelabTypes(schema));
await import("./schema-facts/descriptions.ts");

/** Builds what the package ships: the bundles, the types that editors read, and the field descriptions that `kubectl explain` shows. */
import { readFileSync, writeFileSync } from "node:fs";
import { nodeVersionProblem } from "../src/cli/node-version.ts";
import { homelabTypes, type JsonSchema } from "./homelab-types.ts";

// First of all: `npm ci` and `npm start` come here, and the bundler says nothing that helps on an old Node.
const problem = nodeVersionProblem(process.version);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
const [{ build }, { starter, program }] = await Promise.all([import("tsdown"), import("../tsdown.config.ts")]);
for (const bundle of [starter, program]) await build({ ...bundle, config: false, logLevel: "error" });
// The bundler empties `dist` first, so these come after. The schema's text is kept current by a test.
const schema = JSON.parse(readFileSync(new URL("../schema/homelab.schema.json", import.meta.url), "utf8")) as JsonSchema;
writeFileSync(new URL("../dist/index.d.mts", import.meta.url), homelabTypes(schema));
await import("./schema-facts/descriptions.ts");

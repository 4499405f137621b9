/** Writes the schemas in `schema/` from their sources: that of the homelab file (`src/config/schema`), that of a scenario (`src/scenarios/scenario-schema.ts`) and that of a proof's result (`src/cli/proof-schema.ts`). Run it after changing one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { proofJsonSchemaText } from "../src/cli/proof-schema.ts";
import { homelabJsonSchemaText } from "../src/config/json-schema.ts";
import { scenarioJsonSchemaText } from "../src/scenarios/scenario-schema.ts";

const directory = new URL("../schema/", import.meta.url);
mkdirSync(directory, { recursive: true });
for (const [name, text] of [["homelab.schema.json", homelabJsonSchemaText()], ["scenario.schema.json", scenarioJsonSchemaText()], ["proof.schema.json", proofJsonSchemaText()]] as const) {
  writeFileSync(new URL(name, directory), text);
  console.log(`wrote schema/${name}`);
}

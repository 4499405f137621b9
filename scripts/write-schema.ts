/** Writes `schema/homelab.schema.json` from the schema in `src/config/schema`: run it after changing that. */
import { mkdirSync, writeFileSync } from "node:fs";
import { homelabJsonSchemaText } from "../src/config/json-schema.ts";

const directory = new URL("../schema/", import.meta.url);
mkdirSync(directory, { recursive: true });
writeFileSync(new URL("homelab.schema.json", directory), homelabJsonSchemaText());
console.log("wrote schema/homelab.schema.json");

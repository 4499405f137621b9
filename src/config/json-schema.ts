/** The JSON Schema of the file, for editors: made from the one source that also checks it. */
import { z } from "zod";
import { homelabSchema } from "./schema/homelab.ts";

/** Where the published schema lives; also its id. */
export const SCHEMA_ID = "https://kubernest.dev/schema/homelab.schema.json";

/** Draft 2020-12, of what a user writes: short forms are in it. */
export function homelabJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(homelabSchema, { io: "input", target: "draft-2020-12", unrepresentable: "any", cycles: "ref" }) as Record<string, unknown>;
  const { $schema, title, description, ...rest } = schema;
  // Places for anchors, as in Compose files.
  return { $schema, $id: SCHEMA_ID, title, description, ...rest, patternProperties: { "^x-": {} } };
}

/** The text of `schema/homelab.schema.json`. */
export function homelabJsonSchemaText(): string {
  return `${JSON.stringify(homelabJsonSchema(), null, 2)}\n`;
}

/**
 * What the package declares to editors: `defineHomelab` and the types of a homelab file, made of its JSON Schema, so that they need no
 * other package. What only a pattern or a range can say is left to `kubernest check`.
 */

export interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  description?: string;
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  patternProperties?: Record<string, JsonSchema>;
}

/** A global of TypeScript has that name. */
const RENAMED: Readonly<Record<string, string>> = { Promise: "AppPromise" };

export function homelabTypes(schema: JsonSchema): string {
  const definitions = Object.entries(schema.$defs ?? {}).map(([name, definition]) => declaration(typeName(name), definition));
  return [
    "/** Made from the schema of the homelab file. */",
    ...definitions,
    declaration("Homelab", schema),
    "/** Returns the homelab as it is; `kubernest` reads the file's default export. */\nexport declare function defineHomelab(homelab: Homelab): Homelab;",
    "",
  ].join("\n\n");
}

function declaration(name: string, schema: JsonSchema): string {
  const { description, ...rest } = schema;
  return `${comment(description, "")}export type ${name} = ${typeText(rest, "")};`;
}

const typeName = (name: string): string => RENAMED[name] ?? name;

function typeText(schema: JsonSchema, indent: string): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.split("/").at(-1) ?? "");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  if (schema.anyOf !== undefined) return union(schema.anyOf.map((each) => typeText(each, indent)));
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return `readonly (${typeText(schema.items ?? {}, indent)})[]`;
    case "object":
      return objectText(schema, indent);
    default:
      return "unknown";
  }
}

function union(types: readonly string[]): string {
  return [...new Set(types)].map((type) => (type.includes("=>") ? `(${type})` : type)).join(" | ");
}

function objectText(schema: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${comment(field.description, inner)}${inner}${key}${required.has(name) ? "" : "?"}: ${typeText(field, inner)};`;
  });
  const prefixes = Object.entries(schema.patternProperties ?? {}).map(([pattern, value]) => `${inner}[key: \`${pattern.replace(/^\^/, "")}\${string}\`]: ${typeText(value, inner)};`);
  const { additionalProperties } = schema;
  const hasOthers = typeof additionalProperties === "object" || additionalProperties !== false && fields.length === 0;
  const others = hasOthers ? [`${inner}[key: string]: ${typeof additionalProperties === "object" ? typeText(additionalProperties, inner) : "unknown"};`] : [];
  const lines = [...fields, ...prefixes, ...others];
  return lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("\n")}\n${indent}}`;
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? "" : `${indent}/** ${text.replaceAll("*/", "*\\/")} */\n`;
}

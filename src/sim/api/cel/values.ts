/** JSON as CEL sees it: whole numbers are integers (BigInt), the rest is as it is. */

/** A private copy; objects keep their prototype-less look for the evaluator. */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(toCel);
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined && field !== null) copy[key] = toCel(field);
  }
  return copy;
}

/** The way back, for expressions that make objects. */
export function fromCel(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(fromCel);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, field]) => [String(key), fromCel(field)]));
}

type Schema = { [field: string]: unknown };

const KEYWORDS: ReadonlySet<string> = new Set([
  "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
]);

/** How CEL names a property that is no identifier: `x-y` is `x__dash__y`, `namespace` is `__namespace__`. */
export function escapeProperty(name: string): string {
  if (KEYWORDS.has(name)) return `__${name}__`;
  if (!/__|[.\-/]/.test(name)) return name;
  return name.replaceAll("__", "__underscores__").replaceAll(".", "__dot__").replaceAll("-", "__dash__").replaceAll("/", "__slash__");
}

/**
 * A custom object's value by its schema: `number` stays a floating point number, `int-or-string` and preserved fields are read as they come,
 * declared properties get their escaped names, keys of maps keep theirs.
 */
export function toCelBySchema(value: unknown, schema: Schema | undefined): unknown {
  if (schema === undefined) return toCel(value);
  if (typeof value === "number") return schema["type"] === "number" ? value : toCel(value);
  if (typeof value === "string" && (schema["format"] === "date-time" || schema["format"] === "date")) return timeOrText(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => toCelBySchema(item, schema["items"] as Schema | undefined));
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const additional = typeof schema["additionalProperties"] === "object" ? (schema["additionalProperties"] as Schema) : undefined;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined || field === null) continue;
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    copy[own ? escapeProperty(key) : key] = toCelBySchema(field, own ?? additional);
  }
  return copy;
}

function timeOrText(text: string): unknown {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? text : new Date(milliseconds);
}

/** Formats in the schemas of a definition that the API does not check (upstream `getUnrecognizedFormatsInCRD`). */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { formatCheck } from "../schema/string-formats.ts";

const LISTS = ["allOf", "oneOf", "anyOf"];
const MAPS = ["properties", "patternProperties", "definitions"];
const PARTS = ["items", "not", "additionalProperties", "additionalItems"];

/** Each as often as it occurs. */
export function unknownFormats(spec: Loose | undefined): string[] {
  return items(spec?.versions).flatMap(({ schema }) => formatsIn(schema?.openAPIV3Schema));
}

function formatsIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { format, type, ...rest } = schema as Loose;
  return [
    ...(format && !isKnown(type ?? "", format) ? [format] : []),
    ...PARTS.flatMap((part) => formatsIn(rest[part])),
    ...LISTS.flatMap((list) => items(rest[list]).flatMap(formatsIn)),
    ...MAPS.flatMap((map) => Object.values(rest[map] ?? {}).flatMap(formatsIn)),
  ];
}

function isKnown(type: string, format: string): boolean {
  if (type === "integer") return format === "int32" || format === "int64";
  if (type === "number") return format === "float" || format === "double";
  return (type === "" || type === "string") && formatCheck(format) !== undefined;
}

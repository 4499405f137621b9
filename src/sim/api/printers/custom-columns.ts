/** Columns and rows of custom resources: the name, then what the definition's `additionalPrinterColumns` say, or the age. */
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import type { JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import { humanDuration, type Cell } from "./cells.ts";
import { findByJsonPath } from "./json-path.ts";

export interface CustomColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

export const AGE_COLUMN: CustomColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "When the object was created." };

export function customRow(columns: readonly CustomColumn[], object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, ...columns.map((column) => cellOf(column, object, nowMs))];
}

function cellOf(column: CustomColumn, object: KubeObject, nowMs: number): Cell {
  const value = findByJsonPath(column.jsonPath, object as JsonValue)?.[0];
  if (value === undefined) return null;
  switch (column.type) {
    case "string":
      return typeof value === "object" && value !== null ? JSON.stringify(value) : value === null ? "<nil>" : String(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date": {
      if (typeof value !== "string") return null;
      const at = parseRfc3339(value);
      return at === undefined ? (value === "" ? "<unknown>" : "<invalid>") : humanDuration(nowMs - at);
    }
    default:
      return null;
  }
}

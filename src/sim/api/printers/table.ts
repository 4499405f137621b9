/** The `Table` of meta.k8s.io/v1: what `kubectl get` shows. The columns come from the schema table, the cells from the printer of the kind. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { ColumnFacts } from "../../../objects/schema/resource-facts.ts";
import type { Cell, RowPrinter } from "./cells.ts";
import { AGE_COLUMN, customRow, type CustomColumn } from "./custom-columns.ts";
import { printCreatedAt } from "./access.ts";
import { podRowConditions } from "./pods.ts";
import { ROW_PRINTERS } from "./row-printers.ts";

export interface TableType {
  group: string;
  plural: string;
  columns: readonly ColumnFacts[];
  custom?: { version: { additionalPrinterColumns?: readonly CustomColumn[] } };
}

export interface TableOptions {
  /** Milliseconds since the epoch: ages are relative to it. */
  nowMs: number;
  /** What comes with each row; upstream's default is the metadata. */
  includeObject?: "None" | "Metadata" | "Object";
}

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

export interface TableRow {
  cells: Cell[];
  conditions?: object[];
  object?: object;
}

export interface Table {
  kind: "Table";
  apiVersion: "meta.k8s.io/v1";
  metadata: object;
  columnDefinitions: TableColumn[];
  rows: TableRow[];
}

const NAME_COLUMN: TableColumn = { name: "Name", type: "string", format: "name", description: "", priority: 0 };

/** `metadata` is empty: the caller knows the list's version and continuation. */
export function tableFor(type: TableType, objects: readonly KubeObject[], options: TableOptions): Table {
  const { columns, print } = type.custom === undefined ? builtIn(type) : custom(type.custom.version.additionalPrinterColumns);
  const isPod = type.group === "" && type.plural === "pods";
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {},
    columnDefinitions: columns,
    rows: objects.map((object) => {
      const conditions = isPod ? podRowConditions(object) : undefined;
      return { cells: print(object, options.nowMs), ...(conditions ? { conditions } : {}), ...rowObject(object, options.includeObject ?? "Metadata") };
    }),
  };
}

function builtIn(type: TableType): { columns: TableColumn[]; print: RowPrinter } {
  const columns = type.columns.map(({ name, type: kind, format, priority }) => ({ name, type: kind, format, description: "", priority }));
  return { columns, print: ROW_PRINTERS[type.group === "" ? type.plural : `${type.group}/${type.plural}`] ?? printCreatedAt };
}

function custom(declared: readonly CustomColumn[] | undefined): { columns: TableColumn[]; print: RowPrinter } {
  const extra = declared?.length ? declared : [AGE_COLUMN];
  const columns = extra.map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
  }));
  return { columns: [NAME_COLUMN, ...columns], print: (object, nowMs) => customRow(extra, object, nowMs) };
}

function rowObject(object: KubeObject, include: NonNullable<TableOptions["includeObject"]>): { object?: object } {
  if (include === "None") return {};
  if (include === "Object") return { object };
  return { object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata } };
}
